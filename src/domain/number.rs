//! A number of the inventory and the states it can be in.

use strum::{EnumString, IntoStaticStr};

use super::operation::OperationId;
use super::phone::PhoneNumber;
use super::stock::PoolId;
use super::strike::{RentalResult, StrikePolicy};
use super::time::Timestamp;

/// Until when a number is banned, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// When it ends.
    pub until: Timestamp,
    /// For people: strikes, or the admin's reason.
    pub reason: String,
}

/// A number of the inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// Its digits.
    pub number: PhoneNumber,
    /// The pool of numbers that are alike: same gateway, country and operator.
    pub pool: PoolId,
    /// False when the admin disabled it.
    pub enabled: bool,
    /// Operations without an SMS, in a row.
    pub strikes: u32,
    /// Its ban.
    pub ban: Option<Ban>,
    /// Until when it rests after a rental, so that a late SMS for the last renter does not reach the next one.
    pub rests_until: Option<Timestamp>,
    /// The operation that is open on it (rule 1: at most one).
    pub operation: Option<OperationId>,
}

/// The state of a number, as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum NumberState {
    /// GET_NUMBER may issue it.
    Available,
    /// It has an open operation.
    Rented,
    /// Not available for a short time after a rental.
    Resting,
    /// Not available until its ban ends.
    Banned,
    /// Not available until the admin enables it.
    Disabled,
}

impl Number {
    /// A new number, which is available at once.
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

    /// Its state. Where several apply, rented comes first, then disabled, banned and resting.
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
    pub fn is_available(&self) -> bool {
        self.state() == NumberState::Available
    }

    /// The number after its operation was closed at `now`: resting, with its strike counted, banned if it has too many.
    #[must_use]
    pub fn released(self, result: RentalResult, policy: &StrikePolicy, now: Timestamp) -> Self {
        let decision = policy.decide(self.strikes, result, now);
        let strike_ban = decision.banned_until.map(|until| Ban {
            until,
            reason: format!("{} operations in a row without an SMS", decision.strikes),
        });
        // A ban by the admin stays if it lasts longer.
        let ban = match (self.ban, strike_ban) {
            (Some(by_admin), Some(by_strikes)) if by_strikes.until > by_admin.until => Some(by_strikes),
            (Some(by_admin), _) => Some(by_admin),
            (None, by_strikes) => by_strikes,
        };
        Self {
            strikes: decision.strikes,
            ban,
            rests_until: (!policy.rest.is_zero()).then(|| now + policy.rest),
            operation: None,
            ..self
        }
    }

    /// The number enabled or disabled. A rented one keeps its operation.
    #[must_use]
    pub fn with_enabled(self, enabled: bool) -> Self {
        Self { enabled, ..self }
    }

    /// The number with that ban instead of the one it had. A rented one keeps its operation.
    #[must_use]
    pub fn banned(self, ban: Ban) -> Self {
        Self { ban: Some(ban), ..self }
    }

    /// The number without its ban; it starts at zero strikes.
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
