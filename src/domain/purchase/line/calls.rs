//! Which call lines need, and what it came to.
//!
//! One call can be for several lines of an order: a search, or a request that people fill (CM.com). Otherwise it is for one.

use super::LineState::{
    Attempted, Cancelled, GivenBack, GivingBack, Planned, Refused, Stocked, Unknown, Unproven, Waiting, Wiring,
};
use super::OrderLine;
use super::answers::SupplierHealth;
use super::steps::failure_reason;
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::LineId;
use crate::domain::purchase::order::{OrderTerms, OrderedNumbers, PurchaseOrder};
use crate::domain::purchase::outcome::{CallResult, Offer, Ownership, Purchase, RequestState, WiringState};
use crate::domain::purchase::request::{AreaSelection, OfferSearch, OtherPurchases, OwnedNumber, Selection};

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
    /// Where a request stands that is filled later.
    Read {
        /// Its key.
        reference: String,
        /// Its number, where that is known.
        number: Option<PhoneNumber>,
    },
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
    /// For a look-up that has no number to go by.
    pub others: OtherPurchases,
}

/// What a call came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallAnswer {
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

impl CallAnswer {
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
            others: OtherPurchases::default(),
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
            Some(reference) => Some(SupplierCall::Read {
                reference: reference.clone(),
                number: first.number,
            }),
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
