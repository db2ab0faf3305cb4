//! The admin closes an operation, and says why (rule 5).

use tokio::sync::Notify;

use super::closing;
use super::flush_incomplete::load_closing;
use crate::clock::Clock;
use crate::domain::operation::OperationId;
use crate::domain::strike::StrikePolicy;
use crate::storage::audit::Actor;
use crate::storage::{Database, Error};

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
    Storage(#[from] Error),
}

/// Closes the operation as `forced`. `due` is rung when that makes something due to be pushed.
pub async fn force_close(
    database: &Database,
    clock: &Clock,
    policy: &StrikePolicy,
    due: &Notify,
    id: OperationId,
    reason: &str,
) -> Result<(), ForceCloseError> {
    let mut tx = database.write().await?;
    let now = clock.now();
    let mut ending = load_closing(&mut tx, &[id], now).await?;
    let operation = ending.operations.pop().ok_or(ForceCloseError::Unknown)?;
    let change = operation.force_close(now).map_err(|_| ForceCloseError::AlreadyClosed)?;
    closing::save(&mut tx, &[change], Actor::Admin, Some(reason), policy, now).await?;
    tx.commit().await?;
    if ending.passed_on {
        due.notify_one();
    }
    Ok(())
}
