//! Makes messages of concatenated SMS whose parts do not all come in time, but not for an outage of ours: after a start, and when the clock was
//! set, it waits a grace, so that gateways can catch up.

use std::time::Duration;

use super::Worker;
use super::start_grace::StartGrace;
use crate::clock::Clock;
use crate::flow::{Flows, StorageError};

/// The longest sleep: a clock that was set is noticed by then, and what is remembered for a while is forgotten.
const POLL_INTERVAL_MAX: Duration = Duration::from_secs(60);

/// The worker.
pub struct Reassembler {
    flows: Flows,
    clock: Clock,
    start_grace: Duration,
    grace: StartGrace,
}

impl Reassembler {
    /// The worker of a server that starts now.
    #[must_use]
    pub fn new(flows: Flows, clock: &Clock, start_grace: Duration) -> Self {
        Self {
            flows,
            clock: clock.clone(),
            start_grace,
            grace: StartGrace::new(clock, start_grace),
        }
    }
}

impl Worker for Reassembler {
    const NAME: &'static str = "parts";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        let left = self.grace.left(&self.clock, self.start_grace);
        if !left.is_zero() {
            return Ok(Some(left.min(POLL_INTERVAL_MAX)));
        }
        loop {
            // Looked at first, so that a part that is waited for costs no turn at the writer.
            let next = self.flows.next_flush().await?;
            if next != Some(Duration::ZERO) {
                return Ok(Some(next.map_or(POLL_INTERVAL_MAX, |next| next.min(POLL_INTERVAL_MAX))));
            }
            if self.flows.flush_overdue().await? == 0 {
                // What is due cannot be read, which is in the log: try it again later, not at once and for ever.
                return Ok(Some(POLL_INTERVAL_MAX));
            }
        }
    }
}
