//! Folds the lines of the ledger into its totals.

use std::time::Duration;

use super::Worker;
use crate::flow::{Flows, StorageError};

/// How often it looks. At 10,000 lines a second, so many are what reading the balance adds up.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Fewer lines are left for later: each fold costs a commit.
const LINES_MIN: u64 = 1_000;

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
        while self.flows.fold_ledger(LINES_MIN).await? > 0 {}
        Ok(Some(POLL_INTERVAL))
    }
}
