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
    /// What a month of SMS costs besides each number; zero: nothing. In the currency of its prices.
    pub messaging: Millionths,
}

impl SupplierTerms {
    /// The most that the day of a purchase costs, where the number costs at most that.
    #[must_use]
    pub const fn first_day(&self, highest: NumberPrice) -> Millionths {
        highest.first_day().plus(self.messaging)
    }
}
