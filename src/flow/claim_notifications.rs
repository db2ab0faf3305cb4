//! Which notifications are to be sent now. The attempt is stored and committed before anything is sent; after a crash in
//! between its lease ends, and it is sent again.

use std::time::Duration;

use super::{Flows, StorageError};
use crate::domain::notification::{NotificationChannel, NotificationClaim};
use crate::domain::trouble::TroubleId;
use crate::storage::notifications;

/// What is sent on one channel at a time.
#[derive(Debug, Clone)]
pub struct NotificationBatch {
    /// Where.
    pub channel: NotificationChannel,
    /// What, the oldest first; not empty.
    pub claims: Vec<NotificationClaim>,
}

impl Flows {
    /// Claims what is due, one batch for each channel. `lease`: how long sending it and recording the answer may take.
    pub async fn claim_notifications(&self, lease: Duration) -> Result<Vec<NotificationBatch>, StorageError> {
        if self.next_notification(lease).await? != Some(Duration::ZERO) {
            return Ok(Vec::new());
        }
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let health = notifications::channels(&mut tx).await?;
        let mut batches = Vec::new();
        for channel in self.policies.notifications.channels.on() {
            if health.get(&channel).is_some_and(|health| health.resumes_at(now) > now) {
                continue;
            }
            let mut claims = notifications::due(&mut tx, channel, now, lease).await?;
            claims.iter_mut().for_each(|claim| claim.attempt += 1);
            let troubles: Vec<TroubleId> = claims.iter().map(|claim| claim.about.trouble.id).collect();
            notifications::lease(&mut tx, channel, &troubles, now + lease);
            if !claims.is_empty() {
                batches.push(NotificationBatch { channel, claims });
            }
        }
        tx.commit().await?;
        Ok(batches)
    }

    /// How long nothing will be due. `None`: until there is a trouble.
    pub async fn next_notification(&self, lease: Duration) -> Result<Option<Duration>, StorageError> {
        let mut tx = self.database.read().await?;
        let now = self.clock.now();
        let health = notifications::channels(&mut tx).await?;
        let mut next = None;
        for channel in self.policies.notifications.channels.on() {
            let resumes_at = health.get(&channel).map_or(now, |health| health.resumes_at(now));
            let due = notifications::next_due(&mut tx, channel, now, lease).await?;
            next = next.into_iter().chain(due.map(|due| due.max(resumes_at))).min();
        }
        Ok(next.map(|next| next.since(now)))
    }
}
