//! Pushes messages to Onlinesim: at once, several operations in parallel, one message of an operation at a time (rule 7).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, Notify};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Worker;
use crate::domain::delivery::PushAnswer;
use crate::flow::push_messages::{self, Claim};
use crate::flow::{Flows, StorageError};
use crate::partner::push_sms::Pusher;

/// What a lease adds to the time-out of an attempt, for the recording of its outcome.
const LEASE_MARGIN: Duration = Duration::from_secs(20);

/// The worker.
pub struct Deliveries {
    flows: Flows,
    pusher: Pusher,
    parallel: usize,
    lease: Duration,
    bell: Arc<Notify>,
    stop: CancellationToken,
    under_way: Mutex<UnderWay>,
}

/// What outlives a pass that failed, so that nothing is pushed again that was accepted.
#[derive(Default)]
struct UnderWay {
    /// Being pushed.
    in_flight: JoinSet<(Claim, PushAnswer)>,
    /// Pushed, and not recorded yet.
    answered: Vec<(Claim, PushAnswer)>,
}

impl Deliveries {
    /// Pushes up to `parallel` messages at a time. After `stop` nothing new is claimed.
    #[must_use]
    pub fn new(flows: Flows, pusher: Pusher, parallel: usize, push_timeout: Duration, stop: CancellationToken) -> Self {
        let bell = Arc::clone(&flows.bells.deliveries);
        let lease = push_timeout + LEASE_MARGIN;
        Self {
            flows,
            pusher,
            parallel,
            lease,
            bell,
            stop,
            under_way: Mutex::default(),
        }
    }

    async fn claim(&self, free: usize) -> Result<Vec<Claim>, StorageError> {
        if free == 0 || self.stop.is_cancelled() {
            return Ok(Vec::new());
        }
        push_messages::claim(&self.flows.database, &self.flows.clock, self.lease, free).await
    }

    async fn record(&self, answered: &mut Vec<(Claim, PushAnswer)>) -> Result<(), StorageError> {
        if answered.is_empty() {
            return Ok(());
        }
        let Flows {
            database,
            clock,
            policies,
            bells,
            ..
        } = &self.flows;
        let recorded = push_messages::record(database, clock, &policies.retry, answered.clone()).await?;
        answered.clear();
        if recorded.silenced {
            bells.watchdog.notify_one();
        }
        Ok(())
    }
}

impl Worker for Deliveries {
    const NAME: &'static str = "deliveries";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        let UnderWay { in_flight, answered } = &mut *self.under_way.lock().await;
        loop {
            while let Some(done) = in_flight.try_join_next() {
                answered.extend(done.ok());
            }
            self.record(answered).await?;
            for claim in self.claim(self.parallel - in_flight.len()).await? {
                let pusher = self.pusher.clone();
                in_flight.spawn(async move {
                    let answer = pusher.push(&claim).await;
                    (claim, answer)
                });
            }
            let next_due = push_messages::next_due(&self.flows.database).await?;
            let pause = next_due.map(|due| due.since(self.flows.clock.now()));
            if in_flight.is_empty() {
                return Ok(pause);
            }
            // While there is a free place, what becomes due takes it at once; a full house waits for the first to end.
            let has_room = in_flight.len() < self.parallel && !self.stop.is_cancelled();
            tokio::select! {
                Some(done) = in_flight.join_next() => answered.extend(done.ok()),
                () = self.bell.notified(), if has_room => {}
                () = tokio::time::sleep(pause.unwrap_or(Duration::MAX)), if has_room => {}
            }
        }
    }
}
