//! Timestamps, and durations in the unit of the database: whole milliseconds.

use std::ops::Add;
use std::time::Duration;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The time `ms` milliseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_ms(self) -> i64 {
        self.0
    }

    /// How long ago `earlier` was; zero when it lies in the future (a clock may be set back).
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The time `duration` before this one.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(duration_ms(duration)))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration_ms(duration)))
    }
}

/// A duration in whole milliseconds, as the database stores it.
#[must_use]
pub fn duration_ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn times_and_durations_are_whole_milliseconds() {
        let time = Timestamp::from_ms(5_000);
        assert_eq!(time.as_ms(), 5_000);
        assert_eq!((time + SECOND).as_ms(), 6_000);
        assert_eq!(time.minus(SECOND).as_ms(), 4_000);
        assert_eq!((time + SECOND).since(time), SECOND);
        assert_eq!(duration_ms(Duration::from_micros(1_999)), 1);
    }

    #[test]
    fn a_clock_that_is_set_back_makes_no_negative_duration() {
        let (early, late) = (Timestamp::from_ms(1), Timestamp::from_ms(2));
        assert_eq!(early.since(late), Duration::ZERO);
    }

    #[test]
    fn an_overflow_is_the_highest_or_lowest_value() {
        assert_eq!(duration_ms(Duration::MAX), i64::MAX);
        assert_eq!((Timestamp::from_ms(1) + Duration::MAX).as_ms(), i64::MAX);
        assert_eq!(Timestamp::from_ms(-2).minus(Duration::MAX).as_ms(), i64::MIN);
    }
}
