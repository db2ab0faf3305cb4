//! Reports troubles to the operator: each channel takes what is due on it, and a channel that fails does not hold the others
//! up for longer than one attempt.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::Worker;
use crate::domain::notification::SendFailure;
use crate::flow::claim_notifications::NotificationBatch;
use crate::flow::{Flows, StorageError};
use crate::notify::{Notifier, SEND_TIMEOUT};

/// How much longer than an attempt a lease is, so that its answer can be recorded.
const LEASE_MARGIN: Duration = Duration::from_secs(20);
/// How long what is being sent may take once the server stops; what is not answered by then is sent again after the start.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);
/// The longest sleep, so that it is noticed when the clock was set.
const POLL_INTERVAL_MAX: Duration = Duration::from_secs(60);

/// The worker.
pub struct Notifications {
    flows: Flows,
    notifier: Notifier,
    stop: CancellationToken,
    /// Answers that are not recorded yet: kept when a pass fails, so that nothing is sent twice for that.
    answered: Mutex<Vec<(NotificationBatch, Result<(), SendFailure>)>>,
}

impl Notifications {
    /// Sends on these channels. After `stop` nothing new is claimed.
    #[must_use]
    pub fn new(flows: Flows, notifier: Notifier, stop: CancellationToken) -> Self {
        Self {
            flows,
            notifier,
            stop,
            answered: Mutex::default(),
        }
    }
}

impl Notifications {
    async fn stopped_long_ago(&self) {
        self.stop.cancelled().await;
        tokio::time::sleep(STOP_TIMEOUT).await;
    }
}

impl Worker for Notifications {
    const NAME: &'static str = "notifications";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        let lease = SEND_TIMEOUT + LEASE_MARGIN;
        let mut answered = self.answered.lock().await;
        loop {
            while let Some((batch, result)) = answered.last() {
                self.flows.record_notifications(batch, result).await?;
                answered.pop();
            }
            if self.stop.is_cancelled() {
                return Ok(None);
            }
            let batches = self.flows.claim_notifications(lease).await?;
            if batches.is_empty() {
                let next = self.flows.next_notification(lease).await?;
                return Ok(next.map(|next| next.min(POLL_INTERVAL_MAX)));
            }
            let now = self.flows.now();
            let sent = batches.into_iter().map(async |batch| {
                let sent = self.notifier.send(batch.channel, &batch.claims, now);
                tokio::select! {
                    result = sent => Some((batch, result)),
                    () = self.stopped_long_ago() => None,
                }
            });
            answered.extend(join_all(sent).await.into_iter().flatten());
        }
    }
}
