//! The watchdog's verb: ends operations that waited for an SMS in vain (rule 5). One that has received a part of a long SMS
//! did not: the renter gets what came.

use std::time::Duration;

use super::{closing, flush_incomplete};
use crate::clock::Clock;
use crate::domain::operation::{OperationChange, OperationId};
use crate::domain::strike::StrikePolicy;
use crate::domain::time::Timestamp;
use crate::storage::audit::Actor;
use crate::storage::{Database, Error, incomplete_messages, operations};

/// The most operations that one transaction ends.
const BATCH_MAX: u32 = 500;

/// What became of operations that waited too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expired {
    /// How many were looked at; call again until 0.
    pub operations: usize,
    /// How many long SMS were passed on without some of their parts: they are due to be pushed.
    pub passed_on: usize,
}

/// Ends the operations whose guard interval and `grace` are over with no SMS.
pub async fn expire_silent(
    database: &Database,
    clock: &Clock,
    policy: &StrikePolicy,
    grace: Duration,
) -> Result<Expired, Error> {
    let patience = policy.guard + grace;
    let mut tx = database.write().await?;
    let now = clock.now();
    let silent = operations::waiting_since(&mut tx, now.minus(patience), BATCH_MAX).await?;
    let ids: Vec<OperationId> = silent.iter().map(|operation| operation.id).collect();
    let waiting = if ids.is_empty() {
        Vec::new()
    } else {
        incomplete_messages::waiting_for(&mut tx, &ids).await?
    };
    let changes: Vec<OperationChange> = silent
        .into_iter()
        .filter(|operation| waiting.iter().all(|long| long.owner != Ok(operation.id)))
        .filter_map(|operation| operation.expire_silent(patience, now))
        .collect();
    let starved = Expired {
        operations: changes.len() + waiting.len(),
        passed_on: waiting.len(),
    };
    if starved.operations == 0 {
        tx.rollback().await?;
        return Ok(starved);
    }
    flush_incomplete::flush(&mut tx, &waiting, now).await?;
    if !changes.is_empty() {
        closing::save(&mut tx, &changes, Actor::Watchdog, None, policy, now).await?;
    }
    tx.commit().await?;
    Ok(starved)
}

/// When the oldest waiting operation was opened; `None`: none waits.
pub async fn oldest_waiting(database: &Database) -> Result<Option<Timestamp>, Error> {
    operations::oldest_waiting(&mut database.read().await?).await
}
