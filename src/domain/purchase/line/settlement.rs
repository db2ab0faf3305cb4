//! What follows from the answer of a call for all lines that it was made for.

use std::collections::HashSet;
use std::time::Duration;

use super::LineState::{Refused, Waiting};
use super::calls::CallAnswer;
use super::steps::{StepTimes, failure_reason};
use super::{InvalidTransition, OrderLine};
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::outcome::{
    CallFailure, CallResult, Offer, Ownership, Purchase, RequestState, SuppliedNumber,
};
use crate::domain::purchase::price::NumberPrice;
use crate::domain::time::Timestamp;

/// A purchase whose answer was lost may be carried out so much later, however often the supplier is asked.
const UNDER_WAY_MAX: Duration = Duration::from_mins(1);

/// What follows from an answer that concerns the purchase of several lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallEffects {
    /// The lines, in their next state.
    pub lines: Vec<OrderLine>,
    /// Numbers beyond those that were ordered: they are on the bill, so they are stocked, too.
    pub surplus: Vec<SuppliedNumber>,
}

/// What an answer is taken with.
#[derive(Debug, Clone, Copy)]
pub struct AnswerFacts<'a> {
    /// The offered numbers that may be bought.
    pub free: &'a HashSet<PhoneNumber>,
    /// SHA-256 of the address to which the SMS of the supplier's numbers go.
    pub sms_url_hash: [u8; 32],
    /// Whether the order's numbers are issued only after an SMS arrived (rule 15).
    pub needs_proof: bool,
    /// When something is tried again.
    pub times: StepTimes,
}

/// Takes an answer for the lines that the call was made for.
pub fn settle_call(
    lines: Vec<OrderLine>,
    answer: &CallAnswer,
    facts: &AnswerFacts<'_>,
) -> Result<CallEffects, InvalidTransition> {
    let times = facts.times;
    match answer {
        CallAnswer::Offers(offers) => Ok(CallEffects {
            lines: choose_all(lines, offers, |number| facts.free.contains(&number), times),
            surplus: Vec::new(),
        }),
        CallAnswer::Purchase(answer) => settle_all(lines, answer, times),
        CallAnswer::Ownership(found) => look_up_all(lines, found, times),
        CallAnswer::Request(answer) => read_all(lines, answer, times),
        CallAnswer::Wiring(answer) => each(lines, |line| {
            line.wired(answer.clone(), facts.sms_url_hash, facts.needs_proof, times)
        }),
        CallAnswer::GivenBack(answer) => each(lines, |line| line.given_back(answer.clone(), times)),
    }
}

/// The numbers of a purchase are shared out, a refusal concerns each line.
pub(super) fn settle_all(
    lines: Vec<OrderLine>,
    answer: &CallResult<Purchase>,
    times: StepTimes,
) -> Result<CallEffects, InvalidTransition> {
    match answer {
        Ok(Purchase::Bought(numbers)) => share_out(lines, numbers, times),
        _ => each(lines, |line| {
            Ok(line.settle(answer.clone(), times.now, times.backoff)?.line)
        }),
    }
}

/// The same for a look-up.
pub(super) fn look_up_all(
    lines: Vec<OrderLine>,
    found: &CallResult<Ownership>,
    times: StepTimes,
) -> Result<CallEffects, InvalidTransition> {
    match found {
        Ok(Ownership::Ours(numbers)) if !numbers.is_empty() => share_out(lines, numbers, times),
        _ => each(lines, |line| match line.state {
            Waiting => Ok(line.found_waiting(found, times)),
            _ if *found == Ok(Ownership::NotOurs) && line.may_be_under_way(times) => {
                let until = line.state_since + times.poll.max(UNDER_WAY_MAX);
                Ok(line.postpone("the supplier does not know the purchase yet", until))
            }
            _ => {
                let again = line.look_up_again(times);
                Ok(line.look_up(found.clone(), times.now, again)?.line)
            }
        }),
    }
}

/// The same for the state of a request that is filled later.
pub(super) fn read_all(
    lines: Vec<OrderLine>,
    answer: &CallResult<RequestState>,
    times: StepTimes,
) -> Result<CallEffects, InvalidTransition> {
    match answer {
        Ok(RequestState::Filled(numbers)) if !numbers.is_empty() => share_out(lines, numbers, times),
        _ => each(lines, |line| line.read(answer.clone(), times)),
    }
}

fn each(
    lines: Vec<OrderLine>,
    step: impl Fn(OrderLine) -> Result<OrderLine, InvalidTransition>,
) -> Result<CallEffects, InvalidTransition> {
    Ok(CallEffects {
        lines: lines.into_iter().map(step).collect::<Result<_, _>>()?,
        surplus: Vec::new(),
    })
}

/// A number for each line; lines beyond them are refused, numbers beyond the lines are surplus.
fn share_out(
    lines: Vec<OrderLine>,
    numbers: &[SuppliedNumber],
    times: StepTimes,
) -> Result<CallEffects, InvalidTransition> {
    let last = lines.len().saturating_sub(1);
    let mut named = HashSet::new();
    let mut numbers: Vec<SuppliedNumber> = numbers.iter().filter(|one| named.insert(one.number)).cloned().collect();
    let mut surplus = Vec::new();
    let mut settled = Vec::with_capacity(lines.len());
    for (index, line) in lines.into_iter().enumerate() {
        let share = match index {
            // A single line prefers the number that it asked for.
            _ if index == last => std::mem::take(&mut numbers),
            _ if numbers.is_empty() => Vec::new(),
            _ => vec![numbers.remove(0)],
        };
        if share.is_empty() && index > 0 {
            settled.push(line.refuse("the supplier filled the order with fewer numbers", None)?);
            continue;
        }
        let effects = line.settle(Ok(Purchase::Bought(share)), times.now, times.backoff)?;
        settled.push(effects.line);
        surplus.extend(effects.surplus);
    }
    Ok(CallEffects {
        lines: settled,
        surplus,
    })
}

/// Gives planned lines the numbers that were found; `is_free`: not known here, and not refused before. Lines for which there
/// is none are searched for again after a pause.
#[must_use]
pub fn choose_all(
    lines: Vec<OrderLine>,
    offers: &CallResult<Vec<Offer>>,
    is_free: impl Fn(PhoneNumber) -> bool,
    times: StepTimes,
) -> Vec<OrderLine> {
    let fits = |offer: &&Offer, highest: NumberPrice| {
        let price = offer.price;
        offer.receives_sms && price.setup <= highest.setup && price.monthly <= highest.monthly && is_free(offer.number)
    };
    let highest = lines.first().map_or_else(NumberPrice::default, |line| line.highest);
    let found = offers.as_deref().unwrap_or_default();
    let mut seen = HashSet::new();
    let fitting = found.iter().filter(|offer| fits(offer, highest));
    let mut chosen = fitting.filter(|offer| seen.insert(offer.number));
    let reason = match offers {
        Ok(_) => "no number that meets the order is for sale".to_owned(),
        Err(failure) => failure_reason(failure.clone()),
    };
    let choose = |mut line: OrderLine| match chosen.next() {
        Some(offer) => line.choose(offer, times.now),
        None => {
            line.retries += 1;
            line.postpone(&reason, times.now + times.backoff)
        }
    };
    lines.into_iter().map(choose).collect()
}

impl OrderLine {
    /// When a look-up that could not tell is repeated: every `poll`, and after an hour each hour.
    fn look_up_again(&self, times: StepTimes) -> Timestamp {
        const HOUR: Duration = Duration::from_hours(1);
        match times.now.since(self.state_since) < HOUR {
            true => times.now + times.poll,
            false => times.now + times.poll.max(HOUR),
        }
    }

    /// Whether the supplier may still carry out a purchase whose answer was lost: that it does not list it yet says nothing.
    fn may_be_under_way(&self, times: StepTimes) -> bool {
        let was_answered = self.code.is_some();
        !was_answered && times.now.since(self.state_since) < times.poll.max(UNDER_WAY_MAX)
    }

    /// A request without a key was looked for.
    fn found_waiting(mut self, found: &CallResult<Ownership>, times: StepTimes) -> Self {
        let again = times.now + times.poll;
        match found {
            Ok(Ownership::Pending(request)) => {
                self.reference.clone_from(&request.reference);
                self.due(again)
            }
            Ok(Ownership::Unclear(reason)) | Err(CallFailure::NoAnswer(reason)) => self.postpone(reason, again),
            Err(failure) => self.postpone(&failure_reason(failure.clone()), again),
            Ok(Ownership::NotOurs | Ownership::Ours(_)) => {
                self.postpone("the supplier does not list the request yet", again)
            }
        }
    }

    /// Adds in what the purchase differs from the order.
    pub fn add_deviation(&mut self, deviation: &str) {
        let before = self.deviation.take();
        self.deviation = Some(before.map_or_else(|| deviation.to_owned(), |before| format!("{before}; {deviation}")));
    }

    /// The number that a supplier refused to sell, by the line before and after the answer.
    #[must_use]
    pub fn refused_number(&self, after: &Self) -> Option<PhoneNumber> {
        let is_gone = after.number != self.number || after.state == Refused;
        self.number.filter(|_| is_gone && !after.is_ours)
    }
}
