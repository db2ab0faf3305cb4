//! How long a supplier, or a line of an order, is left alone after failures.

use std::time::Duration;

use super::line::answers::SupplierHealth;
use crate::domain::time::Timestamp;

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

/// Whether a supplier is left alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Pause {
    /// It is not.
    #[default]
    None,
    /// Until then.
    Until {
        /// When it ends.
        until: Timestamp,
        /// Why, for the partner.
        reason: String,
    },
    /// Until the partner resumes it.
    UntilResumed {
        /// Why, for the partner.
        reason: String,
    },
}

/// What is known about the calls of a supplier.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SupplierPause {
    /// Calls in a row without a usable answer.
    pub failures: u32,
    /// Pauses in a row, each longer than the one before.
    pub pauses: u32,
    /// Whether it is left alone.
    pub pause: Pause,
}

impl SupplierPause {
    /// Whether nothing is bought from it at that time.
    #[must_use]
    pub fn is_paused(&self, now: Timestamp) -> bool {
        match &self.pause {
            Pause::None => false,
            Pause::Until { until, .. } => *until > now,
            Pause::UntilResumed { .. } => true,
        }
    }

    /// The pause at that time: one that is over counts as none.
    #[must_use]
    pub fn now(self, now: Timestamp) -> Pause {
        match self.is_paused(now) {
            true => self.pause,
            false => Pause::None,
        }
    }

    /// When it ends by itself.
    #[must_use]
    pub const fn ends_at(&self) -> Option<Timestamp> {
        match &self.pause {
            Pause::Until { until, .. } => Some(*until),
            Pause::None | Pause::UntilResumed { .. } => None,
        }
    }

    /// After one more call. A call that is made while it is paused does not make the pause longer.
    #[must_use]
    pub fn after(self, health: SupplierHealth, reason: &str, now: Timestamp, backoff: (PausePolicy, u16)) -> Self {
        let paused = self.is_paused(now);
        let stopped = matches!(self.pause, Pause::UntilResumed { .. });
        match health {
            SupplierHealth::Answered if paused => Self { failures: 0, ..self },
            SupplierHealth::Answered => Self::default(),
            SupplierHealth::Stopped => Self {
                pause: Pause::UntilResumed {
                    reason: reason.to_owned(),
                },
                ..self
            },
            SupplierHealth::Failed | SupplierHealth::Throttled => {
                let failures = match health {
                    SupplierHealth::Failed => self.failures.saturating_add(1),
                    _ => self.failures,
                };
                let is_enough = health == SupplierHealth::Throttled || failures >= FAILURES_BEFORE_PAUSE;
                if paused || stopped || !is_enough {
                    return Self { failures, ..self };
                }
                let (policy, jitter) = backoff;
                Self {
                    failures,
                    pauses: self.pauses.saturating_add(1),
                    pause: Pause::Until {
                        until: now + policy.after(self.pauses, jitter),
                        reason: reason.to_owned(),
                    },
                }
            }
        }
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

    const NOW: Timestamp = Timestamp::from_ms(0);

    fn after(pause: SupplierPause, health: SupplierHealth, at_s: u64) -> SupplierPause {
        let policy = PausePolicy {
            first: Duration::from_secs(60),
            max: Duration::from_secs(3600),
        };
        pause.after(health, "timeout", NOW + Duration::from_secs(at_s), (policy, 0))
    }

    #[test]
    fn three_calls_without_an_answer_pause_a_supplier_and_each_further_one_for_longer() {
        let mut pause = SupplierPause::default();
        for _ in 0..2 {
            pause = after(pause, SupplierHealth::Failed, 0);
            assert_eq!(pause.pause, Pause::None);
        }
        pause = after(pause, SupplierHealth::Failed, 0);
        assert_eq!(pause.ends_at(), Some(NOW + Duration::from_secs(60)));
        let looked_up = after(pause.clone(), SupplierHealth::Failed, 30);
        assert_eq!(looked_up.ends_at(), pause.ends_at(), "a look-up during the pause");
        pause = after(pause, SupplierHealth::Failed, 60);
        assert_eq!(pause.ends_at(), Some(NOW + Duration::from_secs(60 + 120)));
        assert_eq!(after(pause, SupplierHealth::Answered, 200), SupplierPause::default());
    }

    #[test]
    fn a_supplier_that_was_stopped_stays_so_until_it_is_resumed() {
        let stopped = after(SupplierPause::default(), SupplierHealth::Stopped, 0);
        for health in [
            SupplierHealth::Answered,
            SupplierHealth::Failed,
            SupplierHealth::Throttled,
        ] {
            assert!(matches!(
                after(stopped.clone(), health, 9).pause,
                Pause::UntilResumed { .. }
            ));
        }
        let throttled = after(SupplierPause::default(), SupplierHealth::Throttled, 0);
        assert!(throttled.is_paused(NOW) && !throttled.is_paused(NOW + Duration::from_secs(60)));
    }
}
