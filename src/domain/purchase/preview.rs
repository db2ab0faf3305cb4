//! What an order would be, without storing it: the decisions are those of the worker.

use std::time::Duration;

use super::OrderId;
use super::budget::DayBudget;
use super::line::OrderLine;
use super::line::calls::{SupplierCall, next_call};
use super::line::claims::within_budget;
use super::line::settlement::choose_all;
use super::line::steps::StepTimes;
use super::order::{OrderTerms, PurchaseOrder};
use super::outcome::{CallResult, Offer};
use super::request::OfferSearch;
use super::{LineId, SupplierName};
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;

/// An order with its lines, of which nothing is stored: their ids mean nothing.
#[derive(Debug, Clone)]
pub struct OrderPreview {
    /// What is ordered.
    pub order: PurchaseOrder,
    /// Its lines.
    pub lines: Vec<OrderLine>,
}

impl OrderPreview {
    /// The order that these terms make.
    #[must_use]
    pub fn new(terms: OrderTerms, now: Timestamp) -> Self {
        let planned = terms.planned_lines();
        let lines = planned.iter().zip(1..).map(|(line, id)| OrderLine {
            state: line.state,
            number: line.number,
            is_number_fixed: line.number.is_some(),
            ..OrderLine::planned(LineId(id), OrderId(0), terms.supplier, terms.highest, now)
        });
        Self {
            lines: lines.collect(),
            order: PurchaseOrder {
                id: OrderId(0),
                terms,
                created_at: now,
            },
        }
    }

    /// From whom it buys.
    #[must_use]
    pub const fn supplier(&self) -> SupplierName {
        self.order.terms.supplier
    }

    /// The search by which its numbers would be chosen, if they are. `country`: ISO 3166-1 alpha-2.
    #[must_use]
    pub fn search(&self, country: &str) -> Option<OfferSearch> {
        match next_call(&self.order, &self.lines, country) {
            Some(SupplierCall::Search(search)) => Some(search),
            _ => None,
        }
    }

    /// The order with the numbers that would be chosen from these; `is_free`: they may be bought.
    #[must_use]
    pub fn with_offers(self, offers: &CallResult<Vec<Offer>>, is_free: impl Fn(PhoneNumber) -> bool) -> Self {
        let times = StepTimes {
            now: self.order.created_at,
            poll: Duration::ZERO,
            backoff: Duration::ZERO,
        };
        let lines = choose_all(self.lines, offers, is_free, times);
        Self { lines, ..self }
    }

    /// The order with a reason on each line that today's budget does not cover.
    #[must_use]
    pub fn within(self, mut budget: DayBudget) -> Self {
        let (open, mut lines): (Vec<_>, Vec<_>) = self.lines.into_iter().partition(|line| line.reason.is_none());
        let (covered, rest) = within_budget(open, &mut budget, self.order.created_at);
        lines.extend(covered);
        lines.extend(rest);
        lines.sort_by_key(|line| line.id);
        Self { lines, ..self }
    }

    /// The order with that reason on each line.
    #[must_use]
    pub fn postponed(mut self, reason: &str) -> Self {
        for line in &mut self.lines {
            line.reason = Some(reason.to_owned());
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::purchase::order::OrderedNumbers;
    use crate::domain::purchase::price::{Currency, NumberPrice};
    use crate::domain::purchase::terms::SupplierTerms;
    use crate::domain::wire_name::OperatorName;

    fn price(monthly: &str) -> NumberPrice {
        NumberPrice {
            monthly: monthly.parse().unwrap(),
            ..NumberPrice::default()
        }
    }

    fn preview() -> OrderPreview {
        let numbers = OrderedNumbers::Quantity {
            quantity: 3,
            prefix: "4670".to_owned(),
            external: false,
        };
        let operator = OperatorName::parse("telia").unwrap();
        let terms = OrderTerms::new(SupplierName::CarrierX, numbers, operator, price("1"));
        OrderPreview::new(terms, Timestamp::from_ms(0))
    }

    fn offer(number: &str, monthly: &str) -> Offer {
        Offer {
            number: number.parse().unwrap(),
            area: None,
            receives_sms: true,
            price: price(monthly),
            is_external: false,
        }
    }

    #[test]
    fn a_preview_chooses_as_the_worker_does() {
        let search = preview().search("SE").unwrap();
        assert_eq!((search.country.as_str(), search.prefix.as_str()), ("SE", "4670"));
        let offers = ["46701234561", "46701234562", "46701234563"].map(|number| offer(number, "1"));
        let dear = offer("46701234560", "1.01");
        let offers = Ok([vec![dear], offers.to_vec()].concat());
        let refused: PhoneNumber = "46701234562".parse().unwrap();
        let budget = DayBudget {
            terms: Some(SupplierTerms {
                currency: Currency::USD,
                budget_per_day: Some("1.03".parse().unwrap()),
                fixed_price: None,
                messaging: "0.03".parse().unwrap(),
            }),
            spent: "0".parse().unwrap(),
            is_complete: true,
        };
        let shown = preview()
            .with_offers(&offers, |number| number != refused)
            .within(budget);
        let numbers: Vec<_> = shown
            .lines
            .iter()
            .map(|line| line.number.map(PhoneNumber::digits))
            .collect();
        assert_eq!(
            numbers,
            [Some("46701234561".to_owned()), Some("46701234563".to_owned()), None]
        );
        let reasons: Vec<_> = shown.lines.iter().map(|line| line.reason.as_deref()).collect();
        let missing = "no number that meets the order is for sale";
        assert_eq!(reasons, [None, Some("budget_per_day"), Some(missing)]);
    }
}
