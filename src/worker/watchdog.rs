//! Ends operations that wait for an SMS in vain, but not for a silence that was ours: after a start it waits a grace, so
//! that gateways and Onlinesim can catch up.

use std::time::Duration;

use super::Worker;
use crate::domain::time::Timestamp;
use crate::flow::{Flows, StorageError, starve};

/// The watchdog.
pub struct Watchdog {
    flows: Flows,
    guard_grace: Duration,
    not_before: Timestamp,
}

impl Watchdog {
    /// A watchdog of a server that starts now.
    #[must_use]
    pub fn new(flows: Flows, guard_grace: Duration, start_grace: Duration) -> Self {
        let not_before = flows.clock.now() + start_grace;
        Self {
            flows,
            guard_grace,
            not_before,
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
            ..
        } = &self.flows;
        let now = clock.now();
        if now < self.not_before {
            return Ok(Some(self.not_before.since(now)));
        }
        while starve::starve(database, clock, &policies.strikes, self.guard_grace).await? > 0 {}
        // An operation that is opened from now on has at least this long; an older one may be due earlier.
        let patience = policies.strikes.guard + self.guard_grace;
        let oldest = starve::oldest_waiting(database).await?;
        Ok(Some(
            oldest.map_or(patience, |opened| (opened + patience).since(clock.now())),
        ))
    }
}
