//! What bought numbers earned, set against what they cost.

use std::collections::BTreeMap;
use std::fmt;

use strum::{Display, EnumString, IntoStaticStr};

use super::SupplierName;
use super::cost::CostAmount;
use super::price::Currency;
use super::rates::ExchangeRates;
use crate::domain::day::Day;
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;

/// What margins are summed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum MarginBy {
    /// Each number.
    Number,
    /// Each supplier.
    Supplier,
    /// Each month, UTC.
    Month,
}

/// The days that are summed, UTC. `None`: from the first one, or to the last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: Option<Day>,
    /// The last day, which is included.
    pub to: Option<Day>,
}

impl Period {
    /// When its first day begins and when its last one is over.
    #[must_use]
    pub fn bounds(&self) -> (Timestamp, Timestamp) {
        (
            self.from.map_or(Timestamp::from_ms(i64::MIN), Day::start),
            self.to.map_or(Timestamp::from_ms(i64::MAX), |to| to.next().start()),
        )
    }
}

/// An amount in kopecks; negative when more was refunded or paid than earned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignedKopecks(i64);

impl SignedKopecks {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount from the database.
    #[must_use]
    pub const fn from_i64(kopecks: i64) -> Self {
        Self(kopecks)
    }

    const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// Roubles with two decimals: `-870.50`.
impl fmt::Display for SignedKopecks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let kopecks = self.0.unsigned_abs();
        write!(formatter, "{sign}{}.{:02}", kopecks / 100, kopecks % 100)
    }
}

/// What the rentals of a key earned in a period, refunds subtracted. A key is a number, a supplier or a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomeSum {
    /// The key.
    pub key: String,
    /// The income.
    pub income: SignedKopecks,
}

/// What a key cost in a period, in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostSum {
    /// The key.
    pub key: String,
    /// The currency.
    pub currency: Currency,
    /// The costs.
    pub amount: CostAmount,
}

/// Income and costs of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Margin {
    /// A number, a supplier or a month.
    pub key: String,
    /// What the rentals earned, refunds subtracted.
    pub income: SignedKopecks,
    /// The costs, by currency.
    pub costs: Vec<ConvertedCost>,
    /// What is left; `None`: a currency has no rate.
    pub margin: Option<SignedKopecks>,
}

/// Costs in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvertedCost {
    /// The currency.
    pub currency: Currency,
    /// How much.
    pub amount: CostAmount,
    /// The same in roubles; `None`: the currency has no rate.
    pub roubles: Option<SignedKopecks>,
}

/// A number that is ours and cost more than it earned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdleNumber {
    /// The number and its supplier.
    pub owned: BoughtNumber,
    /// Income and costs.
    pub margin: Margin,
}

/// A number that was bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoughtNumber {
    /// The number.
    pub number: PhoneNumber,
    /// Who charges it.
    pub supplier: SupplierName,
    /// Since when it is ours.
    pub owned_since: Timestamp,
}

/// Adds sums to those of their keys.
pub fn add_incomes(sums: &mut BTreeMap<String, SignedKopecks>, more: Vec<IncomeSum>) {
    for IncomeSum { key, income } in more {
        let sum = sums.entry(key).or_default();
        *sum = sum.plus(income);
    }
}

/// Sets costs against income: one margin for each key, and for each of `keys` even when it has neither; sorted by key.
#[must_use]
pub fn margins(
    keys: Vec<String>,
    incomes: impl IntoIterator<Item = (String, SignedKopecks)>,
    costs: Vec<CostSum>,
    rates: &ExchangeRates,
) -> Vec<Margin> {
    let mut sums: BTreeMap<String, (SignedKopecks, BTreeMap<Currency, CostAmount>)> = BTreeMap::new();
    for key in keys {
        sums.entry(key).or_default();
    }
    for (key, income) in incomes {
        let (sum, _) = sums.entry(key).or_default();
        *sum = sum.plus(income);
    }
    for CostSum { key, currency, amount } in costs {
        let (_, of_key) = sums.entry(key).or_default();
        let sum = of_key.entry(currency).or_default();
        *sum = *sum + amount;
    }
    let margin = |(key, (income, costs))| margin(key, income, costs, rates);
    sums.into_iter().map(margin).collect()
}

fn margin(key: String, income: SignedKopecks, costs: BTreeMap<Currency, CostAmount>, rates: &ExchangeRates) -> Margin {
    let convert = |(currency, amount): (Currency, CostAmount)| ConvertedCost {
        currency,
        amount,
        roubles: to_roubles(amount, currency, rates),
    };
    let costs: Vec<ConvertedCost> = costs.into_iter().map(convert).collect();
    let margin = costs
        .iter()
        .try_fold(income, |left, cost| Some(left.minus(cost.roubles?)));
    Margin {
        key,
        income,
        costs,
        margin,
    }
}

fn to_roubles(amount: CostAmount, currency: Currency, rates: &ExchangeRates) -> Option<SignedKopecks> {
    let kopecks = rates.to_kopecks(amount.absolute(), currency)?.as_i64();
    Some(SignedKopecks(if amount < CostAmount::ZERO {
        -kopecks
    } else {
        kopecks
    }))
}

impl Margin {
    /// Whether it certainly cost more than it earned. Without a rate that is certain only where nothing was earned.
    #[must_use]
    pub fn is_loss(&self) -> bool {
        match self.margin {
            Some(margin) => margin < SignedKopecks::ZERO,
            None => self.income <= SignedKopecks::ZERO && self.costs.iter().all(|cost| cost.amount >= CostAmount::ZERO),
        }
    }
}

#[cfg(test)]
mod tests;
