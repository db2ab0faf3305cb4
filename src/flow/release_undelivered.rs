//! Releases operations whose answer to GET_NUMBER could not be sent: nobody has the number (rule 5).

use super::closing;
use crate::clock::Clock;
use crate::domain::operation::{Change, OperationId};
use crate::domain::strike::StrikePolicy;
use crate::storage::audit::Actor;
use crate::storage::{Database, Error, operations};

/// Releases those of the operations that are still open.
pub async fn release_undelivered(
    database: &Database,
    clock: &Clock,
    policy: &StrikePolicy,
    ids: &[OperationId],
) -> Result<(), Error> {
    let mut tx = database.write().await?;
    let now = clock.now();
    let changes: Vec<Change> = operations::load(&mut tx, ids)
        .await?
        .into_iter()
        .filter_map(|operation| operation.release_undelivered(now).ok())
        .collect();
    closing::save(&mut tx, &changes, Actor::Server, None, policy, now).await?;
    tx.commit().await
}
