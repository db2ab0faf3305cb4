//! Closes operations that received no SMS in time. After a start it waits a grace, so that gateways and Onlinesim can deliver
//! what they could not deliver before. When the clock was set, or the machine slept, the age of operations is unknown; then
//! each of them gets a whole guard interval from that time.

use std::time::Duration;

use super::Worker;
use super::start_grace::StartGrace;
use crate::clock::Clock;
use crate::flow::{Flows, StorageError};

/// The watchdog.
pub struct Watchdog {
    flows: Flows,
    timeout: Duration,
    grace: StartGrace,
}

impl Watchdog {
    /// The watchdog of a server that starts now: closes operations that have waited for `timeout`.
    #[must_use]
    pub fn new(flows: Flows, clock: &Clock, timeout: Duration, start_grace: Duration) -> Self {
        let grace = StartGrace::new(clock, start_grace, timeout);
        Self { flows, timeout, grace }
    }
}

impl Worker for Watchdog {
    const NAME: &'static str = "watchdog";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        let work = async {
            while self.flows.expire_silent(self.timeout).await? > 0 {}
            self.flows.next_silent(self.timeout).await
        };
        self.grace.pass(work).await
    }
}
