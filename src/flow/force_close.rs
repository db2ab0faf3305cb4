//! The admin closes an operation, and says why (rule 5).

use tokio::sync::Notify;

use super::closing;
use super::pass_on_parts::load_ending;
use crate::clock::Clock;
use crate::domain::operation::OperationId;
use crate::domain::strike::StrikePolicy;
use crate::storage::audit::Actor;
use crate::storage::{Database, Error};

/// Why an operation was not closed.
#[derive(Debug, thiserror::Error)]
pub enum NotClosed {
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
) -> Result<(), NotClosed> {
    let mut tx = database.write().await?;
    let now = clock.now();
    let mut ending = load_ending(&mut tx, &[id], now).await?;
    let operation = ending.operations.pop().ok_or(NotClosed::Unknown)?;
    let change = operation.force(now).map_err(|_| NotClosed::AlreadyClosed)?;
    closing::save(&mut tx, &[change], Actor::Admin, Some(reason), policy, now).await?;
    tx.commit().await?;
    if ending.passed_on {
        due.notify_one();
    }
    Ok(())
}
