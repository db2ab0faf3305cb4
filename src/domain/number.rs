//! A number of the inventory and the states it can be in.

use strum::{EnumString, IntoStaticStr};

use super::operation::OperationId;
use super::phone::PhoneNumber;
use super::stock::PoolId;
use super::strike::{RentalResult, StrikePolicy};
use super::time::Timestamp;

/// Why and until when a number is off sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// When it is lifted by itself.
    pub until: Timestamp,
    /// Strikes, or the admin's words.
    pub reason: String,
}

/// A number as the inventory holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// Its digits.
    pub number: PhoneNumber,
    /// The pool of numbers that are alike: same gateway, country and operator.
    pub pool: PoolId,
    /// False when the admin took it out of use.
    pub enabled: bool,
    /// Silent operations in a row.
    pub strikes: u32,
    /// Off sale until a time.
    pub ban: Option<Ban>,
    /// Off sale until then because it was rented just now: what comes late for the last renter must not reach the next.
    pub rests_until: Option<Timestamp>,
    /// The operation that is open on it (rule 1: at most one).
    pub operation: Option<OperationId>,
}

/// What a number is to somebody who looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum NumberState {
    /// May be issued.
    Available,
    /// Belongs to a renter.
    Rented,
    /// Off sale for a moment, because it was rented.
    Resting,
    /// Off sale for a time.
    Banned,
    /// Off sale until the admin says otherwise.
    Disabled,
}

impl Number {
    /// A number that just came into the inventory: on sale at once.
    #[must_use]
    pub const fn new(number: PhoneNumber, pool: PoolId) -> Self {
        Self {
            number,
            pool,
            enabled: true,
            strikes: 0,
            ban: None,
            rests_until: None,
            operation: None,
        }
    }

    /// Its state: a rented number is rented first, and becomes what else it is when its operation closes. One that is
    /// banned or disabled while it rests is so first, and rests on afterwards if its time is not over.
    #[must_use]
    pub const fn state(&self) -> NumberState {
        match (&self.operation, self.enabled, &self.ban, self.rests_until) {
            (Some(_), _, _, _) => NumberState::Rented,
            (None, false, _, _) => NumberState::Disabled,
            (None, true, Some(_), _) => NumberState::Banned,
            (None, true, None, Some(_)) => NumberState::Resting,
            (None, true, None, None) => NumberState::Available,
        }
    }

    /// Whether it is available: GET_NUMBER may issue it.
    #[must_use]
    pub fn is_on_sale(&self) -> bool {
        self.state() == NumberState::Available
    }

    /// The number after its operation closed at `now`: at rest, with its strike counted, banned if that was one too many.
    #[must_use]
    pub fn released(self, evidence: RentalResult, policy: &StrikePolicy, now: Timestamp) -> Self {
        let verdict = policy.decide(self.strikes, evidence, now);
        let strike_ban = verdict.banned_until.map(|until| Ban {
            until,
            reason: format!("{} operations in a row without an SMS", verdict.strikes),
        });
        // A ban by the admin stays when it lasts longer.
        let ban = match (self.ban, strike_ban) {
            (Some(by_admin), Some(by_strikes)) if by_strikes.until > by_admin.until => Some(by_strikes),
            (Some(by_admin), _) => Some(by_admin),
            (None, by_strikes) => by_strikes,
        };
        Self {
            strikes: verdict.strikes,
            ban,
            rests_until: (!policy.rest.is_zero()).then(|| now + policy.rest),
            operation: None,
            ..self
        }
    }

    /// The number put into use, or taken out of it. A rented one keeps its operation.
    #[must_use]
    pub fn with_enabled(self, enabled: bool) -> Self {
        Self { enabled, ..self }
    }

    /// The number with the admin's ban, whatever ban it had. A rented one keeps its operation and is off sale afterwards.
    #[must_use]
    pub fn banned(self, ban: Ban) -> Self {
        Self { ban: Some(ban), ..self }
    }

    /// The number with its ban taken away; it starts at zero strikes.
    #[must_use]
    pub fn unbanned(self) -> Self {
        Self {
            ban: None,
            strikes: 0,
            ..self
        }
    }

    /// The number with its rest over.
    #[must_use]
    pub fn rested(self) -> Self {
        Self {
            rests_until: None,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn number() -> Number {
        Number {
            number: "46701234567".parse().unwrap(),
            pool: PoolId(1),
            enabled: true,
            strikes: 2,
            ban: None,
            rests_until: None,
            operation: OperationId::new(7),
        }
    }

    const POLICY: StrikePolicy = StrikePolicy {
        guard: Duration::from_secs(1200),
        strikes_max: 3,
        ban: Duration::from_secs(86_400),
        rest: Duration::from_secs(60),
    };

    #[test]
    fn rule_9_the_third_strike_bans_and_a_lifted_ban_starts_at_zero() {
        let silent = RentalResult::Silent {
            lasted: Duration::from_secs(1200),
        };
        let banned = number().released(silent, &POLICY, Timestamp::from_ms(0));
        assert_eq!((banned.state(), banned.strikes), (NumberState::Banned, 3));
        let lifted = banned.unbanned().rested();
        assert_eq!((lifted.state(), lifted.strikes), (NumberState::Available, 0));
    }

    #[test]
    fn rule_3_a_number_rests_after_each_rental_whatever_else_becomes_of_it() {
        let released = number().released(RentalResult::Received, &POLICY, Timestamp::from_ms(1000));
        assert_eq!(released.rests_until, Some(Timestamp::from_ms(61_000)));
        assert_eq!(released.state(), NumberState::Resting);
        assert!(!released.is_on_sale());
        let ban = Ban {
            until: Timestamp::from_ms(500),
            reason: "noise".to_owned(),
        };
        let changed = released
            .clone()
            .with_enabled(false)
            .with_enabled(true)
            .banned(ban)
            .unbanned();
        assert_eq!(changed.state(), NumberState::Resting, "it does not come back early");
        assert_eq!(changed.rested().state(), NumberState::Available);
        let off = StrikePolicy {
            rest: Duration::ZERO,
            ..POLICY
        };
        let released = number().released(RentalResult::None, &off, Timestamp::from_ms(1000));
        assert_eq!((released.rests_until, released.state()), (None, NumberState::Available));
    }

    #[test]
    fn the_admins_ban_waits_for_the_end_of_the_operation() {
        let ban = Ban {
            until: Timestamp::from_ms(500),
            reason: "noise".to_owned(),
        };
        let rented = number().banned(ban.clone());
        assert_eq!(rented.state(), NumberState::Rented);
        let released = rented.released(RentalResult::Received, &POLICY, Timestamp::from_ms(0));
        assert_eq!((released.state(), released.ban), (NumberState::Banned, Some(ban)));
    }

    #[test]
    fn a_rented_number_becomes_disabled_when_its_operation_closes() {
        let rented = number().with_enabled(false);
        assert_eq!(rented.state(), NumberState::Rented);
        let released = rented.released(RentalResult::Received, &POLICY, Timestamp::from_ms(0));
        assert_eq!(released.state(), NumberState::Disabled);
        assert!(!released.is_on_sale());
    }

    #[test]
    fn of_two_bans_the_one_that_lasts_longer_stays() {
        let silent = RentalResult::Silent {
            lasted: Duration::from_secs(1200),
        };
        // Strikes ban until 86,400,000.
        for (until, reason) in [
            (86_399_999, "3 operations in a row without an SMS"),
            (86_400_000, "noise"),
            (86_400_001, "noise"),
        ] {
            let by_admin = Ban {
                until: Timestamp::from_ms(until),
                reason: "noise".to_owned(),
            };
            let ban = number()
                .banned(by_admin)
                .released(silent, &POLICY, Timestamp::from_ms(0))
                .ban
                .unwrap();
            assert_eq!(ban.reason, reason, "{until}");
            assert_eq!(ban.until, Timestamp::from_ms(until.max(86_400_000)));
        }
    }

    #[test]
    fn every_state_has_its_word_and_only_what_is_available_is_on_sale() {
        for (word, state) in [
            ("available", NumberState::Available),
            ("rented", NumberState::Rented),
            ("resting", NumberState::Resting),
            ("banned", NumberState::Banned),
            ("disabled", NumberState::Disabled),
        ] {
            assert_eq!((<&str>::from(state), word.parse()), (word, Ok(state)));
        }
        assert!(Number::new(number().number, PoolId(1)).is_on_sale() && !number().is_on_sale());
    }
}
