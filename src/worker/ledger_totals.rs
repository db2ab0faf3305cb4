//! Adds the transfers of the ledger to its stored totals.

use std::time::Duration;

use super::Worker;
use crate::flow::{Flows, StorageError};

/// How often it runs. With 10,000 transfers per second, reading the balance has to sum that many.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Fewer transfers are left for later, because each fold costs a commit.
const TRANSFERS_MIN: u64 = 1_000;

/// The worker.
pub struct LedgerTotals {
    flows: Flows,
}

impl LedgerTotals {
    /// Needs only the flows.
    #[must_use]
    pub const fn new(flows: Flows) -> Self {
        Self { flows }
    }
}

impl Worker for LedgerTotals {
    const NAME: &'static str = "ledger_totals";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        while self.flows.fold_ledger(TRANSFERS_MIN).await? > 0 {}
        Ok(Some(POLL_INTERVAL))
    }
}
