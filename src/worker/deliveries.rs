//! Pushes messages to Onlinesim: at once, several operations in parallel, one message of an operation at a time (rule 7).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, Notify};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Worker;
use crate::domain::delivery::{Claim, MessageId, PushAnswer};
use crate::flow::push_messages::Capacity;
use crate::flow::{Flows, StorageError};
use crate::onlinesim::push_sms::Pusher;

/// How much longer than the timeout of an attempt a lease is, so that its answer can be recorded.
const LEASE_MARGIN: Duration = Duration::from_secs(20);

/// The longest sleep, so that it is noticed when the clock was set back.
const POLL_INTERVAL_MAX: Duration = Duration::from_secs(60);

/// The shortest sleep while pushes are in flight: a delivery that stays due then is one of them, with its lease over.
const POLL_INTERVAL_MIN: Duration = Duration::from_millis(100);

/// The worker.
pub struct Deliveries {
    flows: Flows,
    pusher: Pusher,
    parallel: usize,
    lease: Duration,
    due: Arc<Notify>,
    stop: CancellationToken,
    in_flight: Mutex<InFlight>,
}

/// Kept when a pass fails, so that an accepted message is not pushed again.
#[derive(Default)]
struct InFlight {
    /// The running pushes.
    pushes: JoinSet<(Claim, PushAnswer)>,
    /// Their messages, which are not claimed again.
    busy: Vec<MessageId>,
    /// Answers that are not recorded yet.
    answered: Vec<(Claim, PushAnswer)>,
}

impl Deliveries {
    /// Pushes up to `parallel` messages at a time; `due` wakes it. After `stop` nothing new is claimed.
    #[must_use]
    pub fn new(
        flows: Flows,
        pusher: Pusher,
        parallel: usize,
        push_timeout: Duration,
        due: Arc<Notify>,
        stop: CancellationToken,
    ) -> Self {
        let lease = push_timeout + LEASE_MARGIN;
        Self {
            flows,
            pusher,
            parallel,
            lease,
            due,
            stop,
            in_flight: Mutex::default(),
        }
    }

    async fn claim(&self, busy: &[MessageId]) -> Result<Vec<Claim>, StorageError> {
        let free = self.parallel.saturating_sub(busy.len());
        if free == 0 || self.stop.is_cancelled() {
            return Ok(Vec::new());
        }
        let capacity = Capacity {
            free,
            busy,
            lease: self.lease,
        };
        self.flows.claim_deliveries(capacity).await
    }

    /// Records answers, all at once. If the database refuses that, one by one, so that an answer that cannot be recorded does
    /// not block the others; its delivery is due again when its lease ends.
    async fn record(&self, answered: &mut Vec<(Claim, PushAnswer)>) -> Result<(), StorageError> {
        if answered.is_empty() {
            return Ok(());
        }
        match self.flows.record_pushes(answered).await {
            Err(error) if error.is_unavailable() => return Err(error),
            Err(_) => {
                for one in answered.chunks(1) {
                    if let Err(error) = self.flows.record_pushes(one).await {
                        tracing::error!(message = one[0].0.message.0, %error, "an answer could not be recorded");
                    }
                }
            }
            Ok(()) => {}
        }
        answered.clear();
        Ok(())
    }
}

impl Worker for Deliveries {
    const NAME: &'static str = "deliveries";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        let InFlight { pushes, busy, answered } = &mut *self.in_flight.lock().await;
        loop {
            while let Some(done) = pushes.try_join_next() {
                answered.extend(done.ok());
            }
            busy.retain(|message| !answered.iter().any(|(claim, _)| claim.message == *message));
            if pushes.is_empty() {
                // A push that panicked has no answer; its lease ends.
                busy.clear();
            }
            self.record(answered).await?;
            for claim in self.claim(busy).await? {
                let pusher = self.pusher.clone();
                busy.push(claim.message);
                pushes.spawn(async move {
                    let answer = pusher.push(&claim).await;
                    (claim, answer)
                });
            }
            let pause = self
                .flows
                .next_delivery()
                .await?
                .map(|pause| pause.min(POLL_INTERVAL_MAX));
            if pushes.is_empty() {
                return Ok(pause);
            }
            // With capacity left, a delivery that becomes due is pushed at once; without, the first push to end is awaited.
            let has_capacity = busy.len() < self.parallel && !self.stop.is_cancelled();
            let pause = pause.unwrap_or(POLL_INTERVAL_MAX).max(POLL_INTERVAL_MIN);
            tokio::select! {
                Some(done) = pushes.join_next() => answered.extend(done.ok()),
                () = self.due.notified(), if has_capacity => {}
                () = tokio::time::sleep(pause), if has_capacity => {}
            }
        }
    }
}
