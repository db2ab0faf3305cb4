//! What follows from the answers of suppliers.

use std::time::Duration;

use super::LineState::Planned;
use super::{ATTEMPTS_MAX, InvalidTransition, OrderLine};
use crate::domain::purchase::outcome::{
    CallFailure, CallResult, Ownership, Purchase, Reaction, Refusal, SuppliedNumber,
};
use crate::domain::time::Timestamp;

/// What an answer means for the supplier as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SupplierHealth {
    /// It answered.
    Answered,
    /// It gave no usable answer.
    Failed,
    /// It wants fewer calls.
    Throttled,
    /// Nothing is bought from it until the partner resumes it.
    Stopped,
}

impl SupplierHealth {
    /// What the answer of any call shows.
    #[must_use]
    pub fn of<T>(answer: &CallResult<T>) -> Self {
        match answer {
            Ok(_) | Err(CallFailure::NotOffered) => Self::Answered,
            Err(CallFailure::NoAnswer(_)) => Self::Failed,
            Err(CallFailure::Refused(refusal)) => match refusal.reaction {
                Reaction::PauseUntilResumed => Self::Stopped,
                Reaction::PauseForAWhile => Self::Throttled,
                _ => Self::Answered,
            },
        }
    }
}

/// What follows from an attempt to buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptEffects {
    /// The line, in its next state.
    pub line: OrderLine,
    /// Numbers beyond those that were ordered: they are on the bill, so they are stocked, too.
    pub surplus: Vec<SuppliedNumber>,
}

impl OrderLine {
    /// Takes the answer of the purchase. `backoff` is the pause before the same again, where the supplier asks for one.
    pub fn settle(
        self,
        answer: CallResult<Purchase>,
        now: Timestamp,
        backoff: Duration,
    ) -> Result<AttemptEffects, InvalidTransition> {
        let mut surplus = Vec::new();
        let line = match answer {
            Ok(Purchase::Bought(numbers)) => {
                let mut numbers = self.in_order_of_choice(numbers).into_iter();
                let first = numbers.next();
                surplus.extend(numbers);
                match first {
                    Some(number) => self.own(number, now)?,
                    None => self.fail("the supplier reported a purchase without a number", now)?,
                }
            }
            Ok(Purchase::Pending(request)) => self.wait(request, now)?,
            Err(CallFailure::NotOffered) => self.refuse("the supplier's API does not offer this", None)?,
            Err(CallFailure::NoAnswer(reason)) => self.fail(&reason, now)?,
            Err(CallFailure::Refused(refusal)) => self.react(refusal, now, backoff)?,
        };
        Ok(AttemptEffects { line, surplus })
    }

    /// Takes what a look-up found. `again` is when to look it up once more if that was not clear.
    pub fn look_up(
        self,
        found: CallResult<Ownership>,
        now: Timestamp,
        again: Timestamp,
    ) -> Result<AttemptEffects, InvalidTransition> {
        let effects = |line| AttemptEffects {
            line,
            surplus: Vec::new(),
        };
        let unclear = |mut line: Self, reason: String| {
            line.reason = Some(reason);
            line.due_at = Some(again);
            line
        };
        match found {
            Ok(Ownership::Ours(numbers)) if !numbers.is_empty() => {
                self.settle(Ok(Purchase::Bought(numbers)), now, Duration::ZERO)
            }
            Ok(Ownership::Pending(request)) => Ok(effects(self.wait(request, now)?)),
            // A number that was sold before is not asked for again.
            Ok(Ownership::NotOurs) if self.code.is_some() => Ok(effects(self.choose_another(now, Duration::ZERO)?)),
            Ok(Ownership::NotOurs) => {
                let refusal = Refusal {
                    reason: self.reason.clone().unwrap_or_else(|| "it was not bought".to_owned()),
                    code: None,
                    reaction: Reaction::LookUp,
                };
                Ok(effects(self.plan_again(refusal, now)?))
            }
            Ok(Ownership::Ours(_)) => Ok(effects(unclear(self, "the look-up named no number".to_owned()))),
            Ok(Ownership::Unclear(reason)) | Err(CallFailure::NoAnswer(reason)) => Ok(effects(unclear(self, reason))),
            Err(CallFailure::Refused(refusal)) => Ok(effects(unclear(self, refusal.reason))),
            Err(CallFailure::NotOffered) => {
                let reason = "the supplier's API cannot tell whether it was bought: resolve the line by hand";
                Ok(effects(unclear(self, reason.to_owned())))
            }
        }
    }

    /// The number that was asked for comes first.
    fn in_order_of_choice(&self, mut numbers: Vec<SuppliedNumber>) -> Vec<SuppliedNumber> {
        numbers.sort_by_key(|supplied| Some(supplied.number) != self.number);
        numbers
    }

    fn plan_again(self, refusal: Refusal, at: Timestamp) -> Result<Self, InvalidTransition> {
        if self.attempts >= ATTEMPTS_MAX {
            return self.refuse(&refusal.reason, refusal.code);
        }
        let mut line = self.enter(Planned)?;
        line.reason = Some(refusal.reason);
        line.code = refusal.code;
        line.due_at = Some(at);
        Ok(line)
    }

    fn react(mut self, refusal: Refusal, now: Timestamp, backoff: Duration) -> Result<Self, InvalidTransition> {
        match refusal.reaction {
            // The supplier is paused: its lines are due when it is resumed. That says nothing against this one.
            Reaction::PauseUntilResumed | Reaction::PauseForAWhile => {
                self.attempts = self.attempts.saturating_sub(1);
                self.plan_again(refusal, now)
            }
            Reaction::LookUp => {
                let mut line = self.fail(&refusal.reason, now)?;
                line.code = refusal.code;
                Ok(line)
            }
            Reaction::RetryAfter(pause, times) if self.retries < times => {
                self.retries += 1;
                self.plan_again(refusal, now + pause)
            }
            Reaction::RetryWithBackoff => {
                self.retries += 1;
                self.plan_again(refusal, now + backoff)
            }
            Reaction::OtherNumber | Reaction::RetryAfter(..) => {
                self.reason = Some(refusal.reason);
                self.code = refusal.code;
                self.choose_another(now, backoff)
            }
            Reaction::BadRequest | Reaction::NeedsPerson => self.refuse(&refusal.reason, refusal.code),
        }
    }

    /// Plans the purchase of another number, where the partner did not ask for this very one. Where the supplier chooses the
    /// number it has none that fits: it is asked again after a pause that grows.
    fn choose_another(mut self, now: Timestamp, backoff: Duration) -> Result<Self, InvalidTransition> {
        let refusal = Refusal {
            reason: self
                .reason
                .take()
                .unwrap_or_else(|| "the number is not available".to_owned()),
            code: self.code.take(),
            reaction: Reaction::OtherNumber,
        };
        if self.is_number_fixed {
            return self.refuse(&refusal.reason, refusal.code);
        }
        self.price = None;
        if self.number.take().is_none() {
            self.retries += 1;
            return self.plan_again(refusal, now + backoff);
        }
        self.retries = 0;
        self.plan_again(refusal, now)
    }
}
