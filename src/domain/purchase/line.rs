//! A line of an order: one number, from the plan to buy it until it is given back.
//!
//! Each function consumes the line and returns it in its next state. The database refuses every change of state that
//! [`TRANSITIONS`] does not have.

pub mod answers;
pub mod by_hand;
pub mod calls;
pub mod claims;
pub mod proof;
pub mod settlement;
pub mod steps;

use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use self::proof::PendingRewire;
use super::outcome::{PendingRequest, SuppliedNumber};
use super::price::NumberPrice;
use super::{LineId, OrderId, SupplierName};
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;

/// After so many attempts a line is refused (rule 12).
pub const ATTEMPTS_MAX: u32 = 20;

/// The deviation of a number that costs more than it may.
pub(super) const TOO_DEAR: &str = "the price is above the highest that was allowed";

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum LineState {
    /// To be bought.
    Planned,
    /// The purchase is being called; stored before the call (rule 13).
    Attempted,
    /// Whether it was bought is not known; it is looked up.
    Unknown,
    /// The supplier took the order and will fill it.
    Waiting,
    /// Ours; its SMS are being set up.
    Wiring,
    /// Ours and set up; not issued before an SMS arrived or the partner confirmed that it works (rule 15).
    Unproven,
    /// In the inventory.
    Stocked,
    /// To be given back; not issued.
    GivingBack,
    /// The supplier confirmed that it is no longer ours (rule 16).
    GivenBack,
    /// Not bought, or bought and useless.
    Refused,
    /// Cancelled by the partner before it was bought.
    Cancelled,
}

use LineState::{
    Attempted, Cancelled, GivenBack, GivingBack, Planned, Refused, Stocked, Unknown, Unproven, Waiting, Wiring,
};

/// Which states follow which.
pub const TRANSITIONS: &[(LineState, &[LineState])] = &[
    (Planned, &[Attempted, Cancelled]),
    (
        Attempted,
        &[Planned, Unknown, Waiting, Wiring, Unproven, Stocked, Refused],
    ),
    (Unknown, &[Planned, Waiting, Wiring, Unproven, Stocked, Refused]),
    (Waiting, &[Wiring, Unproven, Stocked, Refused, Cancelled]),
    (Wiring, &[Unproven, Stocked, Refused]),
    (Unproven, &[Stocked, GivingBack]),
    (Stocked, &[GivingBack]),
    (GivingBack, &[GivenBack, Stocked, Unproven, Refused]),
    (Refused, &[GivingBack]),
    (GivenBack, &[]),
    (Cancelled, &[]),
];

impl LineState {
    /// Whether the other state may follow this one.
    #[must_use]
    pub fn can_become(self, next: Self) -> bool {
        TRANSITIONS
            .iter()
            .any(|(state, followers)| *state == self && followers.contains(&next))
    }

    /// Whether something is still to be done before it is known whether the number is stocked.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Planned | Attempted | Unknown | Waiting | Wiring | Unproven => true,
            Stocked | GivingBack | GivenBack | Refused | Cancelled => false,
        }
    }
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    /// Its id.
    pub id: LineId,
    /// Its order.
    pub order: OrderId,
    /// Who sells it.
    pub supplier: SupplierName,
    /// Where it stands.
    pub state: LineState,
    /// Since when, as it was loaded.
    pub state_since: Timestamp,
    /// The number, once one was chosen.
    pub number: Option<PhoneNumber>,
    /// Whether the partner asked for that very number; otherwise another one will do.
    pub is_number_fixed: bool,
    /// The supplier's key for the number or the request.
    pub reference: Option<String>,
    /// Whether the number is ours, and on the bill.
    pub is_ours: bool,
    /// The most that it may cost.
    pub highest: NumberPrice,
    /// What it costs, once the supplier reported it, be it in an offer.
    pub price: Option<NumberPrice>,
    /// How often its purchase was called.
    pub attempts: u32,
    /// The first line of the last call, whose mark it carried: one call can buy for several lines of an order.
    pub call_line: Option<LineId>,
    /// How often one and the same refusal was answered by trying again.
    pub retries: u32,
    /// Why it stands where it stands, for the partner.
    pub reason: Option<String>,
    /// The supplier's code of the last refusal.
    pub code: Option<String>,
    /// In what the number differs from what was ordered.
    pub deviation: Option<String>,
    /// When something is to be done for it; `None`: nothing.
    pub due_at: Option<Timestamp>,
    /// Since when the number is ours.
    pub owned_since: Option<Timestamp>,
    /// SHA-256 of the address to which its SMS go at the supplier.
    pub sms_url_hash: Option<[u8; 32]>,
    /// Whether a person has to change that address at the supplier.
    pub rewire: Option<PendingRewire>,
    /// Since when the supplier's list of our numbers lacks it: it is not issued.
    pub gone_since: Option<Timestamp>,
    /// While it is given back: what it becomes again when the supplier refuses to take it.
    pub kept: Option<KeptState>,
}

/// What a number that is given back was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptState {
    /// Its line's state: [`LineState::Stocked`], [`LineState::Unproven`] or [`LineState::Refused`].
    pub state: LineState,
    /// Whether it was enabled in the inventory.
    pub enabled: bool,
}

/// A change of state that [`TRANSITIONS`] does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a line that is {from} cannot become {to}")]
pub struct InvalidTransition {
    /// Where the line stands.
    pub from: LineState,
    /// Where it was to go.
    pub to: LineState,
}

impl OrderLine {
    /// A line of an order for which nothing was done yet, without a number. It is due at `now`.
    #[must_use]
    pub const fn planned(
        id: LineId,
        order: OrderId,
        supplier: SupplierName,
        highest: NumberPrice,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            order,
            supplier,
            state: Planned,
            state_since: now,
            number: None,
            is_number_fixed: false,
            reference: None,
            is_ours: false,
            highest,
            price: None,
            attempts: 0,
            call_line: None,
            retries: 0,
            reason: None,
            code: None,
            deviation: None,
            due_at: Some(now),
            owned_since: None,
            sms_url_hash: None,
            rewire: None,
            gone_since: None,
            kept: None,
        }
    }

    fn enter(mut self, next: LineState) -> Result<Self, InvalidTransition> {
        if !self.state.can_become(next) {
            return Err(InvalidTransition {
                from: self.state,
                to: next,
            });
        }
        self.state = next;
        self.due_at = None;
        Ok(self)
    }

    /// Stores the intent to call the purchase. What happens until the lease ends is not known: then the line is
    /// [`LineState::Unknown`], not planned again (rule 13).
    pub fn attempt(self, call_line: LineId, lease_until: Timestamp) -> Result<Self, InvalidTransition> {
        let mut line = self.enter(Attempted)?;
        line.attempts += 1;
        line.call_line = Some(call_line);
        line.reason = None;
        line.code = None;
        line.due_at = Some(lease_until);
        Ok(line)
    }

    /// The process that called the purchase is gone, and its answer with it.
    pub fn lose_answer(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        let mut line = self.enter(Unknown)?;
        line.reason = Some("the server stopped before the answer was stored".to_owned());
        line.due_at = Some(now);
        Ok(line)
    }

    fn own(self, supplied: SuppliedNumber, now: Timestamp) -> Result<Self, InvalidTransition> {
        let was_ours_before = self.state == Unknown && self.code.is_some();
        let mut line = self.enter(Wiring)?;
        // Sold before: another purchase says where its SMS go.
        line.sms_url_hash = line.sms_url_hash.filter(|_| !was_ours_before);
        let mut deviations = Vec::new();
        if line.number.is_some_and(|number| number != supplied.number) {
            deviations.push("the supplier sold another number than the one that was ordered");
            line.price = None;
        }
        line.price = supplied.price.or(line.price);
        if line.price.is_some_and(|price| price.exceeds(line.highest)) {
            deviations.push(TOO_DEAR);
        }
        if !deviations.is_empty() {
            line.deviation = Some(deviations.join("; "));
        }
        line.number = Some(supplied.number);
        line.reference = supplied.reference.or(line.reference);
        line.is_ours = true;
        line.owned_since = Some(now);
        line.reason = None;
        line.code = None;
        line.due_at = Some(now);
        Ok(line)
    }

    fn wait(self, request: PendingRequest, now: Timestamp) -> Result<Self, InvalidTransition> {
        let mut line = self.enter(Waiting)?;
        line.number = request.number.as_ref().map(|supplied| supplied.number).or(line.number);
        line.price = request.number.and_then(|supplied| supplied.price).or(line.price);
        line.reference = request.reference;
        line.reason = None;
        line.code = None;
        line.due_at = Some(now);
        Ok(line)
    }

    /// Whether it was bought is not known.
    fn fail(self, reason: &str, now: Timestamp) -> Result<Self, InvalidTransition> {
        let mut line = match self.state {
            Unknown => self,
            _ => self.enter(Unknown)?,
        };
        line.reason = Some(reason.to_owned());
        line.due_at = Some(now);
        Ok(line)
    }

    fn refuse(self, reason: &str, code: Option<String>) -> Result<Self, InvalidTransition> {
        let mut line = self.enter(Refused)?;
        line.reason = Some(reason.to_owned());
        line.code = code;
        Ok(line)
    }
}

#[cfg(test)]
mod tests;
