//! Ends operations that wait for an SMS in vain, but not for a silence that was ours: after a start it waits a grace, so
//! that gateways and Onlinesim can catch up. When the clock was set, or the machine slept, nobody knows how old an
//! operation is; then every one of them gets a whole guard interval from that moment.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Worker;
use crate::clock::Clock;
use crate::domain::time::Timestamp;
use crate::flow::{Flows, StorageError, starve};

/// How far the clock and the time that really passed may differ between two passes.
const DRIFT_MAX: Duration = Duration::from_secs(5);
/// The longest sleep: a clock that was set is noticed by then.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The watchdog.
pub struct Watchdog {
    flows: Flows,
    guard_grace: Duration,
    patience: Mutex<Patience>,
}

/// Until when nothing is ended, and the last look at the clock. Steady times, but for `wall`.
struct Patience {
    until: Duration,
    steady: Duration,
    wall: Timestamp,
}

impl Patience {
    fn new(clock: &Clock, grace: Duration) -> Self {
        Self {
            until: clock.steady() + grace,
            steady: clock.steady(),
            wall: clock.now(),
        }
    }

    /// How long to wait still, when the clock is looked at again; `anew` when it was set since the last look.
    fn left(&mut self, clock: &Clock, anew: Duration) -> Duration {
        let (steady, wall) = (clock.steady(), clock.now());
        let passed = steady.saturating_sub(self.steady);
        let expected = self.wall + passed;
        if wall.since(expected).max(expected.since(wall)) > DRIFT_MAX {
            tracing::warn!("the clock was set: waiting operations get a whole guard interval from now");
            self.until = steady + anew;
        }
        (self.steady, self.wall) = (steady, wall);
        self.until.saturating_sub(steady)
    }
}

impl Watchdog {
    /// A watchdog of a server that starts now.
    #[must_use]
    pub fn new(flows: Flows, guard_grace: Duration, start_grace: Duration) -> Self {
        let patience = Mutex::new(Patience::new(&flows.clock, start_grace));
        Self {
            flows,
            guard_grace,
            patience,
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
        // How long an operation that is opened now has at least; an older one may be due earlier.
        let whole = policies.strikes.guard + self.guard_grace;
        let left = self
            .patience
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .left(clock, whole);
        if !left.is_zero() {
            return Ok(Some(left.min(LOOK_EVERY)));
        }
        while starve::starve(database, clock, &policies.strikes, self.guard_grace).await? > 0 {}
        let oldest = starve::oldest_waiting(database).await?;
        let next = oldest.map_or(whole, |opened| (opened + whole).since(clock.now()));
        Ok(Some(next.min(LOOK_EVERY)))
    }
}
