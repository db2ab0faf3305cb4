//! Which call lines need, and what follows from its answer for all of them.
//!
//! One call can be for several lines of an order: a search, or a request that people fill (CM.com). Otherwise it is for one.

use std::collections::HashSet;

use super::LineState::{
    Attempted, Cancelled, GivenBack, GivingBack, Planned, Refused, Stocked, Unknown, Unproven, Waiting, Wiring,
};
use super::answers::SupplierHealth;
use super::steps::{StepTimes, failure_reason};
use super::{InvalidTransition, OrderLine};
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::LineId;
use crate::domain::purchase::order::{OrderTerms, OrderedNumbers, PurchaseOrder};
use crate::domain::purchase::outcome::{
    CallFailure, CallResult, Offer, Ownership, Purchase, RequestState, SuppliedNumber, WiringState,
};
use crate::domain::purchase::price::NumberPrice;
use crate::domain::purchase::request::{AreaSelection, OfferSearch, OwnedNumber, Selection};
use crate::domain::time::Timestamp;

/// So many more numbers are looked for than are needed: some may have been refused before, or cost too much.
const SEARCH_MARGIN: usize = 20;

/// A call to a supplier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SupplierCall {
    /// Which numbers are for sale.
    Search(OfferSearch),
    /// The purchase. It is called once for each stored attempt (rule 13).
    Buy(PurchaseIntent),
    /// Whether a purchase was carried out.
    LookUp(PurchaseIntent),
    /// Where a request stands that is filled later, by its key.
    Read(String),
    /// Has the SMS of a number sent to us.
    Wire(OwnedNumber),
    /// Gives a number back.
    GiveBack(OwnedNumber),
}

/// What is bought, without the addresses that the call carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseIntent {
    /// The line whose mark the call carries.
    pub call_line: LineId,
    /// What is bought.
    pub selection: Selection,
    /// Options of the supplier, by name.
    pub options: Vec<(String, String)>,
}

/// What a call came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SupplierAnswer {
    /// Of [`SupplierCall::Search`].
    Offers(CallResult<Vec<Offer>>),
    /// Of [`SupplierCall::Buy`].
    Purchase(CallResult<Purchase>),
    /// Of [`SupplierCall::LookUp`].
    Ownership(CallResult<Ownership>),
    /// Of [`SupplierCall::Read`].
    Request(CallResult<RequestState>),
    /// Of [`SupplierCall::Wire`].
    Wiring(CallResult<WiringState>),
    /// Of [`SupplierCall::GiveBack`].
    GivenBack(CallResult<()>),
}

impl SupplierAnswer {
    /// What it shows about the supplier, and why.
    #[must_use]
    pub fn health(&self) -> (SupplierHealth, Option<String>) {
        match self {
            Self::Offers(answer) => health_of(answer),
            Self::Purchase(answer) => health_of(answer),
            Self::Ownership(answer) => health_of(answer),
            Self::Request(answer) => health_of(answer),
            Self::Wiring(answer) => health_of(answer),
            Self::GivenBack(answer) => health_of(answer),
        }
    }
}

/// What the answer of any call shows about the supplier, and why.
#[must_use]
pub fn health_of<T>(answer: &CallResult<T>) -> (SupplierHealth, Option<String>) {
    let reason = answer.as_ref().err().cloned().map(failure_reason);
    (SupplierHealth::of(answer), reason)
}

/// The call that these lines of an order need; they are in the same state. `country`: that of the order, ISO 3166-1 alpha-2.
/// `None`: none.
#[must_use]
pub fn next_call(order: &PurchaseOrder, lines: &[OrderLine], country: &str) -> Option<SupplierCall> {
    let first = lines.first()?;
    let intent = || {
        Some(PurchaseIntent {
            call_line: first.call_line.unwrap_or(first.id),
            selection: selection(&order.terms, lines)?,
            options: order.terms.options.clone(),
        })
    };
    let owned = || {
        Some(OwnedNumber {
            number: first.number?,
            reference: first.reference.clone(),
        })
    };
    match first.state {
        Planned => match &order.terms.numbers {
            OrderedNumbers::Quantity { prefix, external, .. } if first.number.is_none() => {
                Some(SupplierCall::Search(OfferSearch {
                    country: country.to_owned(),
                    prefix: prefix.clone(),
                    contains: None,
                    external: *external,
                    limit: lines.len() + SEARCH_MARGIN,
                }))
            }
            _ => intent().map(SupplierCall::Buy),
        },
        Unknown => intent().map(SupplierCall::LookUp),
        Waiting => match &first.reference {
            Some(reference) => Some(SupplierCall::Read(reference.clone())),
            None => intent().map(SupplierCall::LookUp),
        },
        Wiring | Unproven | Stocked => owned().map(SupplierCall::Wire),
        GivingBack => owned().map(SupplierCall::GiveBack),
        Attempted | GivenBack | Refused | Cancelled => None,
    }
}

/// What the purchase of these lines selects; `None`: their order buys nothing.
fn selection(terms: &OrderTerms, lines: &[OrderLine]) -> Option<Selection> {
    let number = lines.first()?.number;
    Some(match &terms.numbers {
        OrderedNumbers::Quantity { external, .. } | OrderedNumbers::Numbers { external, .. } => Selection::Number {
            number: number?,
            external: *external,
        },
        OrderedNumbers::Priced { number, price_uuid } => Selection::Priced {
            number: *number,
            price_uuid: price_uuid.clone(),
        },
        OrderedNumbers::Random { .. } => Selection::Random,
        OrderedNumbers::Filter { parts, .. } => Selection::Filter(parts.clone()),
        OrderedNumbers::Area(area) => Selection::Area(AreaSelection {
            quantity: u32::try_from(lines.len()).unwrap_or(u32::MAX),
            ..area.clone()
        }),
        OrderedNumbers::Restored { .. } => Selection::Restored { number: number? },
        OrderedNumbers::Adopted { .. } => return None,
    })
}

/// Whether one call buys for all lines of the order.
#[must_use]
pub const fn is_bought_together(numbers: &OrderedNumbers) -> bool {
    matches!(numbers, OrderedNumbers::Area(_))
}

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
    let mut numbers = numbers.to_vec();
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
