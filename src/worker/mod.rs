//! The work that nobody asks for by a request. Each worker has a `pass()` that does what is due now, can be repeated
//! without harm, and says when it wants to be called next; one [`drive`] calls them all.

pub mod ban_lifter;
pub mod checkpoints;
pub mod deliveries;
pub mod ledger_totals;
pub mod reassembler;
pub mod retention;
mod start_grace;
pub mod trouble_watcher;
pub mod unsent_answers;
pub mod watchdog;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::flow::StorageError;

/// The pause after a pass that failed.
const FAILED_PAUSE: Duration = Duration::from_secs(1);

/// Something that has to be done again and again.
pub trait Worker: Send + Sync + 'static {
    /// What readiness calls it.
    const NAME: &'static str;

    /// Does what is due; returns how long nothing will be. `None`: until it is notified.
    fn pass(&self) -> impl Future<Output = Result<Option<Duration>, StorageError>> + Send;
}

/// Calls passes: by the worker's own timer, by a notification, and again after a failure, until `stop`. A pass that failed is
/// repeated even then, so that what is in hand is not lost; the caller bounds the time.
pub async fn drive<W: Worker>(worker: Arc<W>, wakeup: Arc<Notify>, stop: CancellationToken) {
    loop {
        match worker.pass().await {
            Ok(_) if stop.is_cancelled() => return,
            Ok(pause) => tokio::select! {
                () = tokio::time::sleep(pause.unwrap_or(Duration::MAX)) => {}
                () = wakeup.notified() => {}
                () = stop.cancelled() => {}
            },
            Err(error) => {
                tracing::error!(worker = W::NAME, %error, "a pass failed; it is repeated");
                tokio::time::sleep(FAILED_PAUSE).await;
            }
        }
    }
}
