//! `[rates]`: what other currencies are worth in roubles.

use std::collections::BTreeMap;

use super::checks::InvalidOption;
use crate::domain::purchase::price::{Currency, Millionths};
use crate::domain::purchase::rates::ExchangeRates;

/// More would be rounded.
const DECIMALS_MAX: usize = 6;

/// The rates, or the first one that is wrong.
pub(super) fn checked(rates: &BTreeMap<String, String>) -> Result<ExchangeRates, InvalidOption> {
    let rates = rates.iter().map(|(code, rate)| {
        let wrong = |message: String| InvalidOption::new(&format!("rates.{code}"), message);
        let currency: Currency = code.parse().map_err(|_| {
            let message = "is not a currency: set the three letters of one, such as rates.USD";
            wrong(message.to_owned())
        })?;
        if currency == Currency::RUB {
            return Err(wrong("is the rouble itself: remove it".to_owned()));
        }
        Ok((currency, rate_of(rate).map_err(wrong)?))
    });
    Ok(ExchangeRates::new(rates.collect::<Result<_, _>>()?))
}

/// A rate that is above zero and is not rounded.
fn rate_of(text: &str) -> Result<Millionths, String> {
    let rate: Millionths = text
        .parse()
        .map_err(|error| format!("is \"{text}\", but it {error}: set the roubles that one unit is worth"))?;
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    match (rate == Millionths::ZERO, decimals > DECIMALS_MAX) {
        (true, _) => Err("is 0: set the roubles that one unit is worth".to_owned()),
        (_, true) => Err(format!("has {decimals} decimals: set at most {DECIMALS_MAX}")),
        _ => Ok(rate),
    }
}
