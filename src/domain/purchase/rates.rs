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

impl ExchangeRates {
    /// The amount in another currency, rounded up to a millionth, so that a budget is not exceeded by rounding. `None`: a rate is
    /// not known, or the amount is beyond what can be stored.
    #[must_use]
    pub fn convert(&self, amount: Millionths, from: Currency, to: Currency) -> Option<Millionths> {
        if from == to {
            return Some(amount);
        }
        let (rate, unit) = (self.0.get(&from)?, self.0.get(&to)?);
        let (product, unit) = (
            u128::try_from(amount.as_i64()).ok()? * u128::try_from(rate.as_i64()).ok()?,
            u128::try_from(unit.as_i64()).ok()?,
        );
        Millionths::from_i64(i64::try_from(product.div_ceil(unit)).ok()?)
    }

    /// Whether the currency can be converted.
    #[must_use]
    pub fn knows(&self, currency: Currency) -> bool {
        self.0.contains_key(&currency)
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
    fn another_currency_is_reached_over_the_rouble_and_rounded_up() {
        let rates = rates(&[("USD", "92.50"), ("EUR", "100")]);
        let fee = "0.03".parse().unwrap();
        for (to, converted) in [
            ("EUR", Some("0.02775")),
            ("RUB", Some("2.775")),
            ("USD", Some("0.03")),
            ("JPY", None),
        ] {
            let converted = converted.map(|amount| amount.parse().unwrap());
            assert_eq!(
                rates.convert(fee, Currency::USD, to.parse().unwrap()),
                converted,
                "{to}"
            );
        }
        let third = rates.convert("0.01".parse().unwrap(), Currency::RUB, Currency::USD);
        assert_eq!(third.unwrap().to_string(), "0.000109", "0.000108108…");
        assert!(rates.knows(Currency::RUB) && !rates.knows("JPY".parse().unwrap()));
        let same = ExchangeRates::default().convert(fee, Currency::USD, Currency::USD);
        assert_eq!(same, Some(fee), "without a rate");
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
