//! Books the months of bought numbers, each on its day, until the number is given back.

use std::time::Duration;

use super::{Flows, StorageError};
use crate::domain::purchase::LineId;
use crate::domain::purchase::cost::{CostEntry, RenewedLine, renewals};
use crate::domain::time::Timestamp;
use crate::storage::{Error, ReadTx, costs};

/// How many lines are looked at in one go.
const LINES_MAX: u32 = 250;
/// How long a number that was given back is still looked at: its last month may have begun just before.
const GIVEN_BACK_LOOKED_AT: Duration = Duration::from_secs(2 * 86_400);

impl Flows {
    /// Books the months that are due of some lines after that one. Returns the last of them, after which to go on; `None`:
    /// there are no more. What is booked already is not booked again.
    pub async fn book_renewals(&self, after: Option<LineId>) -> Result<Option<LineId>, StorageError> {
        let now = self.clock.now();
        // Almost always nothing is due: the writer is not asked then.
        let mut tx = self.database.read().await?;
        let (mut last, mut entries) = self.due_renewals(&mut tx, after, now).await?;
        drop(tx);
        if !entries.is_empty() {
            // Once more: a price may have been corrected since.
            let mut tx = self.database.write().await?;
            (last, entries) = self.due_renewals(&mut tx, after, now).await?;
            costs::book(&mut tx, &entries, now);
            tx.commit().await?;
        }
        Ok(last)
    }

    /// The months of some lines after that one that are due, and the last of the lines.
    async fn due_renewals(
        &self,
        tx: &mut ReadTx,
        after: Option<LineId>,
        now: Timestamp,
    ) -> Result<(Option<LineId>, Vec<CostEntry>), Error> {
        let lines = costs::renewed_lines(tx, after, now.minus(GIVEN_BACK_LOOKED_AT), LINES_MAX).await?;
        let due = |line: &RenewedLine| {
            let account = self.purchases.accounts.get(&line.supplier);
            renewals(line, account.map(|account| account.terms.currency), now)
        };
        Ok((lines.last().map(|line| line.id), lines.iter().flat_map(due).collect()))
    }
}
