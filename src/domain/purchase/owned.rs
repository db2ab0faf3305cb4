//! A supplier's own list of the numbers that are ours.

use super::LineId;
use super::line::LineState;
use super::outcome::SuppliedNumber;
use crate::domain::number::Number;
use crate::domain::phone::PhoneNumber;

/// A number that is on a supplier's list, or ours here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedOwned {
    /// The number.
    pub number: PhoneNumber,
    /// Whether it is on the list.
    pub at_supplier: bool,
    /// Where its line stands, or `imported`; `None`: it is not known here.
    pub here: Option<String>,
}

/// A line whose number is gone from the list, or back on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangedListing {
    /// The line.
    pub line: LineId,
    /// Its number.
    pub number: PhoneNumber,
    /// Where the line stands.
    pub state: LineState,
    /// True: gone. False: back.
    pub is_gone: bool,
    /// Whether the number was enabled before it was gone; true where it is gone only now.
    pub was_enabled: bool,
}

/// Why a number is not adopted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AdoptionRefusal {
    /// It is not ours there.
    #[error("is not on the supplier's list of our numbers")]
    NotListed,
    /// An order has it.
    #[error("is in an order already")]
    Known,
    /// Its renter's SMS would go another way.
    #[error("is rented: adopt it when it is free")]
    Rented,
    /// A supplier has it, or is about to.
    #[error("is held because of an earlier purchase")]
    Held,
    /// Another number has its line at the gateway.
    #[error("cannot move to the supplier's gateway: its line is taken there")]
    Slot,
    /// It cannot be put into a pool.
    #[error("has a calling code that belongs to no country")]
    NoCountry,
}

/// Checks a number that is to be adopted: returns how the supplier lists it. `in_inventory` is the number as it is here.
pub fn adopt<'a>(
    number: PhoneNumber,
    listed: &'a [SuppliedNumber],
    has_line: bool,
    in_inventory: Option<&Number>,
    has_country: bool,
) -> Result<&'a SuppliedNumber, AdoptionRefusal> {
    let found = listed.iter().find(|listed| listed.number == number);
    let found = found.ok_or(AdoptionRefusal::NotListed)?;
    let is_given_back = |known: &Number| known.hold == Some(crate::domain::number::Hold::GivenBack);
    match in_inventory {
        _ if has_line => Err(AdoptionRefusal::Known),
        Some(known) if known.operation.is_some() => Err(AdoptionRefusal::Rented),
        Some(known) if known.hold.is_some() && !is_given_back(known) => Err(AdoptionRefusal::Held),
        _ if !has_country => Err(AdoptionRefusal::NoCountry),
        _ => Ok(found),
    }
}
