//! Before and after a push: claim what is due, and record what Onlinesim answered (rule 7).
//!
//! The push itself happens between the two, with no transaction open. After a crash in between the lease of the claim ends,
//! and the delivery is due again.

use std::collections::HashMap;
use std::time::Duration;

use super::{Flows, StorageError};
use crate::domain::delivery::{Attempt, AttemptResult, Claim, MessageId, ParkReason, PushAnswer};
use crate::storage::deliveries::DueDelivery;
use crate::storage::{deliveries, notifications, operations};

/// How far beyond the longest lease and the longest pause a time may lie. If one lies later, the clock was set back.
const HORIZON_SLACK: Duration = Duration::from_secs(60);

/// How much a worker can push.
#[derive(Debug, Clone, Copy)]
pub struct Capacity<'a> {
    /// How many messages more.
    pub free: usize,
    /// The messages that it is pushing.
    pub busy: &'a [MessageId],
    /// How long one push and the recording of its answer may take.
    pub lease: Duration,
}

impl Flows {
    /// Claims what is due, as far as the capacity goes. What is due for an operation that is closed and whose number has
    /// another renter by now is parked instead (rule 8).
    pub async fn claim_deliveries(&self, capacity: Capacity<'_>) -> Result<Vec<Claim>, StorageError> {
        let now = self.clock.now();
        let horizon = now + capacity.lease.max(self.policies.retry.retry_every) + HORIZON_SLACK;
        let range = deliveries::due_range(&mut self.database.read().await?).await?;
        let Some((_, last)) = range.filter(|(next, last)| *next <= now || *last > horizon) else {
            return Ok(Vec::new());
        };
        if last > horizon {
            let mut tx = self.database.write().await?;
            deliveries::clamp_future(&mut tx, now, horizon).await?;
            tx.commit().await?;
        }
        let mut claims = Vec::new();
        loop {
            let mut tx = self.database.write().await?;
            let free = capacity.free.saturating_sub(claims.len());
            let due = deliveries::candidates(&mut tx, now, free, capacity.busy).await?;
            let (reassigned, pushable): (Vec<_>, Vec<_>) = due.into_iter().partition(|one| one.is_reassigned);
            let pushable: Vec<Claim> = pushable.into_iter().map(|one| one.claim).collect();
            let ids: Vec<MessageId> = pushable.iter().map(|claim| claim.message).collect();
            deliveries::lease(&mut tx, &ids, now + capacity.lease);
            let park = |one| (one, AttemptResult::Parked(ParkReason::Reassigned));
            let parked: Vec<_> = reassigned.iter().map(|one| &one.claim).map(park).collect();
            deliveries::record(&mut tx, &parked, now);
            tx.commit().await?;
            parked.iter().for_each(|(_, next)| self.troubles.settled(next));
            claims.extend(pushable);
            // Parked deliveries leave capacity for others that are due.
            if parked.is_empty() {
                return Ok(claims);
            }
        }
    }

    /// Records the answers to pushes, all in one transaction.
    pub async fn record_pushes(&self, answered: &[(Claim, PushAnswer)]) -> Result<(), StorageError> {
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let ids: Vec<MessageId> = answered.iter().map(|(claim, _)| claim.message).collect();
        let still_due = deliveries::still_due(&mut tx, &ids).await?;
        let mut still_due: HashMap<MessageId, DueDelivery> =
            still_due.into_iter().map(|one| (one.message, one)).collect();
        let mut outcomes = Vec::with_capacity(answered.len());
        for (claim, answer) in answered {
            // A delivery that was settled meanwhile stays as it is.
            let Some(known) = still_due.remove(&claim.message) else {
                continue;
            };
            let attempt = Attempt {
                received_at: claim.received_at,
                operation_closed: known.operation_closed,
                declined: known.declined,
                is_superseded: known.attempt != claim.attempt,
            };
            outcomes.extend(
                self.policies
                    .retry
                    .after(answer.clone(), attempt, now)
                    .map(|next| (claim, next)),
            );
        }
        deliveries::record(&mut tx, &outcomes, now);
        let mut lost_sms = false;
        for (claim, _) in outcomes.iter().filter(|(_, next)| next.does_not_count()) {
            operations::add_sms(&mut tx, &[(claim.operation, -1)]);
            lost_sms = true;
        }
        tx.commit().await?;
        answered.iter().for_each(|(_, answer)| self.troubles.push(answer));
        for (claim, next) in &outcomes {
            self.troubles.settled(next);
            if *next == AttemptResult::Delivered {
                self.metrics.acceptance.observe(now.since(claim.received_at));
            }
        }
        if lost_sms {
            // A message that was refused as BAD_SERVICE may have been the only SMS of its operation.
            self.wakeups.watchdog.notify_one();
        }
        Ok(())
    }

    /// How long until the next delivery is due; `None`: none waits.
    pub async fn next_delivery(&self) -> Result<Option<Duration>, StorageError> {
        let range = deliveries::due_range(&mut self.database.read().await?).await?;
        Ok(range.map(|(next, _)| next.since(self.clock.now())))
    }

    /// Ends all leases when the server starts: what the previous process was pushing or reporting is due now. Returns how many
    /// of them were those of deliveries.
    pub async fn end_leases(&self) -> Result<usize, StorageError> {
        let mut tx = self.database.write().await?;
        notifications::end_leases(&mut tx);
        let ended = deliveries::end_leases(&mut tx, self.clock.now()).await?;
        tx.commit().await?;
        Ok(ended)
    }
}
