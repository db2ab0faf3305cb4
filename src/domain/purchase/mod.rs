//! Numbers that are bought from wholesalers: what is ordered, what it may cost, and what follows from each answer.
//!
//! An order has lines; a line is one number. Its purchase is stored before it is called and called at most once (rule 13):
//! [`mod@line`] has the states and what leads from one to another, [`outcome`] what a wholesaler can answer, in the same words
//! for all four, [`budget`] what a day may cost (rule 14), [`cost`] what is booked for numbers that are ours, [`terms`] and [`rates`] what the partner states.

pub mod ability;
pub mod budget;
pub mod cost;
pub mod line;
pub mod margin;
pub mod options;
pub mod order;
pub mod outcome;
pub mod owned;
pub mod pause;
pub mod placement;
pub mod policy;
pub mod preview;
pub mod price;
pub mod rates;
pub mod request;
pub mod restock;
pub mod terms;

use strum::{Display, EnumIter, EnumString, IntoStaticStr};

/// A wholesaler, by the name that the admin API, the configuration and the database have for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum SupplierName {
    /// Multitel's API v3.
    MultitelV3,
    /// Multitel's older API.
    Multitel,
    /// CM.com Voice Management: voice numbers, filled by its staff.
    Cm,
    /// CarrierX Core v2.
    #[strum(serialize = "carrierx")]
    CarrierX,
}

/// An order's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderId(pub i64);

/// The id of an order's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineId(pub i64);

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn suppliers_have_the_names_of_the_admin_api() {
        let names: Vec<String> = SupplierName::iter().map(|name| name.to_string()).collect();
        assert_eq!(names, ["multitel-v3", "multitel", "cm", "carrierx"]);
    }
}
