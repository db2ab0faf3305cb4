//! The watchdog: closes operations that received no SMS in time (rule 5). One that has received a part of a concatenated SMS
//! stays open: the renter gets the parts that arrived, unless the SMS is withheld; then the next call closes it.

use std::time::Duration;

use super::{Flows, StorageError, closing, flush_incomplete};
use crate::domain::audit::Actor;
use crate::domain::operation::{OperationChange, OperationId};
use crate::storage::{incomplete_messages, operations};

/// The most operations that one transaction closes.
const BATCH_MAX: u32 = 500;

impl Flows {
    /// Closes operations that have waited for an SMS for `timeout`. Those with a part of one stay open, and
    /// that SMS is flushed. Returns how many operations and incomplete SMS that were; call again until 0.
    pub async fn expire_silent(&self, timeout: Duration) -> Result<usize, StorageError> {
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let silent = operations::waiting_since(&mut tx, now.minus(timeout), BATCH_MAX).await?;
        let ids: Vec<OperationId> = silent.iter().map(|operation| operation.id).collect();
        let waiting = if ids.is_empty() {
            Vec::new()
        } else {
            incomplete_messages::waiting_for(&mut tx, &ids).await?
        };
        let changes: Vec<OperationChange> = silent
            .into_iter()
            .filter(|operation| waiting.iter().all(|long| long.owner != Ok(operation.id)))
            .filter_map(|operation| operation.expire_silent(timeout, now))
            .collect();
        let expired = changes.len() + waiting.len();
        if expired == 0 {
            tx.rollback().await?;
            return Ok(0);
        }
        flush_incomplete::flush(&mut tx, &waiting, &self.policies.filter, now).await?;
        let tally = closing::save(&mut tx, &changes, Actor::Watchdog, None, &self.policies.strikes, now).await?;
        tx.commit().await?;
        tally.count(&self.metrics);
        if !waiting.is_empty() {
            self.wakeups.deliveries.notify_one();
        }
        Ok(expired)
    }

    /// How long until an operation may have waited for `timeout`, be it open now or opened later.
    pub async fn next_silent(&self, timeout: Duration) -> Result<Duration, StorageError> {
        let oldest = operations::oldest_waiting(&mut self.database.read().await?).await?;
        Ok(oldest.map_or(timeout, |opened| (opened + timeout).since(self.clock.now())))
    }
}
