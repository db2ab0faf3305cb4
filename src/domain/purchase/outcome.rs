//! What a wholesaler answers, in the same words for all of them.

use std::time::Duration;

use super::price::NumberPrice;
use crate::domain::phone::PhoneNumber;

/// What a call came to, if it succeeded.
pub type CallResult<T> = Result<T, CallFailure>;

/// Why a call did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallFailure {
    /// The supplier has no such call.
    NotOffered,
    /// It answered, and refused.
    Refused(Refusal),
    /// No usable answer: a timeout, a broken connection, 5xx, a redirect, something that is not what is documented. A
    /// purchase may have been carried out all the same (rule 13). In a few words, without secrets.
    NoAnswer(String),
}

/// An answer that says no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The supplier's code, if it has one: `-275`, `404`.
    pub code: Option<String>,
    /// What it means, for the partner.
    pub reason: String,
    /// What to do about it.
    pub reaction: Reaction,
}

/// What follows from a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// Nothing is bought from this supplier until the partner resumes it: no balance, wrong credentials.
    PauseUntilResumed,
    /// Too many calls: the supplier is left alone for a while.
    PauseForAWhile,
    /// The number may be ours already: look it up, then take another one.
    LookUp,
    /// The same again after this time, at most so many times.
    RetryAfter(Duration, u32),
    /// The same again, after pauses that grow.
    RetryWithBackoff,
    /// This number cannot be had; another one may.
    OtherNumber,
    /// The request is wrong: it would be refused again.
    BadRequest,
    /// The supplier wants something of a person: documents.
    NeedsPerson,
}

/// What a purchase came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purchase {
    /// These numbers are ours, and on the bill.
    Bought(Vec<SuppliedNumber>),
    /// The supplier took the order and will fill it later.
    Pending(PendingRequest),
}

/// A number that a supplier says is ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuppliedNumber {
    /// The number.
    pub number: PhoneNumber,
    /// The supplier's key for it, where that is not the number.
    pub reference: Option<String>,
    /// What it costs, where the answer says so.
    pub price: Option<NumberPrice>,
}

/// An order that a supplier fills later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingRequest {
    /// The supplier's key for it; `None`: the answer had none, and it is found by our mark.
    pub reference: Option<String>,
    /// The number, where it is known already.
    pub number: Option<SuppliedNumber>,
}

/// Whether a purchase whose answer was lost was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    /// It was; these numbers are ours.
    Ours(Vec<SuppliedNumber>),
    /// It was, and the supplier fills it later.
    Pending(PendingRequest),
    /// It was not.
    NotOurs,
    /// The supplier cannot tell, in a few words.
    Unclear(String),
}

/// Where an order stands that the supplier fills later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestState {
    /// Not filled yet; also what we do not understand.
    Waiting,
    /// Filled with these numbers.
    Filled(Vec<SuppliedNumber>),
    /// Refused, with the supplier's reason.
    Refused(String),
}

/// Whether a number's SMS come to our gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WiringState {
    /// They do.
    Done,
    /// The supplier is at it.
    InProgress,
    /// They cannot, for this reason: the number is useless to us.
    Failed(String),
}

/// A number that can be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The number.
    pub number: PhoneNumber,
    /// The supplier's name of the place, if it has one.
    pub area: Option<String>,
    /// Whether it can receive SMS.
    pub receives_sms: bool,
    /// What it costs.
    pub price: NumberPrice,
    /// Whether another provider has it, from which the supplier buys it first.
    pub is_external: bool,
}

impl CallFailure {
    /// A refusal.
    #[must_use]
    pub fn refused(code: Option<String>, reason: impl Into<String>, reaction: Reaction) -> Self {
        Self::Refused(Refusal {
            code,
            reason: reason.into(),
            reaction,
        })
    }
}

impl SuppliedNumber {
    /// A number of which nothing else is known.
    #[must_use]
    pub const fn bare(number: PhoneNumber) -> Self {
        Self {
            number,
            reference: None,
            price: None,
        }
    }
}
