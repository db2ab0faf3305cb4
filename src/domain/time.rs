//! Moments and spans, in the unit the database keeps: whole milliseconds, UTC.

use std::ops::Add;
use std::time::Duration;

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `ms` milliseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_ms(self) -> i64 {
        self.0
    }

    /// How long ago `earlier` was; zero when it lies in the future (a clock may jump back).
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The moment `span` before this one, to compare stored moments against.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(span_ms(span)))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span_ms(span)))
    }
}

/// A span in whole milliseconds, as the database keeps it.
#[must_use]
pub fn span_ms(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn moments_and_spans_are_whole_milliseconds() {
        let moment = Timestamp::from_ms(5_000);
        assert_eq!(moment.as_ms(), 5_000);
        assert_eq!((moment + SECOND).as_ms(), 6_000);
        assert_eq!(moment.minus(SECOND).as_ms(), 4_000);
        assert_eq!((moment + SECOND).since(moment), SECOND);
        assert_eq!(span_ms(Duration::from_micros(1_999)), 1);
    }

    #[test]
    fn a_clock_that_jumps_back_makes_no_negative_span() {
        let (early, late) = (Timestamp::from_ms(1), Timestamp::from_ms(2));
        assert_eq!(early.since(late), Duration::ZERO);
    }

    #[test]
    fn what_no_moment_can_hold_is_the_last_one() {
        assert_eq!(span_ms(Duration::MAX), i64::MAX);
        assert_eq!((Timestamp::from_ms(1) + Duration::MAX).as_ms(), i64::MAX);
        assert_eq!(Timestamp::from_ms(-2).minus(Duration::MAX).as_ms(), i64::MIN);
    }
}
