//! What follows from the answer of a call for all lines that it was made for.

use std::collections::HashSet;

use super::LineState::{Refused, Waiting};
use super::steps::{StepTimes, failure_reason};
use super::{InvalidTransition, OrderLine};
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::outcome::{
    CallFailure, CallResult, Offer, Ownership, Purchase, RequestState, SuppliedNumber,
};
use crate::domain::purchase::price::NumberPrice;
use crate::domain::time::Timestamp;

/// What follows from an answer that concerns the purchase of several lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallEffects {
    /// The lines, in their next state.
    pub lines: Vec<OrderLine>,
    /// Numbers beyond those that were ordered: they are on the bill, so they are stocked, too.
    pub surplus: Vec<SuppliedNumber>,
}

/// Settles the purchase of lines that one call was made for: the numbers are shared out, a refusal concerns each.
pub fn settle_all(
    lines: Vec<OrderLine>,
    answer: &CallResult<Purchase>,
    times: StepTimes,
) -> Result<CallEffects, InvalidTransition> {
    if let Ok(Purchase::Bought(numbers)) = answer {
        return share_out(lines, numbers, times);
    }
    let each = |line: OrderLine| Ok(line.settle(answer.clone(), times.now, times.backoff)?.line);
    lines
        .into_iter()
        .map(each)
        .collect::<Result<_, _>>()
        .map(without_surplus)
}

/// The same for a look-up. `again`: when to look up once more what is not clear.
pub fn look_up_all(
    lines: Vec<OrderLine>,
    found: &CallResult<Ownership>,
    times: StepTimes,
    again: Timestamp,
) -> Result<CallEffects, InvalidTransition> {
    match found {
        Ok(Ownership::Ours(numbers)) if !numbers.is_empty() => share_out(lines, numbers, times),
        _ => {
            let each = |line: OrderLine| match line.state {
                Waiting => Ok(line.found_waiting(found, times)),
                _ if *found == Ok(Ownership::NotOurs) && line.may_be_under_way(times) => {
                    let until = line.state_since + times.poll;
                    Ok(line.postpone("the supplier does not know the purchase yet", until))
                }
                _ => Ok(line.look_up(found.clone(), times.now, again)?.line),
            };
            lines
                .into_iter()
                .map(each)
                .collect::<Result<_, _>>()
                .map(without_surplus)
        }
    }
}

/// The same for the state of a request that is filled later.
pub fn read_all(
    lines: Vec<OrderLine>,
    answer: &CallResult<RequestState>,
    times: StepTimes,
) -> Result<CallEffects, InvalidTransition> {
    match answer {
        Ok(RequestState::Filled(numbers)) if !numbers.is_empty() => share_out(lines, numbers, times),
        _ => {
            let each = |line: OrderLine| line.read(answer.clone(), times);
            lines
                .into_iter()
                .map(each)
                .collect::<Result<_, _>>()
                .map(without_surplus)
        }
    }
}

const fn without_surplus(lines: Vec<OrderLine>) -> CallEffects {
    CallEffects {
        lines,
        surplus: Vec::new(),
    }
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
        Some(offer) => line.choose(offer.number, times.now),
        None => {
            line.retries += 1;
            line.postpone(&reason, times.now + times.backoff)
        }
    };
    lines.into_iter().map(choose).collect()
}

impl OrderLine {
    /// Whether the supplier may still carry out a purchase whose answer was lost: that it does not list it yet says nothing.
    fn may_be_under_way(&self, times: StepTimes) -> bool {
        let was_answered = self.code.is_some();
        !was_answered && times.now.since(self.state_since) < times.poll
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

    /// The number that a supplier refused to sell, by the line before and after the answer.
    #[must_use]
    pub fn refused_number(&self, after: &Self) -> Option<PhoneNumber> {
        let is_gone = after.number != self.number || after.state == Refused;
        self.number.filter(|_| is_gone && !after.is_ours)
    }
}
