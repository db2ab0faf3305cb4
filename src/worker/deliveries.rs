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

/// What a lease adds to the time-out of an attempt, for the recording of its outcome.
const LEASE_MARGIN: Duration = Duration::from_secs(20);

/// The longest sleep: a clock that was put back is noticed by then.
const POLL_INTERVAL_MAX: Duration = Duration::from_secs(60);

/// The shortest sleep while pushes are under way: what stays due then is one of them, with its lease over.
const POLL_INTERVAL_MIN: Duration = Duration::from_millis(100);

/// The worker.
pub struct Deliveries {
    flows: Flows,
    pusher: Pusher,
    parallel: usize,
    lease: Duration,
    due: Arc<Notify>,
    stop: CancellationToken,
    under_way: Mutex<InFlight>,
}

/// What outlives a pass that failed, so that nothing is pushed again that was accepted.
#[derive(Default)]
struct InFlight {
    /// Being pushed.
    in_flight: JoinSet<(Claim, PushAnswer)>,
    /// Which these are; they are not claimed again, however long their pushes take.
    busy: Vec<MessageId>,
    /// Pushed, and not recorded yet.
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
            under_way: Mutex::default(),
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

    /// Records what was answered, all at once. If the database refuses that, one by one, so that one answer that cannot
    /// be recorded does not hold up the others; its delivery is due again when its lease ends.
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
        let InFlight {
            in_flight,
            busy,
            answered,
        } = &mut *self.under_way.lock().await;
        loop {
            while let Some(done) = in_flight.try_join_next() {
                answered.extend(done.ok());
            }
            busy.retain(|message| !answered.iter().any(|(claim, _)| claim.message == *message));
            if in_flight.is_empty() {
                // A push that panicked gave no answer; its lease ends.
                busy.clear();
            }
            self.record(answered).await?;
            for claim in self.claim(busy).await? {
                let pusher = self.pusher.clone();
                busy.push(claim.message);
                in_flight.spawn(async move {
                    let answer = pusher.push(&claim).await;
                    (claim, answer)
                });
            }
            let pause = self
                .flows
                .next_delivery()
                .await?
                .map(|pause| pause.min(POLL_INTERVAL_MAX));
            if in_flight.is_empty() {
                return Ok(pause);
            }
            // While there is a free place, what becomes due takes it at once; a full server waits for the first to end.
            let has_room = busy.len() < self.parallel && !self.stop.is_cancelled();
            tokio::select! {
                Some(done) = in_flight.join_next() => answered.extend(done.ok()),
                () = self.due.notified(), if has_room => {}
                () = tokio::time::sleep(pause.unwrap_or(POLL_INTERVAL_MAX).max(POLL_INTERVAL_MIN)), if has_room => {}
            }
        }
    }
}
