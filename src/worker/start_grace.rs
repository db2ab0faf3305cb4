//! Operations and parts that waited in vain are given up only when the silence was not ours: not soon after a start, and not
//! soon after the clock was set or the machine slept.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Clock;
use crate::domain::time::Timestamp;
use crate::flow::StorageError;

/// How far the clock and the monotonic clock may differ between two passes.
const DRIFT_MAX: Duration = Duration::from_secs(5);
/// The longest sleep: a clock that was set is noticed by then.
pub(super) const POLL_INTERVAL_MAX: Duration = Duration::from_secs(60);

/// How long a worker gives nothing up.
pub(super) struct StartGrace {
    clock: Clock,
    restart: Duration,
    sample: Mutex<ClockSample>,
}

/// Until when nothing is given up, and the last look at the clock. Monotonic times, but for `wall`.
struct ClockSample {
    until: Duration,
    monotonic: Duration,
    wall: Timestamp,
}

impl StartGrace {
    /// A server starts now, and waits for `start`; when the clock was set, it waits for `restart`.
    pub(super) fn new(clock: &Clock, start: Duration, restart: Duration) -> Self {
        let sample = ClockSample {
            until: clock.monotonic() + start,
            monotonic: clock.monotonic(),
            wall: clock.now(),
        };
        Self {
            clock: clock.clone(),
            restart,
            sample: Mutex::new(sample),
        }
    }

    /// A pass: once the grace is over does `work`, which returns how long nothing will be due.
    pub(super) async fn pass(
        &self,
        work: impl Future<Output = Result<Duration, StorageError>> + Send,
    ) -> Result<Option<Duration>, StorageError> {
        let left = self.left();
        let pause = if left.is_zero() { work.await? } else { left };
        Ok(Some(pause.min(POLL_INTERVAL_MAX)))
    }

    /// How long to wait still.
    fn left(&self) -> Duration {
        let mut sample = self.sample.lock().unwrap_or_else(PoisonError::into_inner);
        let (monotonic, wall) = (self.clock.monotonic(), self.clock.now());
        let expected = sample.wall + monotonic.saturating_sub(sample.monotonic);
        if wall.since(expected).max(expected.since(wall)) > DRIFT_MAX {
            tracing::warn!("the clock was set: nothing that waits is given up for a while");
            sample.until = monotonic + self.restart;
        }
        (sample.monotonic, sample.wall) = (monotonic, wall);
        sample.until.saturating_sub(monotonic)
    }
}
