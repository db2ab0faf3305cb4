//! Releases operations whose answer to GET_NUMBER could not be sent: nobody has the number (rule 5).

use tokio::sync::Notify;

use super::closing;
use super::flush_incomplete::{Closing, load_closing};
use crate::clock::Clock;
use crate::domain::operation::{OperationChange, OperationId};
use crate::domain::strike::StrikePolicy;
use crate::storage::audit::Actor;
use crate::storage::{Database, Error};

/// Releases those of the operations that are still open. `due` is rung when that makes something due to be pushed.
pub async fn release_undelivered(
    database: &Database,
    clock: &Clock,
    policy: &StrikePolicy,
    due: &Notify,
    ids: &[OperationId],
) -> Result<(), Error> {
    let mut tx = database.write().await?;
    let now = clock.now();
    let Closing { operations, passed_on } = load_closing(&mut tx, ids, now).await?;
    let changes: Vec<OperationChange> = operations
        .into_iter()
        .filter_map(|operation| operation.release_undelivered(now).ok())
        .collect();
    closing::save(&mut tx, &changes, Actor::Server, None, policy, now).await?;
    tx.commit().await?;
    if passed_on {
        due.notify_one();
    }
    Ok(())
}
