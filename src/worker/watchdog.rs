//! Ends operations that wait for an SMS in vain, but not for a silence that was ours: after a start it waits a grace, so
//! that gateways and Onlinesim can catch up. When the clock was set, or the machine slept, nobody knows how old an
//! operation is; then every one of them gets a whole guard interval from that moment.

use std::time::Duration;

use super::Worker;
use super::start_grace::StartGrace;
use crate::flow::{Flows, StorageError, expire_silent};

/// The longest sleep: a clock that was set is noticed by then.
const POLL_INTERVAL_MAX: Duration = Duration::from_secs(60);

/// The watchdog.
pub struct Watchdog {
    flows: Flows,
    guard_grace: Duration,
    grace: StartGrace,
}

impl Watchdog {
    /// A watchdog of a server that starts now.
    #[must_use]
    pub fn new(flows: Flows, guard_grace: Duration, start_grace: Duration) -> Self {
        let grace = StartGrace::new(&flows.clock, start_grace);
        Self {
            flows,
            guard_grace,
            grace,
        }
    }
}

impl Worker for Watchdog {
    const NAME: &'static str = "watchdog";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        let Flows {
            database,
            clock,
            policies,
            wakeups: bells,
            ..
        } = &self.flows;
        // How long an operation that is opened now has at least; an older one may be due earlier.
        let whole = policies.strikes.guard + self.guard_grace;
        let left = self.grace.left(clock, whole);
        if !left.is_zero() {
            return Ok(Some(left.min(POLL_INTERVAL_MAX)));
        }
        loop {
            let starved = expire_silent::expire_silent(database, clock, &policies.strikes, self.guard_grace).await?;
            if starved.passed_on > 0 {
                bells.deliveries.notify_one();
            }
            if starved.operations == 0 {
                break;
            }
        }
        let oldest = expire_silent::oldest_waiting(database).await?;
        let next = oldest.map_or(whole, |opened| (opened + whole).since(clock.now()));
        Ok(Some(next.min(POLL_INTERVAL_MAX)))
    }
}
