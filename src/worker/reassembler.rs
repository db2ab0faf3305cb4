//! Flushes concatenated SMS whose parts do not all arrive in time. After a start, and when the clock was set, it waits a
//! grace, so that gateways can deliver what they could not deliver before.

use std::time::Duration;

use super::Worker;
use super::start_grace::{POLL_INTERVAL_MAX, StartGrace};
use crate::clock::Clock;
use crate::flow::{Flows, StorageError};

/// The worker.
pub struct Reassembler {
    flows: Flows,
    grace: StartGrace,
}

impl Reassembler {
    /// The worker of a server that starts now.
    #[must_use]
    pub fn new(flows: Flows, clock: &Clock, start_grace: Duration) -> Self {
        let grace = StartGrace::new(clock, start_grace, start_grace);
        Self { flows, grace }
    }
}

impl Worker for Reassembler {
    const NAME: &'static str = "parts";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        let work = async {
            loop {
                // This is a read: as long as nothing is overdue, the writer is not needed.
                let next = self.flows.next_flush().await?;
                if next != Some(Duration::ZERO) {
                    return Ok(next.unwrap_or(POLL_INTERVAL_MAX));
                }
                if self.flows.flush_overdue().await? == 0 {
                    // The overdue SMS cannot be read, which was logged: it is tried again later.
                    return Ok(POLL_INTERVAL_MAX);
                }
            }
        };
        self.grace.pass(work).await
    }
}
