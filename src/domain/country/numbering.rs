//! How the numbers of a country begin.

use super::{CallingCode, CountryName, CountryNames};
use crate::domain::phone::DIGITS_MAX;

/// A text that does not begin numbers of a country.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCountryPrefix {
    /// It is not digits, or too many.
    #[error("must have 1 to {DIGITS_MAX} digits, without a plus")]
    NotDigits,
    /// No calling code belongs to the country.
    #[error("no calling code belongs to {0}")]
    NoCallingCode(CountryName),
    /// It does not begin with the country's calling code.
    #[error("must begin with {calling_code}, the calling code of {country}")]
    OtherCallingCode {
        /// The country.
        country: CountryName,
        /// Its calling code.
        calling_code: usize,
    },
    /// The numbers that begin so belong to another country with the same calling code.
    #[error("belongs to {0}")]
    OtherCountry(CountryName),
}

impl CountryNames {
    /// How the country's numbers begin: with `prefix`, or with its calling code where none is given.
    pub fn prefix(&self, country: &CountryName, prefix: Option<&str>) -> Result<String, InvalidCountryPrefix> {
        let calling_code = self.calling_code_of(country);
        let calling_code = calling_code.ok_or_else(|| InvalidCountryPrefix::NoCallingCode(country.clone()))?;
        let Some(prefix) = prefix else {
            return Ok(calling_code.to_string());
        };
        if !(1..=DIGITS_MAX).contains(&prefix.len()) || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidCountryPrefix::NotDigits);
        }
        if !prefix.starts_with(&calling_code.to_string()) {
            let country = country.clone();
            return Err(InvalidCountryPrefix::OtherCallingCode { country, calling_code });
        }
        match self.contradiction(prefix, country) {
            Some(other) => Err(InvalidCountryPrefix::OtherCountry(other)),
            None => Ok(prefix.to_owned()),
        }
    }

    fn calling_code_of(&self, country: &CountryName) -> Option<usize> {
        self.calling_codes.iter().position(|code| match code {
            None => false,
            Some(CallingCode::One(own)) => own == country,
            Some(CallingCode::Shared { countries, .. }) => countries.contains(country),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_prefix_begins_with_the_calling_code_of_its_country() {
        let countries = CountryNames::new(&BTreeMap::new()).unwrap();
        let prefix = |country, prefix| countries.prefix(&CountryName::parse(country).unwrap(), prefix);
        assert_eq!(prefix("sweden", None).unwrap(), "46");
        assert_eq!(prefix("sweden", Some("4670")).unwrap(), "4670");
        assert_eq!(prefix("canada", None).unwrap(), "1");
        for wrong in ["", "+46", "46 70", "4670123456789012", "46x"] {
            let refused = prefix("sweden", Some(wrong));
            assert_eq!(refused, Err(InvalidCountryPrefix::NotDigits), "{wrong}");
        }
        for (country, wrong, message) in [
            ("sweden", "4770", "must begin with 46, the calling code of sweden"),
            ("sweden", "4", "must begin with 46, the calling code of sweden"),
            ("kazakhstan", "79161234567", "belongs to russia"),
        ] {
            assert_eq!(prefix(country, Some(wrong)).unwrap_err().to_string(), message);
        }
    }
}
