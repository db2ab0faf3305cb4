//! Passes on long SMS whose parts do not all come in time, but not for an outage of ours: after a start, and when the clock was
//! set, it waits a grace, so that gateways can catch up.

use std::time::Duration;

use super::Worker;
use super::start_grace::StartGrace;
use crate::flow::flush_incomplete::{flush_overdue, next_flush};
use crate::flow::{Flows, StorageError};

/// The longest sleep: a clock that was set is noticed by then, and what is remembered for a while is forgotten.
const POLL_INTERVAL_MAX: Duration = Duration::from_secs(60);

/// The worker.
pub struct Reassembler {
    flows: Flows,
    start_grace: Duration,
    grace: StartGrace,
}

impl Reassembler {
    /// The worker of a server that starts now.
    #[must_use]
    pub fn new(flows: Flows, start_grace: Duration) -> Self {
        let grace = StartGrace::new(&flows.clock, start_grace);
        Self {
            flows,
            start_grace,
            grace,
        }
    }
}

impl Worker for Reassembler {
    const NAME: &'static str = "parts";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        let Flows {
            database,
            clock,
            policies,
            wakeups: bells,
            ..
        } = &self.flows;
        let patience = &policies.patience;
        let left = self.grace.left(clock, self.start_grace);
        if !left.is_zero() {
            return Ok(Some(left.min(POLL_INTERVAL_MAX)));
        }
        loop {
            // Looked at first, so that a part that is waited for costs no turn at the writer.
            let next = next_flush(database, clock, patience).await?;
            if next != Some(Duration::ZERO) {
                return Ok(Some(next.map_or(POLL_INTERVAL_MAX, |next| next.min(POLL_INTERVAL_MAX))));
            }
            let passed_on = flush_overdue(database, clock, patience).await?;
            if passed_on.messages + passed_on.forgotten == 0 {
                // What is due cannot be read, which is in the log: try it again later, not at once and for ever.
                return Ok(Some(POLL_INTERVAL_MAX));
            }
            if passed_on.messages > 0 {
                tracing::warn!(
                    messages = passed_on.messages,
                    "parts of long SMS did not come: what came is passed on"
                );
                bells.deliveries.notify_one();
            }
        }
    }
}
