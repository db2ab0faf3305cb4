//! Timeouts of operations and of parts are not applied soon after a start, after the clock was set, or after the machine
//! slept: the server itself may have missed the SMS.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Clock;
use crate::domain::time::Timestamp;
use crate::flow::StorageError;

/// How far the clock and the monotonic clock may differ between two passes.
const DRIFT_MAX: Duration = Duration::from_secs(5);
/// The longest sleep, so that it is noticed when the clock was set.
pub(super) const POLL_INTERVAL_MAX: Duration = Duration::from_secs(60);

/// Delays the work of a worker.
pub(super) struct StartGrace {
    clock: Clock,
    restart: Duration,
    sample: Mutex<ClockSample>,
}

/// Until when the work is delayed, and the last times of the clock. All are monotonic except `wall`.
struct ClockSample {
    until: Duration,
    monotonic: Duration,
    wall: Timestamp,
}

impl StartGrace {
    /// For a server that starts now: delays by `start`, and by `restart` when the clock was set.
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

    /// A pass: does `work` if the grace is over. `work` returns how long nothing will be due.
    pub(super) async fn pass(
        &self,
        work: impl Future<Output = Result<Duration, StorageError>> + Send,
    ) -> Result<Option<Duration>, StorageError> {
        let left = self.left();
        let pause = if left.is_zero() { work.await? } else { left };
        Ok(Some(pause.min(POLL_INTERVAL_MAX)))
    }

    /// The rest of the grace.
    fn left(&self) -> Duration {
        let mut sample = self.sample.lock().unwrap_or_else(PoisonError::into_inner);
        let (monotonic, wall) = (self.clock.monotonic(), self.clock.now());
        let expected = sample.wall + monotonic.saturating_sub(sample.monotonic);
        if wall.since(expected).max(expected.since(wall)) > DRIFT_MAX {
            tracing::warn!("the clock was set: timeouts of operations and of parts are not applied for a while");
            sample.until = monotonic + self.restart;
        }
        (sample.monotonic, sample.wall) = (monotonic, wall);
        sample.until.saturating_sub(monotonic)
    }
}
