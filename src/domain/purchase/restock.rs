//! Orders that the server places by itself, so that the stock of a country does not run out.

use std::time::Duration;

use super::order::{OrderState, OrderTerms, OrderedNumbers};
use super::price::{Millionths, NumberPrice};
use super::{OrderId, SupplierName};
use crate::domain::time::Timestamp;
use crate::domain::wire_name::{CountryName, OperatorName};

/// The highest floor and target.
pub const TARGET_MAX: u32 = 1_000_000;

/// How long after an order that did not bring all its numbers the next one is placed: what failed would fail again.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(3600);

/// When numbers of a country are ordered from a supplier, and how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestockRule {
    /// From whom.
    pub supplier: SupplierName,
    /// The country.
    pub country: CountryName,
    /// Below so many numbers it orders.
    pub floor: u32,
    /// Up to so many; not below the floor.
    pub target: u32,
    /// How the numbers begin; `None`: with the country's calling code.
    pub prefix: Option<String>,
    /// The most that a number may cost each month. Numbers with a setup price are not ordered.
    pub monthly_max: Millionths,
    /// The most numbers in one order.
    pub batch_max: u32,
    /// Whether it orders.
    pub enabled: bool,
}

/// A rule with the last order that it placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRestockRule {
    /// The rule.
    pub rule: RestockRule,
    /// Its last order; `None`: it has placed none.
    pub order: Option<OrderId>,
}

/// What decides whether a rule orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestockFacts {
    /// Numbers of the country at the supplier's gateway that can be issued now.
    pub available: u64,
    /// Lines of orders from the supplier that may still bring a number of the country.
    pub live: u64,
    /// Its last order: where that stands, and when it was placed.
    pub last: Option<(OrderState, Timestamp)>,
}

impl RestockRule {
    /// How many numbers are ordered now; 0: none.
    #[must_use]
    pub fn quantity(&self, facts: &RestockFacts, now: Timestamp) -> u32 {
        let is_open = matches!(facts.last, Some((OrderState::Open, _)));
        let may_order = !is_open && next_at(facts.last).is_none_or(|next_at| now >= next_at);
        let stock = u32::try_from(facts.available.saturating_add(facts.live)).unwrap_or(u32::MAX);
        if !self.enabled || !may_order || stock >= self.floor {
            return 0;
        }
        self.target.saturating_sub(stock).min(self.batch_max)
    }

    /// The order of so many numbers that begin with `prefix`.
    #[must_use]
    pub fn order(&self, quantity: u32, prefix: String, operator: OperatorName) -> OrderTerms {
        OrderTerms {
            supplier: self.supplier,
            reference: None,
            numbers: OrderedNumbers::Quantity {
                quantity,
                prefix,
                external: false,
            },
            country: Some(self.country.clone()),
            operator,
            highest: NumberPrice {
                setup: Millionths::ZERO,
                monthly: self.monthly_max,
            },
            prove: false,
            options: Vec::new(),
        }
    }
}

/// When a rule orders again whose last order was placed then, and did not bring all its numbers; `None`: at any time.
#[must_use]
pub fn next_at(last: Option<(OrderState, Timestamp)>) -> Option<Timestamp> {
    match last {
        None | Some((OrderState::Done | OrderState::Open, _)) => None,
        Some((OrderState::Partial | OrderState::Failed | OrderState::Cancelled, placed_at)) => {
            Some(placed_at + PAUSE_AFTER_FAILURE)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> RestockRule {
        RestockRule {
            supplier: SupplierName::CarrierX,
            country: CountryName::parse("sweden").unwrap(),
            floor: 20,
            target: 50,
            prefix: None,
            monthly_max: "1".parse().unwrap(),
            batch_max: 10,
            enabled: true,
        }
    }

    const NOW: Timestamp = Timestamp::from_ms(10_000_000);

    fn facts(available: u64, live: u64) -> RestockFacts {
        RestockFacts {
            available,
            live,
            last: None,
        }
    }

    #[test]
    fn below_the_floor_it_orders_up_to_the_target_in_batches() {
        let small = RestockRule {
            batch_max: 1000,
            ..rule()
        };
        for (available, live, batch, all) in [
            (20, 0, 0, 0),
            (19, 1, 0, 0),
            (0, u64::MAX, 0, 0),
            (19, 0, 10, 31),
            (10, 5, 10, 35),
            (0, 0, 10, 50),
        ] {
            let facts = facts(available, live);
            assert_eq!(rule().quantity(&facts, NOW), batch, "{facts:?}");
            assert_eq!(small.quantity(&facts, NOW), all, "{facts:?}");
        }
        let disabled = RestockRule {
            enabled: false,
            ..rule()
        };
        assert_eq!(disabled.quantity(&facts(0, 0), NOW), 0);
    }

    #[test]
    fn it_has_one_open_order_and_pauses_after_one_that_failed() {
        let hour_ago = NOW.minus(PAUSE_AFTER_FAILURE);
        let just_less = hour_ago + Duration::from_millis(1);
        for (state, placed_at, quantity) in [
            (OrderState::Open, hour_ago, 0),
            (OrderState::Done, NOW, 10),
            (OrderState::Failed, just_less, 0),
            (OrderState::Failed, hour_ago, 10),
            (OrderState::Partial, just_less, 0),
            (OrderState::Cancelled, just_less, 0),
            (OrderState::Cancelled, hour_ago, 10),
        ] {
            let last = Some((state, placed_at));
            let facts = RestockFacts { last, ..facts(0, 0) };
            assert_eq!(rule().quantity(&facts, NOW), quantity, "{facts:?}");
        }
    }
}
