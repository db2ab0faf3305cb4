//! Keeps the totals of the ledger close behind its end, so that the balance is read without all of its lines (rule 12).

use super::{Flows, StorageError};
use crate::storage::ledger;

/// The most lines that are folded at once.
const LINES_MAX: u32 = 50_000;

impl Flows {
    /// Adds the lines behind the totals to them, when there are `lines_min` at least. Returns how many it added; call again
    /// until 0.
    ///
    /// The lines are summed on a reader, so the writer is held for one row only. They cannot change in between: lines are
    /// only added, with rising ids.
    pub async fn fold_ledger(&self, lines_min: u64) -> Result<u64, StorageError> {
        let tail = ledger::unfolded(&mut self.database.read().await?, LINES_MAX).await?;
        if tail.lines == 0 || tail.lines < lines_min {
            return Ok(0);
        }
        let mut tx = self.database.write().await?;
        ledger::fold(&mut tx, &tail);
        tx.commit().await?;
        Ok(tail.lines)
    }
}
