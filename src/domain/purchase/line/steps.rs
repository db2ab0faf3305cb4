//! The other steps of a line: a number is chosen, its SMS are set up and proven, it is given back, or the partner decides.

use std::time::Duration;

use super::LineState::{Attempted, Cancelled, GivenBack, GivingBack, Planned, Refused, Stocked, Unknown, Unproven};
use super::proof::PendingRewire;
use super::{InvalidTransition, KeptState, LineState, OrderLine};
use crate::domain::purchase::outcome::{CallFailure, CallResult, Offer, Purchase, Reaction, RequestState, WiringState};
use crate::domain::time::Timestamp;

/// When something is tried again.
#[derive(Debug, Clone, Copy)]
pub struct StepTimes {
    /// The time.
    pub now: Timestamp,
    /// The pause while a supplier is at it.
    pub poll: Duration,
    /// The pause after a refusal that may pass, which grows.
    pub backoff: Duration,
}

impl OrderLine {
    /// The number that will be bought for a line that leaves the choice. Not every purchase tells the price: then it is the
    /// one that was offered.
    #[must_use]
    pub fn choose(self, offer: &Offer, now: Timestamp) -> Self {
        Self {
            number: Some(offer.number),
            price: Some(offer.price),
            reason: None,
            retries: 0,
            due_at: Some(now),
            ..self
        }
    }

    /// The same later, for that reason.
    #[must_use]
    pub fn postpone(self, reason: &str, until: Timestamp) -> Self {
        Self {
            reason: Some(reason.to_owned()),
            due_at: Some(until),
            ..self
        }
    }

    /// The same at that time, for the reason that it has.
    #[must_use]
    pub fn due(self, at: Timestamp) -> Self {
        Self {
            due_at: Some(at),
            ..self
        }
    }

    /// Takes what a supplier says about an order that it fills later.
    pub fn read(self, answer: CallResult<RequestState>, times: StepTimes) -> Result<Self, InvalidTransition> {
        let again = times.now + times.poll;
        match answer {
            Ok(RequestState::Filled(numbers)) if !numbers.is_empty() => {
                let bought = Ok(Purchase::Bought(numbers));
                Ok(self.settle(bought, times.now, times.backoff)?.line)
            }
            Ok(RequestState::Filled(_) | RequestState::Waiting) => Ok(self.due(again)),
            Ok(RequestState::Refused(reason)) => self.refuse(&reason, None),
            Err(failure) => Ok(self.postpone(&failure_reason(failure), again)),
        }
    }

    /// The supplier named a number for it that another line has: which of them bought it is to be found out.
    pub fn doubt(self, times: StepTimes) -> Result<Self, InvalidTransition> {
        let reason = "the supplier named a number that another order has";
        let again = times.now + times.poll;
        match self.state {
            Attempted => Ok(self.fail(reason, times.now)?.due(again)),
            _ => Ok(self.postpone(reason, again)),
        }
    }

    /// Takes whether its SMS come to us, at the address with that hash. A number in the inventory keeps its state whatever the
    /// answer is: its SMS may still come the earlier way.
    pub fn wired(
        self,
        answer: CallResult<WiringState>,
        sms_url_hash: [u8; 32],
        prove: bool,
        times: StepTimes,
    ) -> Result<Self, InvalidTransition> {
        let in_inventory = matches!(self.state, Stocked | Unproven);
        let again = times.now + times.poll;
        match answer {
            Ok(WiringState::Done) | Err(CallFailure::NotOffered) => {
                // Without a call, its SMS come to us only if the purchase asked for that.
                let is_known = answer.is_ok() || self.sms_url_hash == Some(sms_url_hash);
                let rewire = self.rewire.unwrap_or(PendingRewire {
                    since: times.now,
                    by_sms: self.sms_url_hash.is_none(),
                });
                let mut line = match (in_inventory, prove || !is_known) {
                    (true, _) => self,
                    (false, true) => self.enter(Unproven)?,
                    (false, false) => self.enter(Stocked)?,
                };
                line.sms_url_hash = is_known.then_some(sms_url_hash);
                line.rewire = (!is_known).then_some(rewire);
                line.retries = 0;
                line.reason = None;
                line.code = None;
                line.due_at = None;
                Ok(line)
            }
            Ok(WiringState::InProgress) => Ok(self.due(again)),
            Ok(WiringState::Failed(reason)) if in_inventory => Ok(Self {
                reason: Some(reason),
                due_at: None,
                ..self
            }),
            Ok(WiringState::Failed(reason)) => self.refuse(&format!("{reason}; give the number back"), None),
            Err(CallFailure::Refused(refusal)) if refusal.reaction == Reaction::RetryWithBackoff => {
                let at = times.now + times.backoff;
                let retries = self.retries + 1;
                Ok(Self { retries, ..self }.postpone(&refusal.reason, at))
            }
            Err(failure) => Ok(self.postpone(&failure_reason(failure), again)),
        }
    }

    /// Will be given back. `enabled`: whether the number is enabled in the inventory now.
    pub fn ask_back(self, reason: &str, enabled: bool, now: Timestamp) -> Result<Self, InvalidTransition> {
        let kept = KeptState {
            state: self.state,
            enabled,
        };
        let is_ours = self.is_ours;
        let mut line = self.enter(GivingBack)?;
        if !is_ours {
            return Err(InvalidTransition {
                from: kept.state,
                to: GivingBack,
            });
        }
        line.kept = Some(kept);
        line.retries = 0;
        line.reason = Some(reason.to_owned());
        line.due_at = Some(now);
        Ok(line)
    }

    /// Takes what the supplier answered when the number was given back. Only a yes ends it, and only a no makes the line what
    /// it was (rule 16).
    pub fn given_back(self, answer: CallResult<()>, times: StepTimes) -> Result<Self, InvalidTransition> {
        let failure = match answer {
            Ok(()) => {
                let mut line = self.enter(GivenBack)?;
                line.is_ours = false;
                line.rewire = None;
                line.kept = None;
                return Ok(line);
            }
            Err(failure) => failure,
        };
        let may_pass = match &failure {
            CallFailure::NoAnswer(_) => true,
            CallFailure::NotOffered => false,
            CallFailure::Refused(refusal) => matches!(
                refusal.reaction,
                Reaction::PauseUntilResumed
                    | Reaction::PauseForAWhile
                    | Reaction::RetryWithBackoff
                    | Reaction::RetryAfter(..)
            ),
        };
        let code = match &failure {
            CallFailure::Refused(refusal) => refusal.code.clone(),
            CallFailure::NoAnswer(_) | CallFailure::NotOffered => None,
        };
        let reason = failure_reason(failure);
        if may_pass {
            let retries = self.retries + 1;
            return Ok(Self { retries, ..self }.postpone(&reason, times.now + times.backoff));
        }
        let kept = self.kept;
        let mut line = self.enter(kept.map_or(Refused, |kept| kept.state))?;
        line.kept = None;
        line.reason = Some(reason);
        line.code = code;
        Ok(line)
    }

    /// The partner cancels what was not bought yet.
    pub fn cancel(self, reason: &str) -> Result<Self, InvalidTransition> {
        // The supplier fills a request all the same: none of the four offers to cancel it.
        let mut line = self.only_from(Planned, Cancelled)?.enter(Cancelled)?;
        line.reason = Some(reason.to_owned());
        Ok(line)
    }

    /// A person found out that the purchase was not carried out.
    pub fn resolve_as_not_ours(self, reason: &str) -> Result<Self, InvalidTransition> {
        self.only_from(Unknown, Refused)?.refuse(reason, None)
    }

    /// A step that leads from one state only, although others lead to the same.
    fn only_from(self, from: LineState, to: LineState) -> Result<Self, InvalidTransition> {
        match self.state {
            state if state == from => Ok(self),
            state => Err(InvalidTransition { from: state, to }),
        }
    }

    /// Whether a number has to be chosen for it by a search.
    #[must_use]
    pub fn needs_a_number(&self) -> bool {
        self.state == Planned && self.number.is_none()
    }
}

/// Why a call did not succeed, for the partner.
pub(super) fn failure_reason(failure: CallFailure) -> String {
    match failure {
        CallFailure::NotOffered => "the supplier's API does not offer this".to_owned(),
        CallFailure::NoAnswer(reason) => reason,
        CallFailure::Refused(refusal) => refusal.reason,
    }
}
