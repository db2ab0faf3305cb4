//! How long a supplier, or a line of an order, is left alone after failures.

use std::time::Duration;

/// Pauses that double with each failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PausePolicy {
    /// The first pause: `suppliers.poll`.
    pub first: Duration,
    /// The longest: `suppliers.pause_max`.
    pub max: Duration,
}

/// So many calls without a usable answer, one after another, pause their supplier.
pub const FAILURES_BEFORE_PAUSE: u32 = 3;

impl PausePolicy {
    /// The pause after so many before it. `jitter` is a random share, 0 to 1000, of which a quarter of the pause is taken
    /// off: suppliers are not called by all at the same time after they were down.
    #[must_use]
    pub fn after(&self, earlier: u32, jitter: u16) -> Duration {
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(earlier.min(30)));
        let pause = doubled.min(self.max);
        pause - pause / 4 * u32::from(jitter.min(1000)) / 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let policy = PausePolicy {
            first: Duration::from_secs(60),
            max: Duration::from_secs(3600),
        };
        let minutes = |earlier| policy.after(earlier, 0).as_secs() / 60;
        assert_eq!([0, 1, 2, 5, 6, 7, u32::MAX].map(minutes), [1, 2, 4, 32, 60, 60, 60]);
        assert_eq!(policy.after(0, 1000), Duration::from_secs(45));
    }
}
