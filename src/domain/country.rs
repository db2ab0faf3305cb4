//! Which country a number belongs to, by the names that Onlinesim uses.
//!
//! GET_SERVICES counts numbers per country, so each number needs one when it is imported. Usually it is derived from the
//! number. Most calling codes belong to one country (+46), and only the code is needed. Some are shared (+1, +7, +44 and
//! nine more): there the rest of the number decides.
//!
//! The rules for a shared code are the ranges of numbers in Google's libphonenumber, as in its port `phonenumber`.
//! `calling_codes.tsv` contains what is needed of them, and a test compares the two: the port itself would add 80 s to the
//! build and 70 ms to each start. Its functions could not be used: `country().id()` drops a leading zero of the national
//! part (so Italian landlines have no country), ignores the end of the number when it matches patterns, returns nothing for
//! a number outside all ranges (test numbers, ranges newer than the metadata), and compiles patterns repeatedly behind one
//! lock, because its cache is too small. Here all patterns of a shared code are compiled once, into one automaton that
//! finds the matching countries in one pass over the digits.

use std::collections::{BTreeMap, BTreeSet};

use regex::{RegexSet, RegexSetBuilder};

pub use super::wire_name::{CountryName, InvalidCountryName};

mod listed;
pub mod numbering;

use listed::ListedNames;

/// Code and name of each country; the head of the file explains why some names are guesses.
const COUNTRIES: &str = include_str!("countries.tsv");

/// The countries of each calling code.
const CALLING_CODES: &str = include_str!("calling_codes.tsv");

/// E.164: a calling code has 1 to 3 digits.
const CALLING_CODE_DIGITS_MAX: usize = 3;
const CALLING_CODES_MAX: usize = 1000;

/// Why the names of the countries cannot be set up; the server does not start. The last three are about built-in data, so
/// they cannot happen in a release whose tests passed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CountryNamesError {
    /// An override has an unknown country code.
    #[error("`{code}` is not an ISO 3166-1 alpha-2 country code (two letters, such as SE)")]
    UnknownCode {
        /// The code as it was given.
        code: String,
    },
    /// Two overrides have the same country code (`se` and `SE`).
    #[error("the name of country `{code}` is overridden twice")]
    OverriddenTwice {
        /// The code of the country, in capitals.
        code: String,
    },
    /// An override has an invalid name.
    #[error("the name of country `{code}` cannot be used: {source}")]
    BadName {
        /// The code as it was given.
        code: String,
        /// What is wrong with the name.
        source: InvalidCountryName,
    },
    /// A line of one of the tables cannot be read.
    #[error("the built-in table of countries or calling codes has a bad line {line}")]
    BadTable {
        /// The line, counted from 1.
        line: usize,
    },
    /// A calling code belongs to a country that the table of countries does not name.
    #[error("the country `{code}` of a calling code has no name in the built-in table of countries")]
    Unnamed {
        /// The country.
        code: String,
    },
    /// A pattern of national numbers cannot be compiled.
    #[error("the patterns of calling code {calling_code} cannot be used: {source}")]
    BadPattern {
        /// The calling code, without plus.
        calling_code: usize,
        /// What is wrong with the pattern.
        source: regex::Error,
    },
}

/// The name of each country, found by number. Built once, at the start; shared between threads.
#[derive(Debug)]
pub struct CountryNames {
    /// Indexed by calling code; `None`: no country has it.
    calling_codes: Vec<Option<CallingCode>>,
    listed: ListedNames,
}

/// The countries behind one calling code.
#[derive(Debug)]
enum CallingCode {
    One(CountryName),
    Shared {
        /// One pattern on the national part for each country.
        patterns: RegexSet,
        /// In the same order; the main country of the code comes first.
        countries: Vec<CountryName>,
    },
}

impl CountryNames {
    /// The built-in names, replaced by `overrides` (from ISO 3166-1 alpha-2 code, in either case, to name): Onlinesim's own
    /// list of names is not published, so the partner must be able to correct ours.
    ///
    /// # Errors
    ///
    /// [`CountryNamesError`], which names the code, if an override has an unknown code, comes twice, or gives a name
    /// that [`CountryName::parse`] refuses.
    pub fn new(overrides: &BTreeMap<String, String>) -> Result<Self, CountryNamesError> {
        let built_in = built_in_names()?;
        let mut names = built_in.clone();
        override_names(&mut names, overrides)?;
        let mut calling_codes: Vec<Option<CallingCode>> = Vec::new();
        calling_codes.resize_with(CALLING_CODES_MAX, || None);
        for (calling_code, entries) in calling_code_entries()? {
            let slot = calling_codes.get_mut(calling_code);
            *slot.expect("calling codes have three digits") = Some(CallingCode::new(calling_code, &entries, &names)?);
        }
        let listed = ListedNames::new(&built_in, &names);
        Ok(Self { calling_codes, listed })
    }

    /// The country of an E.164 number, given as digits without plus. `None` if no country has its calling code, or if the
    /// text is not all digits. The length is not checked. Takes about 0.1 us in a release build.
    ///
    /// A number outside all known ranges belongs to the main country of its calling code (+1: the United States). So does a
    /// range that several countries share: +61 4 is Australia, although Christmas Island uses it too.
    #[must_use]
    pub fn of_number(&self, e164_digits: &str) -> Option<CountryName> {
        let (calling_code, national) = self.calling_code(e164_digits)?;
        calling_code.country(national)
    }

    /// The country to which the prefix of a number belongs, if that is certainly not `country`. `None` also where several
    /// countries share the prefix and `country` is one of them, or where no country has the calling code.
    #[must_use]
    pub fn contradiction(&self, e164_digits: &str, country: &CountryName) -> Option<CountryName> {
        let (calling_code, national) = self.calling_code(e164_digits)?;
        if calling_code.admits(national, country) {
            return None;
        }
        calling_code.country(national)
    }

    /// The name itself, if a country has it: Onlinesim uses no others.
    #[must_use]
    pub fn listed(&self, name: &CountryName) -> Option<CountryName> {
        self.listed.get(name)
    }

    /// The country's code of ISO 3166-1, two capitals.
    #[must_use]
    pub fn code(&self, name: &CountryName) -> Option<&str> {
        self.listed.code(name)
    }

    /// The name that was probably meant by an unknown one: a misspelt name, or a code of ISO 3166-1. Takes some 50 us.
    #[must_use]
    pub fn nearest(&self, name: &CountryName) -> Option<&CountryName> {
        self.listed.nearest(name)
    }

    fn calling_code<'a>(&self, e164_digits: &'a str) -> Option<(&CallingCode, &'a str)> {
        if e164_digits.starts_with('0') || !e164_digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // No calling code is the beginning of another one, so the order of the lengths does not matter.
        (1..=CALLING_CODE_DIGITS_MAX).find_map(|length| {
            let (code, national) = e164_digits.split_at_checked(length)?;
            let index: usize = code.parse().ok()?;
            Some((self.calling_codes.get(index)?.as_ref()?, national))
        })
    }
}

impl CallingCode {
    fn new(
        calling_code: usize,
        entries: &[CallingCodeEntry],
        names: &BTreeMap<&str, CountryName>,
    ) -> Result<Self, CountryNamesError> {
        let name = |entry: &CallingCodeEntry| match names.get(entry.country) {
            Some(name) => Ok(name.clone()),
            None => Err(CountryNamesError::Unnamed {
                code: entry.country.to_owned(),
            }),
        };
        let countries: Vec<CountryName> = entries.iter().map(name).collect::<Result<_, _>>()?;
        if let [country] = countries.as_slice() {
            return Ok(Self::One(country.clone()));
        }
        let patterns = RegexSetBuilder::new(entries.iter().map(|entry| entry.pattern))
            .unicode(false)
            .build()
            .map_err(|source| CountryNamesError::BadPattern { calling_code, source })?;
        Ok(Self::Shared { patterns, countries })
    }

    fn country(&self, national: &str) -> Option<CountryName> {
        match self {
            Self::One(country) => Some(country.clone()),
            Self::Shared { patterns, countries } => {
                let first = patterns.matches(national).iter().next().unwrap_or(0);
                countries.get(first).cloned()
            }
        }
    }

    /// Whether a number with that national part can belong to the country. Outside all known ranges, it can belong to any
    /// country that shares the code.
    fn admits(&self, national: &str, country: &CountryName) -> bool {
        match self {
            Self::One(own) => own == country,
            Self::Shared { patterns, countries } => {
                let matches = patterns.matches(national);
                let mut candidates = countries.iter().enumerate();
                candidates.any(|(index, own)| own == country && (!matches.matched_any() || matches.matched(index)))
            }
        }
    }
}

/// A country of a calling code.
struct CallingCodeEntry {
    /// ISO 3166-1 alpha-2.
    country: &'static str,
    /// A pattern of the national part, where several countries share the code; otherwise empty.
    pattern: &'static str,
}

/// The table, by calling code; the main country of a code comes first.
fn calling_code_entries() -> Result<BTreeMap<usize, Vec<CallingCodeEntry>>, CountryNamesError> {
    let mut codes: BTreeMap<usize, Vec<CallingCodeEntry>> = BTreeMap::new();
    for (index, line) in CALLING_CODES
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.starts_with('#'))
    {
        let mut fields = line.split('\t');
        let code = fields.next().and_then(|code| code.parse().ok());
        let code = code.filter(|code| *code < CALLING_CODES_MAX);
        let (Some(code), Some(country)) = (code, fields.next()) else {
            return Err(CountryNamesError::BadTable { line: index + 1 });
        };
        let pattern = fields.next().unwrap_or_default();
        codes
            .entry(code)
            .or_default()
            .push(CallingCodeEntry { country, pattern });
    }
    Ok(codes)
}

fn built_in_names() -> Result<BTreeMap<&'static str, CountryName>, CountryNamesError> {
    let mut names = BTreeMap::new();
    for (index, line) in COUNTRIES.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
        let entry = line
            .split_once('\t')
            .and_then(|(code, name)| Some((code, CountryName::parse(name).ok()?)));
        let (code, name) = entry.ok_or(CountryNamesError::BadTable { line: index + 1 })?;
        names.insert(code, name);
    }
    Ok(names)
}

fn override_names(
    names: &mut BTreeMap<&'static str, CountryName>,
    overrides: &BTreeMap<String, String>,
) -> Result<(), CountryNamesError> {
    let mut seen = BTreeSet::new();
    for (code, name) in overrides {
        let capitals = code.to_ascii_uppercase();
        let known = names.get_mut(capitals.as_str());
        let known = known.ok_or_else(|| CountryNamesError::UnknownCode { code: code.clone() })?;
        *known = CountryName::parse(name).map_err(|source| CountryNamesError::BadName {
            code: code.clone(),
            source,
        })?;
        if !seen.insert(capitals) {
            return Err(CountryNamesError::OverriddenTwice {
                code: code.to_ascii_uppercase(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
