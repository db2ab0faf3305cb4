//! Strikes: a number that receives no SMS is banned here before Onlinesim bans it (rule 9).

use std::time::Duration;

use super::time::Timestamp;

/// The settings for what happens to a number after a rental (`rent.*`): strikes, bans and rests.
#[derive(Debug, Clone, Copy)]
pub struct StrikePolicy {
    /// How long Onlinesim waits for the first SMS of an operation: 20 minutes.
    pub guard: Duration,
    /// How many strikes in a row ban a number.
    pub strikes_max: u32,
    /// How long a ban lasts.
    pub ban: Duration,
    /// How long a number rests between two rentals; zero: not at all.
    pub rest: Duration,
}

/// What a closed operation shows about its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RentalResult {
    /// It received an SMS: the number works.
    Received,
    /// It received no SMS while the operation was open.
    Silent {
        /// How long the operation was open.
        lasted: Duration,
    },
    /// Nothing: no renter had the number.
    None,
}

/// The strikes and the ban of a number after an operation was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StrikeDecision {
    /// Strikes in a row, this one included.
    pub strikes: u32,
    /// Set when this strike was the last one.
    pub banned_until: Option<Timestamp>,
}

impl StrikePolicy {
    /// Counts an operation that closed at `now` on a number with `strikes` so far.
    #[must_use]
    pub fn decide(&self, strikes: u32, result: RentalResult, now: Timestamp) -> StrikeDecision {
        match result {
            RentalResult::Received => StrikeDecision {
                strikes: 0,
                banned_until: None,
            },
            RentalResult::Silent { lasted } if lasted >= self.guard => {
                let strikes = strikes.saturating_add(1);
                let banned_until = (strikes >= self.strikes_max).then(|| now + self.ban);
                StrikeDecision { strikes, banned_until }
            }
            RentalResult::Silent { .. } | RentalResult::None => StrikeDecision {
                strikes,
                banned_until: None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: StrikePolicy = StrikePolicy {
        guard: Duration::from_secs(1200),
        strikes_max: 3,
        ban: Duration::from_secs(86_400),
        rest: Duration::from_secs(60),
    };
    const NOW: Timestamp = Timestamp::from_ms(1_000_000);

    fn silent(seconds: u64) -> RentalResult {
        RentalResult::Silent {
            lasted: Duration::from_secs(seconds),
        }
    }

    #[test]
    fn rule_9_three_in_a_row_ban_for_24_hours() {
        assert_eq!(
            POLICY.decide(0, silent(1200), NOW),
            StrikeDecision {
                strikes: 1,
                banned_until: None
            }
        );
        assert_eq!(
            POLICY.decide(1, silent(1200), NOW),
            StrikeDecision {
                strikes: 2,
                banned_until: None
            }
        );
        let banned_until = Some(Timestamp::from_ms(1_000_000 + 86_400_000));
        assert_eq!(
            POLICY.decide(2, silent(5000), NOW),
            StrikeDecision {
                strikes: 3,
                banned_until
            }
        );
    }

    #[test]
    fn rule_9_an_sms_resets_and_an_early_cancellation_does_not_count() {
        assert_eq!(
            POLICY.decide(2, RentalResult::Received, NOW),
            StrikeDecision {
                strikes: 0,
                banned_until: None
            }
        );
        assert_eq!(
            POLICY.decide(2, silent(1199), NOW),
            StrikeDecision {
                strikes: 2,
                banned_until: None
            }
        );
        assert_eq!(
            POLICY.decide(2, RentalResult::None, NOW),
            StrikeDecision {
                strikes: 2,
                banned_until: None
            }
        );
    }
}
