//! Keeps the stored totals of the ledger up to date, so that the balance is read without all transfers (rule 12).

use super::{Flows, StorageError};
use crate::storage::ledger;

/// The most transfers that are folded at once.
pub(super) const FOLDED_MAX: u32 = 50_000;

impl Flows {
    /// Adds the transfers that are not yet in the totals to them, if there are at least `transfers_min`. Returns how many;
    /// call again until 0.
    ///
    /// They are summed on a reader, so the writer is held for one row only. They cannot change in between: transfers are
    /// only added, with rising ids.
    pub async fn fold_ledger(&self, transfers_min: u64) -> Result<u64, StorageError> {
        let tail = ledger::unfolded(&mut self.database.read().await?, FOLDED_MAX).await?;
        if tail.transfers == 0 || tail.transfers < transfers_min {
            return Ok(0);
        }
        let mut tx = self.database.write().await?;
        ledger::fold(&mut tx, &tail);
        tx.commit().await?;
        Ok(tail.transfers)
    }
}
