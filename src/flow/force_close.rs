//! The admin closes an operation, with a reason (rule 5).

use super::flush_incomplete::load_closing;
use super::{Flows, StorageError, closing};
use crate::domain::audit::Actor;
use crate::domain::operation::OperationId;

/// Why an operation was not closed.
#[derive(Debug, thiserror::Error)]
pub enum ForceCloseError {
    /// There is no such operation.
    #[error("there is no such operation")]
    Unknown,
    /// It is closed already.
    #[error("the operation is closed already")]
    AlreadyClosed,
    /// The database failed; nothing changed.
    #[error(transparent)]
    Storage(StorageError),
}

impl Flows {
    /// Closes the operation as `forced`.
    pub async fn force_close(&self, id: OperationId, reason: &str) -> Result<(), ForceCloseError> {
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let mut closing = load_closing(&mut tx, &[id], &self.policies.filter, now).await?;
        let operation = closing.operations.pop().ok_or(ForceCloseError::Unknown)?;
        let change = operation.force_close(now).map_err(|_| ForceCloseError::AlreadyClosed)?;
        let tally = closing::save(
            &mut tx,
            &[change],
            Actor::Admin,
            Some(reason),
            &self.policies.strikes,
            now,
        )
        .await?;
        tx.commit().await?;
        tally.count(&self.metrics);
        if closing.flushed {
            self.wakeups.deliveries.notify_one();
        }
        Ok(())
    }
}
