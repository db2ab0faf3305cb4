//! What bought numbers cost: the entries of the bill, and on which days they are booked.

pub mod correction;

use std::fmt;
use std::ops::Add;

use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::line::OrderLine;
use super::price::{Currency, Millionths};
use super::{LineId, SupplierName};
use crate::domain::day::Day;
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;

/// The most months of one line that are booked at once.
const MONTHS_MAX: usize = 120;

/// What a cost is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Display, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum CostKind {
    /// Once, when the number became ours.
    Setup,
    /// A month, from the day on which it is booked.
    Monthly,
    /// A month in which the number receives SMS, where that is charged besides the number.
    Messaging,
    /// What an earlier entry was too low, or too high: then it is negative.
    Correction,
}

/// An amount of the bill in millionths of a currency unit; negative when something is credited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CostAmount(i64);

impl CostAmount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount from the database.
    #[must_use]
    pub const fn from_i64(millionths: i64) -> Self {
        Self(millionths)
    }

    /// The amount as the database stores it.
    #[must_use]
    pub const fn as_i64(self) -> i64 {
        self.0
    }

    /// The amount without its sign.
    #[must_use]
    pub const fn absolute(self) -> Millionths {
        match Millionths::from_i64(self.0.saturating_abs()) {
            Some(absolute) => absolute,
            None => Millionths::ZERO,
        }
    }
}

impl From<Millionths> for CostAmount {
    fn from(amount: Millionths) -> Self {
        Self(amount.as_i64())
    }
}

impl Add for CostAmount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// As [`Millionths`], after a minus sign when it is negative.
impl fmt::Display for CostAmount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(formatter, "{sign}{}", self.absolute())
    }
}

/// An entry, before it is stored. One of a kind is booked once for a line and a day; corrections any number of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostEntry {
    /// The line of the number.
    pub line: LineId,
    /// What it is for.
    pub kind: CostKind,
    /// How much; only a correction is negative.
    pub amount: CostAmount,
    /// The currency of the supplier.
    pub currency: Currency,
    /// The day that it is for.
    pub day: Day,
}

/// An entry as the admin reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedCost {
    /// Its id; later entries have higher ones.
    pub id: i64,
    /// The entry.
    pub entry: CostEntry,
    /// The number.
    pub number: PhoneNumber,
    /// Who charges it.
    pub supplier: SupplierName,
    /// When it was stored.
    pub booked_at: Timestamp,
}

/// What is booked for a line whose number became ours: the setup, unless there is none, and the first month. Without a known
/// price, the highest that was allowed.
#[must_use]
pub fn of_purchase(line: &OrderLine, currency: Currency, now: Timestamp) -> Vec<CostEntry> {
    let price = line.price.unwrap_or(line.highest);
    let day = Day::of(line.owned_since.unwrap_or(now));
    let entry = |kind, amount: Millionths| CostEntry {
        line: line.id,
        kind,
        amount: amount.into(),
        currency,
        day,
    };
    let setup = entry(CostKind::Setup, price.setup);
    let month = entry(CostKind::Monthly, price.monthly);
    let is_charged = |entry: &CostEntry| entry.kind == CostKind::Monthly || entry.amount > CostAmount::ZERO;
    [setup, month].into_iter().filter(is_charged).collect()
}

impl SupplierName {
    /// What a month of SMS costs besides the number, in US dollars: CarrierX documents 0.03.
    #[must_use]
    pub const fn messaging(self) -> Option<Millionths> {
        match self {
            Self::CarrierX => Millionths::from_i64(30_000),
            Self::MultitelV3 | Self::Multitel | Self::Cm => None,
        }
    }
}

fn messaging_entry(line: LineId, supplier: SupplierName, day: Day) -> Option<CostEntry> {
    Some(CostEntry {
        line,
        kind: CostKind::Messaging,
        amount: supplier.messaging()?.into(),
        currency: Currency::USD,
        day,
    })
}

/// What is booked for a line whose SMS were set up.
#[must_use]
pub fn of_wiring(line: &OrderLine, now: Timestamp) -> Option<CostEntry> {
    messaging_entry(line.id, line.supplier, Day::of(now))
}

/// A line that is ours, with what is booked for its months so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenewedLine {
    /// The line.
    pub id: LineId,
    /// Who charges it.
    pub supplier: SupplierName,
    /// Since when the number is ours.
    pub owned_since: Timestamp,
    /// When it was given back; `None`: it is still ours.
    pub given_back_at: Option<Timestamp>,
    /// What a month costs, at its highest where the price is not known.
    pub monthly: Millionths,
    /// Whether its SMS were set up.
    pub is_wired: bool,
    /// The last month that is booked, and its currency: that in which the price was stored.
    pub last: Option<(Day, Currency)>,
}

/// The months of a line that are not booked yet, up to `now`: each on the day of its purchase, or on the last day of a shorter
/// month. `currency` is for a line without a booked month. The result is limited: call again after these are booked.
#[must_use]
pub fn renewals(line: &RenewedLine, currency: Option<Currency>, now: Timestamp) -> Vec<CostEntry> {
    let Some(currency) = line.last.map(|(_, currency)| currency).or(currency) else {
        return Vec::new();
    };
    let until = line.given_back_at.map_or(now, |given_back_at| given_back_at.min(now));
    let bought = Day::of(line.owned_since);
    let is_booked = |day: &Day| line.last.is_some_and(|(last, _)| *day <= last);
    (0..)
        .map(|months| bought.plus_months(months))
        .skip_while(is_booked)
        .take_while(|day| *day <= Day::of(until))
        .take(MONTHS_MAX)
        .flat_map(|day| {
            let month = CostEntry {
                line: line.id,
                kind: CostKind::Monthly,
                amount: line.monthly.into(),
                currency,
                day,
            };
            // The first month of SMS begins when they are set up.
            let has_messaging = line.is_wired && day > bought;
            let messaging = messaging_entry(line.id, line.supplier, day).filter(|_| has_messaging);
            [Some(month), messaging]
        })
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests;
