//! Phone numbers in the format of Onlinesim: E.164, digits only, country code first, no plus.

use std::fmt;
use std::str::FromStr;

/// The most digits that E.164 allows.
pub const DIGITS_MAX: usize = 15;
/// The fewest digits of a whole number with its country code.
pub const DIGITS_MIN: usize = 5;

/// A phone number, kept as an integer, as it is sent on the wire.
///
/// `Debug` and `Display` hide its middle (rule 11); [`PhoneNumber::digits`] returns all of it. It does not implement `Ord`:
/// numbers are ordered by the text of their digits, in which a prefix is a range.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PhoneNumber(u64);

/// Why a text is not a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// It has other characters than digits and the usual separators.
    #[error("a phone number has digits only (a leading +, blanks, dots, dashes and brackets are ignored)")]
    NotDigits,
    /// A spreadsheet converted it to a floating-point number.
    #[error(
        "Excel has turned the phone number into one like 4.67E+10, and its last digits are lost: give the column the format Text, enter the numbers again, and save the file"
    )]
    Exponent,
    /// Too short or too long for E.164.
    #[error("a phone number has {DIGITS_MIN} to {DIGITS_MAX} digits, country code included")]
    Length,
    /// Country codes start with 1 to 9.
    #[error("a phone number starts with its country code, which is never 0")]
    LeadingZero,
}

impl PhoneNumber {
    /// The whole number: digits, no plus. For the wire and the database, never for a log line.
    #[must_use]
    pub fn digits(self) -> String {
        self.0.to_string()
    }

    /// The number as the JSON integer of GET_NUMBER.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

impl FromStr for PhoneNumber {
    type Err = PhoneError;

    fn from_str(text: &str) -> Result<Self, PhoneError> {
        let text = text.trim();
        let text = text.strip_prefix('+').unwrap_or(text);
        let mut value: u64 = 0;
        let mut count = 0;
        for character in text.chars() {
            if matches!(character, ' ' | '\u{a0}' | '-' | '.' | '(' | ')' | '/') {
                continue;
            }
            let digit = character.to_digit(10).ok_or_else(|| not_digits(text))?;
            if count == 0 && digit == 0 {
                return Err(PhoneError::LeadingZero);
            }
            count += 1;
            if count > DIGITS_MAX {
                return Err(PhoneError::Length);
            }
            value = value * 10 + u64::from(digit);
        }
        if count < DIGITS_MIN {
            return Err(PhoneError::Length);
        }
        Ok(Self(value))
    }
}

/// Why a text with something else than digits is refused: `4.67E+10` and `4,67e10` are what spreadsheets make of a number.
fn not_digits(text: &str) -> PhoneError {
    let is_exponent = text.split_once(['e', 'E']).is_some_and(|(mantissa, exponent)| {
        let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
        let is_number = |text: &str, point: &[char]| {
            text.starts_with(|first: char| first.is_ascii_digit())
                && text.chars().all(|one| one.is_ascii_digit() || point.contains(&one))
        };
        is_number(mantissa, &['.', ',']) && is_number(exponent, &[])
    });
    if is_exponent {
        PhoneError::Exponent
    } else {
        PhoneError::NotDigits
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        let shown = (digits.len() / 3).min(4);
        write!(formatter, "{}…{}", &digits[..shown], &digits[digits.len() - 2..])
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_ignored() {
        for text in ["46701234567", "+46701234567", " +46 (70) 123-45-67 ", "46.70.1234567"] {
            assert_eq!(text.parse::<PhoneNumber>().unwrap().digits(), "46701234567");
        }
        for bound in ["12345", "123456789012345"] {
            assert_eq!(bound.parse::<PhoneNumber>().unwrap().digits(), bound);
        }
    }

    #[test]
    fn an_invalid_number_is_refused() {
        for (text, error) in [
            ("", PhoneError::Length),
            ("+", PhoneError::Length),
            ("4670", PhoneError::Length),
            ("1234567890123456", PhoneError::Length),
            ("0701234567", PhoneError::LeadingZero),
            ("4670x234567", PhoneError::NotDigits),
            ("++4670234567", PhoneError::NotDigits),
            ("4670e", PhoneError::NotDigits),
            ("E+10", PhoneError::NotDigits),
            ("4.67E+10", PhoneError::Exponent),
            ("4,6701234567e10", PhoneError::Exponent),
            ("٤٦٧٠١٢٣٤٥", PhoneError::NotDigits),
        ] {
            assert_eq!(text.parse::<PhoneNumber>(), Err(error), "{text}");
        }
    }

    #[test]
    fn rule_11_a_number_in_a_log_line_hides_its_middle() {
        let number: PhoneNumber = "46701234567".parse().unwrap();
        assert_eq!(format!("{number} {number:?}"), "467…67 467…67");
    }
}
