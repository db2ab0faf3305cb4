//! What a wholesaler charges: millionths of a currency unit, because prices have more decimals than a bank statement.

use std::fmt;
use std::iter::Sum;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};

/// The largest amount: a thousand million of the currency.
pub const MILLIONTHS_MAX: i64 = 1_000_000_000 * MILLIONTHS_PER_UNIT;

const MILLIONTHS_PER_UNIT: i64 = 1_000_000;
/// The decimals of a millionth.
const DECIMALS: u32 = 6;
/// The decimals that are written even when they are zeros.
const DECIMALS_MIN: usize = 2;

/// An amount in millionths of a currency unit, never negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millionths(i64);

/// Why a text is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAmount {
    /// Not a decimal number.
    #[error("must be a decimal number such as 1.20")]
    NotDecimal,
    /// Below zero.
    #[error("must not be negative")]
    Negative,
    /// Above [`MILLIONTHS_MAX`].
    #[error("must not be above 1000000000")]
    TooLarge,
}

impl Millionths {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// One unit of the currency.
    pub const UNIT: Self = Self(MILLIONTHS_PER_UNIT);

    /// An amount from the database; `None` when it is negative.
    #[must_use]
    pub const fn from_i64(millionths: i64) -> Option<Self> {
        if millionths < 0 { None } else { Some(Self(millionths)) }
    }

    /// The amount as the database stores it.
    #[must_use]
    pub const fn as_i64(self) -> i64 {
        self.0
    }

    /// Together with another one, at most [`i64::MAX`]: a budget that is exceeded stays exceeded.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// That many times, at most [`i64::MAX`].
    #[must_use]
    pub const fn times(self, count: u32) -> Self {
        // Lossless: `i64::from` is not const.
        Self(self.0.saturating_mul(count as i64))
    }
}

impl Sum for Millionths {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::plus)
    }
}

/// Reads an exact decimal; what is beyond a millionth is rounded up, so that a budget is not exceeded by rounding.
impl FromStr for Millionths {
    type Err = InvalidAmount;

    fn from_str(text: &str) -> Result<Self, InvalidAmount> {
        let amount: Decimal = text.parse().map_err(|_| InvalidAmount::NotDecimal)?;
        if amount.is_sign_negative() && !amount.is_zero() {
            return Err(InvalidAmount::Negative);
        }
        let millionths = amount
            .round_dp_with_strategy(DECIMALS, RoundingStrategy::AwayFromZero)
            .checked_mul(Decimal::from(MILLIONTHS_PER_UNIT))
            .ok_or(InvalidAmount::TooLarge)?;
        i64::try_from(millionths)
            .ok()
            .filter(|millionths| *millionths <= MILLIONTHS_MAX)
            .map(Self)
            .ok_or(InvalidAmount::TooLarge)
    }
}

/// At least two decimals, and as many as are needed: `1.20`, `0.006`.
impl fmt::Display for Millionths {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = format!("{:06}", self.0 % MILLIONTHS_PER_UNIT);
        let needed = decimals.trim_end_matches('0').len().max(DECIMALS_MIN);
        write!(formatter, "{}.{}", self.0 / MILLIONTHS_PER_UNIT, &decimals[..needed])
    }
}

/// A currency, by its three letters of ISO 4217.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The Russian rouble.
    pub const RUB: Self = Self(*b"RUB");

    /// The US dollar.
    pub const USD: Self = Self(*b"USD");
}

/// A text that is not a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the three capital letters of a currency, such as USD")]
pub struct InvalidCurrency;

impl FromStr for Currency {
    type Err = InvalidCurrency;

    fn from_str(text: &str) -> Result<Self, InvalidCurrency> {
        let letters: [u8; 3] = text.as_bytes().try_into().map_err(|_| InvalidCurrency)?;
        match letters.iter().all(u8::is_ascii_uppercase) {
            true => Ok(Self(letters)),
            false => Err(InvalidCurrency),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|letter| write!(formatter, "{}", char::from(*letter)))
    }
}

/// What a number costs, in the currency of its supplier.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NumberPrice {
    /// Once, when it is bought.
    pub setup: Millionths,
    /// Each month.
    pub monthly: Millionths,
}

impl NumberPrice {
    /// What the day of its purchase costs.
    #[must_use]
    pub const fn first_day(self) -> Millionths {
        self.setup.plus(self.monthly)
    }

    /// Whether one of the two amounts is above the one that is allowed.
    #[must_use]
    pub fn exceeds(self, highest: Self) -> bool {
        self.setup > highest.setup || self.monthly > highest.monthly
    }

    /// That of so many numbers.
    #[must_use]
    pub const fn times(self, count: u32) -> Self {
        Self {
            setup: self.setup.times(count),
            monthly: self.monthly.times(count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_and_round_up_beyond_a_millionth() {
        for (text, shown) in [
            ("0", "0.00"),
            ("-0", "0.00"),
            ("0.6", "0.60"),
            ("1.20", "1.20"),
            ("0.006", "0.006"),
            ("0.0000001", "0.000001"),
            ("12.3456781", "12.345679"),
            ("1000000000", "1000000000.00"),
        ] {
            assert_eq!(text.parse::<Millionths>().unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn what_is_not_an_amount_is_refused() {
        for (text, error) in [
            ("", InvalidAmount::NotDecimal),
            ("1,20", InvalidAmount::NotDecimal),
            ("-0.01", InvalidAmount::Negative),
            ("1000000000.0000001", InvalidAmount::TooLarge),
        ] {
            assert_eq!(text.parse::<Millionths>(), Err(error), "{text}");
        }
        for text in ["usd", "US", "USDT", ""] {
            assert_eq!(text.parse::<Currency>(), Err(InvalidCurrency), "{text}");
        }
    }

    #[test]
    fn sums_do_not_overflow() {
        let huge = Millionths::from_i64(i64::MAX).unwrap();
        assert_eq!(huge.plus(huge), huge);
        assert_eq!(huge.times(1000), huge);
    }
}
