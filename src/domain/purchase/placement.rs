//! Whether an order is placed, and with which lines.

use super::line::LineState;
use super::order::{OrderTerms, OrderedNumbers, PurchaseOrder};
use super::policy::SupplierAccount;
use super::{OrderId, SupplierName};
use crate::domain::phone::PhoneNumber;

/// What is known when an order is placed.
#[derive(Debug, Clone)]
pub struct PlacementFacts<'a> {
    /// The supplier; `None`: it is off.
    pub account: Option<&'a SupplierAccount>,
    /// The order that has the same reference.
    pub same_reference: Option<PurchaseOrder>,
    /// Those of the ordered numbers that are, or may become, ours already.
    pub taken: Vec<PhoneNumber>,
    /// The kind of the gateway that has the supplier's name, if there is one.
    pub gateway_kind: Option<String>,
}

/// What becomes of a request for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderPlacement {
    /// It is this order, which was placed before.
    Known(OrderId),
    /// It is to be placed, with these terms: the prices that the partner stated are in them.
    New(Box<OrderTerms>),
}

/// Why an order is not placed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderRefusal {
    /// The reference stands for another order.
    #[error("reference: order {} has it, with other content", .0.0)]
    ReferenceTaken(OrderId),
    /// Its section of the configuration is missing.
    #[error("supplier: {0} is off: the configuration has no section [{section}]", section = section(*.0))]
    SupplierOff(SupplierName),
    /// Without a budget nothing is bought (rule 14).
    #[error("the option {section}.budget_per_day is not set: nothing is bought from {0}", section = section(*.0))]
    NoBudget(SupplierName),
    /// The supplier's API does not state prices, and neither does the configuration.
    #[error("the options {section}.setup and {section}.monthly are not set: prices of {0} are not known", section = section(*.0))]
    PriceUnknown(SupplierName),
    /// Another gateway has the name that the supplier's needs.
    #[error(
        "the gateway {supplier} has kind {found}, but SMS of {supplier} need kind {needed}: delete it or give it that kind"
    )]
    GatewayKind {
        /// The supplier.
        supplier: SupplierName,
        /// The kind of the gateway.
        found: String,
        /// The kind that parses what the supplier sends.
        needed: String,
    },
    /// A number would be paid for twice.
    #[error("{field}: {number} is in the inventory or in another order already")]
    NumberTaken {
        /// Its field in the request.
        field: String,
        /// The number.
        number: PhoneNumber,
    },
}

/// The section of the configuration that turns a supplier on.
fn section(supplier: SupplierName) -> String {
    supplier.to_string().replace('-', "_")
}

/// Decides whether an order is placed. One that has the reference of an earlier order is that order.
pub fn place(terms: OrderTerms, facts: PlacementFacts<'_>) -> Result<OrderPlacement, OrderRefusal> {
    if let Some(known) = facts.same_reference {
        return match terms.is_same_as(&known.terms) {
            true => Ok(OrderPlacement::Known(known.id)),
            false => Err(OrderRefusal::ReferenceTaken(known.id)),
        };
    }
    let supplier = terms.supplier;
    let account = facts.account.ok_or(OrderRefusal::SupplierOff(supplier))?;
    if account.terms.budget_per_day.is_none() {
        return Err(OrderRefusal::NoBudget(supplier));
    }
    let terms = terms.with_stated_price(account)?;
    check_gateway(supplier, account, facts.gateway_kind)?;
    let numbers = terms.numbers.chosen();
    match numbers.iter().position(|number| facts.taken.contains(number)) {
        Some(index) => Err(OrderRefusal::NumberTaken {
            field: match terms.numbers {
                OrderedNumbers::Priced { .. } => "number".to_owned(),
                _ => format!("numbers[{index}]"),
            },
            number: numbers[index],
        }),
        None => Ok(OrderPlacement::New(Box::new(terms))),
    }
}

/// Refuses a gateway of the supplier's name whose kind does not parse what the supplier sends.
pub fn check_gateway(
    supplier: SupplierName,
    account: &SupplierAccount,
    kind: Option<String>,
) -> Result<(), OrderRefusal> {
    match kind {
        Some(found) if found != account.adapter.kind => Err(OrderRefusal::GatewayKind {
            supplier,
            found,
            needed: account.adapter.kind.clone(),
        }),
        _ => Ok(()),
    }
}

/// A line of an order that is not stored yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedLine {
    /// Its number, if the partner chose it: no other one will do.
    pub number: Option<PhoneNumber>,
    /// Where it stands.
    pub state: LineState,
}

impl OrderTerms {
    /// The lines that these terms make, one for each number.
    #[must_use]
    pub fn planned_lines(&self) -> Vec<PlannedLine> {
        let state = match self.numbers {
            OrderedNumbers::Adopted { .. } => LineState::Wiring,
            _ => LineState::Planned,
        };
        let mut chosen = self.numbers.chosen().iter().copied();
        let lines = (0..self.numbers.quantity()).map(|_| PlannedLine {
            number: chosen.next(),
            state,
        });
        lines.collect()
    }

    /// Whether both are the same order. The price that the configuration states may have changed since.
    fn is_same_as(&self, stored: &Self) -> bool {
        match self.numbers {
            OrderedNumbers::Area(_) => {
                let highest = stored.highest;
                Self {
                    highest,
                    ..self.clone()
                } == *stored
            }
            _ => self == stored,
        }
    }

    /// Numbers of a place cost what the configuration states.
    fn with_stated_price(self, account: &SupplierAccount) -> Result<Self, OrderRefusal> {
        match (&self.numbers, account.terms.fixed_price) {
            (OrderedNumbers::Area(area), Some(price)) => Ok(Self {
                highest: price.times(area.numbers_per_line()),
                ..self
            }),
            (OrderedNumbers::Area(_), None) => Err(OrderRefusal::PriceUnknown(self.supplier)),
            _ => Ok(self),
        }
    }
}

impl OrderedNumbers {
    /// The numbers that the partner chose.
    #[must_use]
    pub fn chosen(&self) -> &[PhoneNumber] {
        match self {
            Self::Numbers { numbers, .. } | Self::Adopted { numbers } | Self::Restored { numbers } => numbers,
            Self::Priced { number, .. } => std::slice::from_ref(number),
            Self::Quantity { .. } | Self::Random { .. } | Self::Filter { .. } | Self::Area(_) => &[],
        }
    }
}

#[cfg(test)]
mod tests;
