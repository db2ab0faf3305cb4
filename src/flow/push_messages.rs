//! The verbs around a push: claim what is due, and record what Onlinesim said (rule 7).
//!
//! The push itself happens between the two, with no transaction open. A crash in between leaves a claim whose lease
//! ends, and the delivery is due again.

use std::time::Duration;

use super::trouble_counters::TroubleCounters;
use crate::clock::Clock;
use crate::domain::delivery::{Attempt, MessageId, Next, PushAnswer, RetryPolicy};
use crate::domain::operation::{OperationId, State};
use crate::domain::time::Timestamp;
use crate::storage::{Database, Error, deliveries, operations};

pub use crate::storage::deliveries::Claim;

/// How far beyond the longest lease and the longest pause a moment may lie before it is taken for a clock put back.
const HORIZON_SLACK: Duration = Duration::from_secs(60);

/// What a worker may take on.
#[derive(Debug, Clone, Copy)]
pub struct Capacity<'a> {
    /// How many more.
    pub free: usize,
    /// What it pushes already.
    pub busy: &'a [MessageId],
    /// How long one push may take, and its recording.
    pub lease: Duration,
}

/// Claims what is due, as far as the capacity goes.
pub async fn claim(
    database: &Database,
    clock: &Clock,
    policy: &RetryPolicy,
    capacity: Capacity<'_>,
) -> Result<Vec<Claim>, Error> {
    let now = clock.now();
    let horizon = now + capacity.lease.max(policy.retry_every) + HORIZON_SLACK;
    let span = deliveries::due_span(&mut database.read().await?).await?;
    if span.is_none_or(|(next, last)| next > now && last <= horizon) {
        return Ok(Vec::new());
    }
    let mut tx = database.write().await?;
    deliveries::pull_back(&mut tx, now, horizon);
    deliveries::park_foreign(&mut tx, now, capacity.busy).await?;
    let claims = deliveries::claim(&mut tx, now, capacity.lease, capacity.free, capacity.busy).await?;
    tx.commit().await?;
    Ok(claims)
}

/// What became of the recorded attempts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recorded {
    /// An operation lost its only SMS to BAD_SERVICE: the watchdog should look.
    pub silenced: bool,
}

/// Records the answers to pushes, all in one transaction.
pub async fn record(
    database: &Database,
    clock: &Clock,
    policy: &RetryPolicy,
    troubles: &TroubleCounters,
    answered: &[(Claim, PushAnswer)],
) -> Result<Recorded, Error> {
    let mut tx = database.write().await?;
    let now = clock.now();
    let ids: Vec<OperationId> = answered.iter().map(|(claim, _)| claim.operation).collect();
    let loaded = operations::load(&mut tx, &ids).await?;
    let mut silenced = Vec::new();
    let mut settled = Vec::new();
    for (claim, answer) in answered {
        let operation_closed = loaded
            .iter()
            .any(|one| one.id == claim.operation && matches!(one.state, State::Closed { .. }));
        let attempt = Attempt {
            received_at: claim.received_at,
            operation_closed,
        };
        let next: Next = policy.after(answer.clone(), attempt, now);
        if deliveries::record(&mut tx, claim, &next, now).await? {
            if next.is_no_sms() {
                silenced.push(claim.operation);
            }
            settled.push(next);
        }
    }
    for operation in &silenced {
        operations::add_sms(&mut tx, &[(*operation, -1)]);
    }
    tx.commit().await?;
    answered.iter().for_each(|(_, answer)| troubles.push(answer));
    settled.iter().for_each(|next| troubles.settled(next));
    Ok(Recorded {
        silenced: !silenced.is_empty(),
    })
}

/// When the next delivery is due.
pub async fn next_due(database: &Database) -> Result<Option<Timestamp>, Error> {
    let span = deliveries::due_span(&mut database.read().await?).await?;
    Ok(span.map(|(next, _)| next))
}

/// At the start of the server: what its predecessor had under way is due now.
pub async fn end_leases(database: &Database, clock: &Clock) -> Result<u64, Error> {
    let mut tx = database.write().await?;
    let ended = deliveries::end_leases(&mut tx, clock.now()).await?;
    tx.commit().await?;
    Ok(ended)
}
