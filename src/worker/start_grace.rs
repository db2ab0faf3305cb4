//! What was waited for in vain is given up only when the silence was not ours: not soon after a start, and not soon after
//! the clock was set or the machine slept.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Clock;
use crate::domain::time::Timestamp;

/// How far the clock and the time that really passed may differ between two passes.
const DRIFT_MAX: Duration = Duration::from_secs(5);

/// How long a worker gives nothing up.
pub(super) struct StartGrace(Mutex<ClockSample>);

impl StartGrace {
    /// A server starts now, and waits that long.
    pub(super) fn new(clock: &Clock, grace: Duration) -> Self {
        Self(Mutex::new(ClockSample::new(clock, grace)))
    }

    /// How long to wait still; `restarted` when the clock was set since the last call.
    pub(super) fn left(&self, clock: &Clock, restarted: Duration) -> Duration {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .left(clock, restarted)
    }
}

/// Until when nothing is given up, and the last look at the clock. Steady times, but for `wall`.
struct ClockSample {
    until: Duration,
    steady: Duration,
    wall: Timestamp,
}

impl ClockSample {
    fn new(clock: &Clock, grace: Duration) -> Self {
        Self {
            until: clock.monotonic() + grace,
            steady: clock.monotonic(),
            wall: clock.now(),
        }
    }

    /// How long to wait still, when the clock is looked at again; `restarted` when it was set since the last look.
    fn left(&mut self, clock: &Clock, restarted: Duration) -> Duration {
        let (steady, wall) = (clock.monotonic(), clock.now());
        let passed = steady.saturating_sub(self.steady);
        let expected = self.wall + passed;
        if wall.since(expected).max(expected.since(wall)) > DRIFT_MAX {
            tracing::warn!("the clock was set: nothing that waits is given up for a while");
            self.until = steady + restarted;
        }
        (self.steady, self.wall) = (steady, wall);
        self.until.saturating_sub(steady)
    }
}
