//! What became of notifications that were sent.

use super::claim_notifications::NotificationBatch;
use super::{Flows, StorageError};
use crate::domain::notification::{ChannelHealth, SendFailure};
use crate::storage::notifications;

impl Flows {
    /// Records the answer of a channel. What was changed since the claim, because the trouble ended or the lease did, stays as
    /// it is.
    pub async fn record_notifications(
        &self,
        batch: &NotificationBatch,
        result: &Result<(), SendFailure>,
    ) -> Result<(), StorageError> {
        let channel = batch.channel;
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let before = notifications::channels(&mut tx)
            .await?
            .remove(&channel)
            .unwrap_or_default();
        let (health, given_up) = match result {
            Ok(()) => (ChannelHealth::default(), 0),
            Err(failure) => {
                let given_up = batch.claims.iter().filter(|claim| claim.is_given_up(now)).count();
                (before.after_failure(failure, now), given_up)
            }
        };
        for claim in &batch.claims {
            if result.is_ok() || claim.is_given_up(now) {
                let next = self.policies.notifications.after_sent(claim.state, now);
                notifications::settle(&mut tx, channel, claim, next);
            } else {
                notifications::release(&mut tx, channel, claim, now);
            }
        }
        if health != before {
            notifications::save_channel(&mut tx, channel, &health);
        }
        tx.commit().await?;
        if let Err(failure) = result {
            let (failures, reason) = (health.failures, &failure.reason);
            tracing::warn!(%channel, failures, reason, given_up, "troubles could not be reported");
        } else if before.failures > 0 {
            tracing::info!(%channel, failures = before.failures, "troubles are reported again");
        }
        Ok(())
    }
}
