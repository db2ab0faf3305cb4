//! A price that becomes known after its number was booked at the highest one. Entries are never changed: what they were too
//! high or too low is one more entry.

use super::{CostAmount, CostEntry, CostKind};
use crate::domain::day::Day;
use crate::domain::purchase::LineId;
use crate::domain::purchase::line::{OrderLine, TOO_DEAR};
use crate::domain::purchase::price::{Currency, Millionths, NumberPrice};
use crate::domain::time::Timestamp;

/// What is booked for the number of a line in one currency: setup, months and corrections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookedCosts {
    /// The line.
    pub line: LineId,
    /// The currency.
    pub currency: Currency,
    /// How many months.
    pub months: u32,
    /// All together.
    pub amount: CostAmount,
}

/// A line whose price has become known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedLine {
    /// The line.
    pub line: OrderLine,
    /// What makes its costs right; `None`: they are.
    pub correction: Option<CostEntry>,
}

/// Takes the price that a supplier reports in this currency for the number of a line. `None`: the line had one, the number is
/// not ours, or its costs are booked in another currency.
#[must_use]
pub fn price_line(
    line: OrderLine,
    price: NumberPrice,
    booked: &[BookedCosts],
    currency: Currency,
    now: Timestamp,
) -> Option<PricedLine> {
    let is_open = line.is_ours && line.price.is_none();
    let [booked] = booked else { return None };
    if !is_open || booked.currency != currency {
        return None;
    }
    let mut line = line;
    // The setup of a number that was adopted was paid long ago, and nobody bounded its price.
    let was_bought = line.call_line.is_some();
    let price = match was_bought {
        true => price,
        false => NumberPrice {
            setup: Millionths::ZERO,
            ..price
        },
    };
    if was_bought && price.exceeds(line.highest) {
        line.add_deviation(TOO_DEAR);
    }
    line.price = Some(price);
    let correction = booked.correction(price, now);
    Some(PricedLine { line, correction })
}

impl BookedCosts {
    fn correction(&self, price: NumberPrice, now: Timestamp) -> Option<CostEntry> {
        let due = price.setup.plus(price.monthly.times(self.months));
        let difference = CostAmount::from_i64(due.as_i64().saturating_sub(self.amount.as_i64()));
        (difference != CostAmount::ZERO).then(|| CostEntry {
            line: self.line,
            kind: CostKind::Correction,
            amount: difference,
            currency: self.currency,
            day: Day::of(now),
        })
    }
}
