//! Money: roubles on the wire as exact decimals, kopecks as integers in the server.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};

/// The largest amount of one rental: a thousand million roubles, far above any price, and low enough that sums fit into an
/// integer column.
pub const KOPECKS_MAX: i64 = 100_000_000_000;

/// An amount in kopecks (1/100 RUB), never negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kopecks(i64);

/// Why a text is not an amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a decimal number.
    #[error("must be a number of roubles such as 320 or 870.50")]
    NotDecimal,
    /// Below zero.
    #[error("must not be negative")]
    Negative,
    /// Above [`KOPECKS_MAX`].
    #[error("must not be above 1000000000")]
    TooLarge,
}

impl Kopecks {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// A stored amount; `None` when it is negative.
    #[must_use]
    pub const fn from_i64(kopecks: i64) -> Option<Self> {
        if kopecks < 0 { None } else { Some(Self(kopecks)) }
    }

    /// The amount as the database stores it.
    #[must_use]
    pub const fn as_i64(self) -> i64 {
        self.0
    }
}

/// Reads an exact decimal number of roubles (`320`, `20.00`, `870.5`, `3.2e2`), rounded half to even to kopecks.
impl FromStr for Kopecks {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let parsed = if text.contains(['e', 'E']) {
            Decimal::from_scientific(text)
        } else {
            text.parse()
        };
        let roubles: Decimal = parsed.map_err(|_| match text.as_bytes() {
            [b'-', b'0'..=b'9', ..] => MoneyError::Negative,
            [b'0'..=b'9', ..]
                if text
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+')) =>
            {
                MoneyError::TooLarge
            }
            _ => MoneyError::NotDecimal,
        })?;
        if roubles.is_sign_negative() && !roubles.is_zero() {
            return Err(MoneyError::Negative);
        }
        let kopecks = roubles
            .checked_mul(Decimal::ONE_HUNDRED)
            .ok_or(MoneyError::TooLarge)?
            .round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven);
        i64::try_from(kopecks)
            .ok()
            .filter(|kopecks| *kopecks <= KOPECKS_MAX)
            .map(Self)
            .ok_or(MoneyError::TooLarge)
    }
}

impl Add for Kopecks {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Kopecks {
    type Output = Self;

    /// The difference; callers compare first, because an amount is never negative.
    fn sub(self, other: Self) -> Self {
        assert!(self.0 >= other.0, "an amount is never negative");
        Self(self.0 - other.0)
    }
}

/// Roubles with two decimals: `870.50`.
impl fmt::Display for Kopecks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_and_round_half_to_even() {
        for (text, shown) in [
            ("320", "320.00"),
            ("20.00", "20.00"),
            ("870.5", "870.50"),
            ("0", "0.00"),
            ("-0", "0.00"),
            ("0.005", "0.00"),
            ("0.015", "0.02"),
            ("0.025", "0.02"),
            ("0.0250000001", "0.03"),
            ("3.2e2", "320.00"),
            ("1000000000", "1000000000.00"),
        ] {
            assert_eq!(text.parse::<Kopecks>().unwrap().to_string(), shown, "{text}");
        }
        assert_eq!("870.5".parse::<Kopecks>().unwrap().as_i64(), 87_050);
    }

    #[test]
    fn an_invalid_price_is_refused() {
        for (text, error) in [
            ("-1", MoneyError::Negative),
            ("-0.01", MoneyError::Negative),
            ("-1e40", MoneyError::Negative),
            ("1e40", MoneyError::TooLarge),
            ("1000000000.01", MoneyError::TooLarge),
            ("99999999999999999999999999999999999999", MoneyError::TooLarge),
            ("abc", MoneyError::NotDecimal),
            ("12a", MoneyError::NotDecimal),
            ("", MoneyError::NotDecimal),
        ] {
            assert_eq!(text.parse::<Kopecks>(), Err(error), "{text}");
        }
    }
}
