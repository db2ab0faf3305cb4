//! A number of the inventory and the states it can be in.

use strum::{EnumString, IntoStaticStr, VariantArray};

use super::operation::OperationId;
use super::phone::PhoneNumber;
use super::stock::PoolId;
use super::strike::{RentalResult, StrikePolicy};
use super::time::Timestamp;

mod hold;

pub use hold::Hold;

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
    /// False when the admin disabled it, or something holds it.
    pub enabled: bool,
    /// Why it is not issued, whatever the admin sets; a held number is not enabled.
    pub hold: Option<Hold>,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
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
    /// Not available until the admin enables it, or until what holds it is over.
    Disabled,
    /// Given back to its supplier, until it is bought again.
    GivenBack,
}

impl Number {
    /// A new number, which is available at once.
    #[must_use]
    pub const fn new(number: PhoneNumber, pool: PoolId) -> Self {
        Self {
            number,
            pool,
            enabled: true,
            hold: None,
            strikes: 0,
            ban: None,
            rests_until: None,
            operation: None,
        }
    }

    /// Its state. Where several apply, rented comes first, then given back, disabled, banned and resting.
    #[must_use]
    pub const fn state(&self) -> NumberState {
        match self {
            Self { operation: Some(_), .. } => NumberState::Rented,
            Self {
                hold: Some(Hold::GivenBack),
                ..
            } => NumberState::GivenBack,
            Self { hold: Some(_), .. } | Self { enabled: false, .. } => NumberState::Disabled,
            Self { ban: Some(_), .. } => NumberState::Banned,
            Self {
                rests_until: Some(_), ..
            } => NumberState::Resting,
            Self { .. } => NumberState::Available,
        }
    }

    /// Whether it is available: GET_NUMBER may issue it.
    #[must_use]
    pub fn is_available(&self) -> bool {
        self.state() == NumberState::Available
    }

    /// The number after its operation was closed at `now`: resting, with its strike counted, banned if it has too many. A rest
    /// since a restore stays if it lasts longer.
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
            rests_until: (!policy.rest.is_zero())
                .then(|| now + policy.rest)
                .max(self.rests_until),
            operation: None,
            ..self
        }
    }

    /// The number held, and so disabled. A rented one keeps its operation, and is not available when that is closed.
    #[must_use]
    pub fn held(self, hold: Hold) -> Self {
        Self {
            enabled: false,
            hold: Some(hold),
            ..self
        }
    }

    /// The number that nothing holds any more, enabled or not.
    #[must_use]
    pub fn without_hold(self, enabled: bool) -> Self {
        Self {
            enabled,
            hold: None,
            ..self
        }
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
