//! The watchdog's verb: ends operations that waited for an SMS in vain (rule 5).

use std::time::Duration;

use super::closing;
use crate::clock::Clock;
use crate::domain::operation::Change;
use crate::domain::strike::StrikePolicy;
use crate::domain::time::Timestamp;
use crate::storage::audit::Actor;
use crate::storage::{Database, Error, operations};

/// The most operations that one transaction ends.
const BATCH_MAX: u32 = 500;

/// Ends the operations whose guard interval and `grace` are over with no SMS. Returns how many; call again until 0.
pub async fn starve(
    database: &Database,
    clock: &Clock,
    policy: &StrikePolicy,
    grace: Duration,
) -> Result<usize, Error> {
    let patience = policy.guard + grace;
    let mut tx = database.write().await?;
    let now = clock.now();
    let silent = operations::waiting_since(&mut tx, now.minus(patience), BATCH_MAX).await?;
    let changes: Vec<Change> = silent
        .into_iter()
        .filter_map(|operation| operation.starve(patience, now))
        .collect();
    if changes.is_empty() {
        tx.rollback().await?;
        return Ok(0);
    }
    closing::save(&mut tx, &changes, Actor::Watchdog, None, policy, now).await?;
    tx.commit().await?;
    Ok(changes.len())
}

/// When the oldest waiting operation was opened; `None`: none waits.
pub async fn oldest_waiting(database: &Database) -> Result<Option<Timestamp>, Error> {
    operations::oldest_waiting(&mut database.read().await?).await
}
