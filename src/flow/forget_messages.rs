//! Retention: deletes old SMS that are not needed any more (rule 12). The ledger is never deleted.

use std::time::Duration;

use super::{Flows, StorageError};
use crate::storage::{incomplete_messages, messages};

/// The most messages that one transaction deletes: rentals wait for it.
const BATCH_MAX: u32 = 100;

impl Flows {
    /// Deletes messages, and ids of parts, that are older than `age`. Returns how many; call again, after a pause, until 0.
    pub async fn forget_messages(&self, age: Duration) -> Result<usize, StorageError> {
        let mut tx = self.database.write().await?;
        let until = self.clock.now().minus(age);
        let forgotten = messages::forget(&mut tx, until, BATCH_MAX).await?
            + incomplete_messages::forget_ids(&mut tx, until, BATCH_MAX).await?;
        if forgotten == 0 {
            tx.rollback().await?
        } else {
            tx.commit().await?
        }
        Ok(forgotten)
    }
}
