//! Background work. Each worker has a `pass()` that does what is due now, can be repeated without harm, and returns when it
//! has to be called next; [`drive`] calls it.

pub mod backups;
pub mod ban_lifter;
pub mod certificates;
pub mod checkpoints;
pub mod deliveries;
pub mod ledger_totals;
pub mod notifications;
pub mod orders;
pub mod owned;
pub mod reassembler;
pub mod renewals;
pub mod restock;
pub mod retention;
pub mod row_counter;
mod start_grace;
pub mod trouble_watcher;
pub mod unsent_answers;
pub mod watchdog;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::flow::{Flows, StorageError};
use crate::metrics::workers::WorkerMetrics;

/// The pause after a pass that failed.
const FAILED_PAUSE: Duration = Duration::from_secs(1);

/// Work that is repeated as long as the server runs.
pub trait Worker: Send + Sync + 'static {
    /// Its name in `/readyz` and in the log.
    const NAME: &'static str;

    /// Does what is due; returns how long nothing will be due. `None`: until it is notified.
    fn pass(&self) -> impl Future<Output = Result<Option<Duration>, StorageError>> + Send;
}

/// The names of all workers.
pub const NAMES: [&str; 17] = [
    backups::Backups::NAME,
    ban_lifter::BanLifter::NAME,
    certificates::CertificateKeeper::NAME,
    checkpoints::Checkpoints::NAME,
    deliveries::Deliveries::NAME,
    ledger_totals::LedgerTotals::NAME,
    notifications::Notifications::NAME,
    orders::Orders::NAME,
    owned::OwnedNumbers::NAME,
    reassembler::Reassembler::NAME,
    renewals::Renewals::NAME,
    restock::Restock::NAME,
    retention::Retention::NAME,
    row_counter::RowCounter::NAME,
    trouble_watcher::TroubleWatcher::NAME,
    unsent_answers::UnsentAnswers::NAME,
    watchdog::Watchdog::NAME,
];

/// Where passes are recorded, with their times.
pub struct PassRecord {
    /// Have the clock.
    pub flows: Flows,
    /// The metrics of the worker.
    pub metrics: WorkerMetrics,
}

/// Calls passes: after the returned pause, at a notification, and again after a failure, until `stop`. A failed pass is
/// repeated even after `stop`, so that nothing in progress is lost; the caller limits the time.
pub async fn drive<W: Worker>(worker: Arc<W>, wakeup: Arc<Notify>, stop: CancellationToken, record: PassRecord) {
    loop {
        let passed = worker.pass().await;
        match &passed {
            Ok(_) => record.metrics.passed(record.flows.now()),
            Err(_) => record.metrics.failed(),
        }
        match passed {
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
