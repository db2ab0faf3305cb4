//! What other currencies are worth in roubles, so that costs can be set against income.

use std::collections::BTreeMap;

use super::price::{Currency, Millionths};
use crate::domain::money::Kopecks;

/// Millionths of a unit times millionths of a rouble per unit, in one kopeck.
const PRODUCT_PER_KOPECK: i128 = 10_000_000_000;

/// The roubles that one unit of each currency is worth, as the partner states them. Nothing looks rates up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeRates(BTreeMap<Currency, Millionths>);

impl ExchangeRates {
    /// The rates: roubles per unit of the currency. A rouble is worth a rouble.
    #[must_use]
    pub fn new(mut rates: BTreeMap<Currency, Millionths>) -> Self {
        rates.insert(Currency::RUB, Millionths::UNIT);
        Self(rates)
    }

    /// The amount in roubles, rounded half up to a kopeck; exact until then, so convert sums, not their parts. `None`: no
    /// rate is known for the currency, or the amount is beyond what can be stored.
    #[must_use]
    pub fn to_kopecks(&self, amount: Millionths, currency: Currency) -> Option<Kopecks> {
        let rate = self.0.get(&currency)?;
        let product = i128::from(amount.as_i64()) * i128::from(rate.as_i64());
        let kopecks = (product + PRODUCT_PER_KOPECK / 2) / PRODUCT_PER_KOPECK;
        Kopecks::from_i64(i64::try_from(kopecks).ok()?)
    }
}

impl Default for ExchangeRates {
    fn default() -> Self {
        Self::new(BTreeMap::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(rates: &[(&str, &str)]) -> ExchangeRates {
        let rates = rates
            .iter()
            .map(|(currency, rate)| (currency.parse().unwrap(), rate.parse().unwrap()));
        ExchangeRates::new(rates.collect())
    }

    #[test]
    fn amounts_are_converted_exactly_and_rounded_half_up_once() {
        let rates = rates(&[("USD", "92.50"), ("JPY", "0.612345")]);
        for (amount, currency, kopecks) in [
            ("3.60", "USD", 33_300),
            ("0.006", "USD", 56), // 0.555 RUB
            ("0.000001", "USD", 0),
            ("100", "JPY", 6_123),
            ("0.005", "RUB", 1),
            ("0.004999", "RUB", 0),
        ] {
            let converted = rates.to_kopecks(amount.parse().unwrap(), currency.parse().unwrap());
            assert_eq!(converted.map(Kopecks::as_i64), Some(kopecks), "{amount} {currency}");
        }
    }

    #[test]
    fn without_a_rate_there_is_no_amount() {
        let rates = rates(&[("USD", "1000000000")]);
        let convert = |millionths, currency: &str| {
            rates.to_kopecks(Millionths::from_i64(millionths).unwrap(), currency.parse().unwrap())
        };
        assert_eq!(convert(1, "EUR"), None);
        assert_eq!(convert(i64::MAX, "USD"), None, "too large");
    }
}
