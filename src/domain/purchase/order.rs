//! An order: what the partner wants to buy, and where that stands as a whole.

use strum::{Display, EnumString, IntoStaticStr};

use super::line::LineState;
use super::price::NumberPrice;
use super::request::{AreaSelection, FilterPart};
use super::{OrderId, SupplierName};
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;
use crate::domain::wire_name::{CountryName, OperatorName};

/// The most numbers in one order.
pub const QUANTITY_MAX: u32 = 1000;

/// The longest reference.
pub const REFERENCE_CHARACTERS_MAX: usize = 64;

/// What the partner calls an order, so that the same request again is the same order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OrderReference(String);

/// A text that is not a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to {REFERENCE_CHARACTERS_MAX} visible ASCII characters")]
pub struct InvalidOrderReference;

impl OrderReference {
    /// Visible ASCII.
    pub fn parse(text: &str) -> Result<Self, InvalidOrderReference> {
        let fits =
            (1..=REFERENCE_CHARACTERS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        match fits {
            true => Ok(Self(text.to_owned())),
            false => Err(InvalidOrderReference),
        }
    }

    /// As it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which numbers are ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderedNumbers {
    /// So many of a country, chosen from those that are for sale.
    Quantity {
        /// How many.
        quantity: u32,
        /// How they begin: the calling code, or more.
        prefix: String,
        /// Whether the supplier may buy them from another provider.
        external: bool,
    },
    /// These.
    Numbers {
        /// Which.
        numbers: Vec<PhoneNumber>,
        /// Whether the supplier may buy them from another provider.
        external: bool,
    },
    /// This one, at the price with that id (Multitel v3).
    Priced {
        /// Which.
        number: PhoneNumber,
        /// The price's id at the supplier.
        price_uuid: String,
    },
    /// Any (CarrierX).
    Random {
        /// How many.
        quantity: u32,
    },
    /// The first that meet all conditions (CarrierX).
    Filter {
        /// How many.
        quantity: u32,
        /// The conditions.
        parts: Vec<FilterPart>,
    },
    /// Of a place (CM.com).
    Area(AreaSelection),
    /// Numbers that are ours at the supplier already.
    Adopted {
        /// Which.
        numbers: Vec<PhoneNumber>,
    },
    /// Numbers that were given back, and are to be ours again (Multitel v3).
    Restored {
        /// Which.
        numbers: Vec<PhoneNumber>,
    },
}

impl OrderedNumbers {
    /// How many lines the order has.
    #[must_use]
    pub fn quantity(&self) -> u32 {
        match self {
            Self::Quantity { quantity, .. } | Self::Random { quantity } | Self::Filter { quantity, .. } => *quantity,
            Self::Numbers { numbers, .. } | Self::Adopted { numbers } | Self::Restored { numbers } => {
                u32::try_from(numbers.len()).unwrap_or(u32::MAX)
            }
            Self::Priced { .. } => 1,
            Self::Area(area) => area.quantity,
        }
    }
}

/// What is ordered. The same terms under the same reference are the same order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderTerms {
    /// From whom.
    pub supplier: SupplierName,
    /// What the partner calls it.
    pub reference: Option<OrderReference>,
    /// The numbers.
    pub numbers: OrderedNumbers,
    /// Their country; `None`: it follows from each number.
    pub country: Option<CountryName>,
    /// The operator under which they are issued.
    pub operator: OperatorName,
    /// The most that each may cost.
    pub highest: NumberPrice,
    /// Whether the partner asked for a proof: see [`Self::needs_proof`].
    pub prove: bool,
    /// Options of the supplier, by name.
    pub options: Vec<(String, String)>,
}

impl OrderTerms {
    /// Without a reference, a country and options.
    #[must_use]
    pub const fn new(
        supplier: SupplierName,
        numbers: OrderedNumbers,
        operator: OperatorName,
        highest: NumberPrice,
    ) -> Self {
        Self {
            supplier,
            reference: None,
            numbers,
            country: None,
            operator,
            highest,
            prove: false,
            options: Vec::new(),
        }
    }

    /// Whether each number is issued only after an SMS arrived at it (rule 15): the partner asked for that, or the numbers are
    /// voice numbers by nature.
    #[must_use]
    pub fn needs_proof(&self) -> bool {
        self.prove || self.supplier == SupplierName::Cm
    }
}

/// An order as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseOrder {
    /// Its id.
    pub id: OrderId,
    /// What is ordered.
    pub terms: OrderTerms,
    /// When it was placed.
    pub created_at: Timestamp,
}

/// Where an order stands, computed from its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum OrderState {
    /// Something is still to be done.
    Open,
    /// All numbers were stocked.
    Done,
    /// Some were, the others will not be.
    Partial,
    /// None was, and none will be.
    Failed,
    /// The partner cancelled all of it.
    Cancelled,
}

impl OrderState {
    /// The state of an order with these lines.
    #[must_use]
    pub fn of(lines: &[LineState]) -> Self {
        let count = |is_counted: fn(LineState) -> bool| lines.iter().filter(|line| is_counted(**line)).count();
        let open = count(LineState::is_open);
        let stocked = count(|line| matches!(line, LineState::Stocked | LineState::GivingBack | LineState::GivenBack));
        let cancelled = count(|line| line == LineState::Cancelled);
        match (open, stocked) {
            (1.., _) => Self::Open,
            (0, stocked) if stocked == lines.len() => Self::Done,
            (0, 1..) => Self::Partial,
            (0, 0) if cancelled == lines.len() => Self::Cancelled,
            (0, 0) => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_of_an_order_follows_from_its_lines() {
        use LineState::{Attempted, Cancelled, GivenBack, GivingBack, Planned, Refused, Stocked, Unknown, Unproven};
        for (lines, expected) in [
            (&[Planned][..], OrderState::Open),
            (&[Stocked, Unknown], OrderState::Open),
            (&[Stocked, Attempted], OrderState::Open),
            (&[Stocked, Unproven], OrderState::Open),
            (&[Stocked, Stocked], OrderState::Done),
            (&[Stocked, GivingBack, GivenBack], OrderState::Done),
            (&[Stocked, Refused], OrderState::Partial),
            (&[Stocked, Cancelled], OrderState::Partial),
            (&[Refused, Cancelled], OrderState::Failed),
            (&[Refused], OrderState::Failed),
            (&[Cancelled, Cancelled], OrderState::Cancelled),
        ] {
            assert_eq!(OrderState::of(lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn a_reference_is_visible_ascii() {
        assert_eq!(OrderReference::parse("may-1").unwrap().as_str(), "may-1");
        for text in ["", "a b", "ä", &"x".repeat(65)] {
            assert_eq!(OrderReference::parse(text), Err(InvalidOrderReference), "{text}");
        }
    }
}
