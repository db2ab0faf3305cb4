//! Background work. Each worker has a `pass()` that does what is due now, can be repeated without harm, and returns when it
//! has to be called next; [`drive`] calls it.

pub mod backups;
pub mod ban_lifter;
pub mod checkpoints;
pub mod deliveries;
pub mod ledger_totals;
pub mod orders;
pub mod owned;
pub mod reassembler;
pub mod renewals;
pub mod restock;
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

/// Work that is repeated as long as the server runs.
pub trait Worker: Send + Sync + 'static {
    /// Its name in `/readyz` and in the log.
    const NAME: &'static str;

    /// Does what is due; returns how long nothing will be due. `None`: until it is notified.
    fn pass(&self) -> impl Future<Output = Result<Option<Duration>, StorageError>> + Send;
}

/// Calls passes: after the returned pause, at a notification, and again after a failure, until `stop`. A failed pass is
/// repeated even after `stop`, so that nothing in progress is lost; the caller limits the time.
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
