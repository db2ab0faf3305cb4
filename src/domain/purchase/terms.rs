//! What the configuration says about buying from one wholesaler.

use super::price::{Currency, Millionths, NumberPrice};

/// The conditions under which numbers are bought from a supplier that is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SupplierTerms {
    /// The currency of its prices: its API does not say.
    pub currency: Currency,
    /// What may be spent in a day, UTC; `None`: nothing is bought.
    pub budget_per_day: Option<Millionths>,
    /// What each number costs, where the API says no prices and the partner knows them (CM.com).
    pub fixed_price: Option<NumberPrice>,
}
