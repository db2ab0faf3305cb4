//! Retention: deletes old SMS that are not needed any more, and old reports of suppliers (rule 12).

use std::time::Duration;

use super::{Flows, StorageError};
use crate::storage::{incomplete_messages, messages, order_callbacks};

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

    /// Deletes reports of suppliers about orders that are older than `age`. Returns how many; call again until 0.
    pub async fn forget_callbacks(&self, age: Duration) -> Result<usize, StorageError> {
        let mut tx = self.database.write().await?;
        let until = self.clock.now().minus(age);
        let forgotten = order_callbacks::forget(&mut tx, until, BATCH_MAX).await?;
        match forgotten {
            0 => tx.rollback().await?,
            _ => tx.commit().await?,
        }
        Ok(forgotten)
    }
}
