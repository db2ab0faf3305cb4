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
mod tests;
