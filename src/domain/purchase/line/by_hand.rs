//! What a person decides about a line.

use std::time::Duration;

use super::LineState::{Refused, Unknown};
use super::{InvalidTransition, LineState, OrderLine};
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::outcome::{Ownership, Purchase, SuppliedNumber};
use crate::domain::purchase::price::NumberPrice;
use crate::domain::time::Timestamp;

/// A line that cannot be cancelled in its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", obstacle(*.0))]
pub struct CancelLineError(pub LineState);

const fn obstacle(state: LineState) -> &'static str {
    match state {
        LineState::Planned => "it can be cancelled",
        LineState::Attempted => "it is being bought",
        LineState::Unknown => "it is not known whether it was bought: resolve it first",
        LineState::Waiting => "the supplier accepted it, and its API cannot cancel it: ask the supplier",
        LineState::Wiring | LineState::Unproven | LineState::Stocked => "it is bought: give the number back instead",
        LineState::GivingBack => "its number is being given back",
        LineState::GivenBack => "its number was given back",
        LineState::Refused => "it was refused already",
        LineState::Cancelled => "it is cancelled already",
    }
}

/// What became of a purchase whose answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// It was carried out: this number is ours, at the price that the configuration states, if it does.
    Ours(PhoneNumber, Option<NumberPrice>),
    /// It was not, and the line ends.
    NotOurs,
    /// It was not, and is to be attempted again.
    BuyAgain,
}

impl OrderLine {
    /// Takes the decision of a person instead of a look-up's.
    pub fn resolve(self, resolution: Resolution, reason: &str, now: Timestamp) -> Result<Self, InvalidTransition> {
        if self.state != Unknown {
            return Err(InvalidTransition {
                from: self.state,
                to: match resolution {
                    Resolution::Ours(..) => LineState::Wiring,
                    Resolution::NotOurs => Refused,
                    Resolution::BuyAgain => LineState::Planned,
                },
            });
        }
        match resolution {
            Resolution::Ours(number, price) => {
                let bought = Purchase::Bought(vec![SuppliedNumber {
                    price,
                    ..SuppliedNumber::bare(number)
                }]);
                Ok(self.settle(Ok(bought), now, Duration::ZERO)?.line)
            }
            Resolution::NotOurs => self.resolve_as_not_ours(reason),
            Resolution::BuyAgain => Ok(self.look_up(Ok(Ownership::NotOurs), now, now)?.line),
        }
    }
}
