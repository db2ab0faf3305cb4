//! Names of countries and of operators on Onlinesim's wire.
//!
//! Both obey the same rules, but have types of their own: a filter by country does not accept an operator.

use std::fmt;
use std::sync::Arc;

/// The name that filters nothing in GET_NUMBER, and that has the sum in GET_SERVICES.
pub const ANY: &str = "any";

/// The longest name, in characters (rule 12).
pub const NAME_CHARACTERS_MAX: usize = 64;

/// Why a text is not a name of a country or an operator. It does not repeat the text, which may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// Nothing is left after trimming.
    #[error("the name is empty")]
    Empty,
    /// The text is [`ANY`].
    #[error("the name `any` is reserved: it stands for all")]
    Reserved,
    /// The text has more than [`NAME_CHARACTERS_MAX`] characters.
    #[error("the name has more than {NAME_CHARACTERS_MAX} characters")]
    TooLong,
    /// The text holds a line break, a tab or the like.
    #[error("the name holds a control character")]
    ControlCharacter,
}

/// Why a text is not a [`CountryName`].
pub type InvalidCountryName = InvalidName;

/// Why a text is not an [`OperatorName`].
pub type InvalidOperatorName = InvalidName;

/// Onlinesim's name of a country: English, lower case (`russia`, `sweden`). A clone shares the text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CountryName(Arc<str>);

impl CountryName {
    /// Trims and lower-cases the text, so that names compare equal however a file or a request spells them.
    ///
    /// # Errors
    ///
    /// [`InvalidCountryName`] if the text is empty, `any`, too long or holds a control character.
    pub fn parse(text: &str) -> Result<Self, InvalidCountryName> {
        normalise(text).map(Self)
    }

    /// The name as it goes over the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CountryName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Onlinesim's name of a mobile operator: lower case (`telia`, `tele2`). A clone shares the text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperatorName(Arc<str>);

impl OperatorName {
    /// Trims and lower-cases the text, so that names compare equal however a file or a request spells them.
    ///
    /// # Errors
    ///
    /// [`InvalidOperatorName`] if the text is empty, `any`, too long or holds a control character.
    pub fn parse(text: &str) -> Result<Self, InvalidOperatorName> {
        normalise(text).map(Self)
    }

    /// The name as it goes over the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OperatorName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The rules that both kinds of name share. The length is checked before and after lower-casing: before, so that a huge text
/// is not copied; after, because one character can become two.
fn normalise(text: &str) -> Result<Arc<str>, InvalidName> {
    let trimmed = text.trim();
    check_length(trimmed)?;
    if trimmed.chars().any(char::is_control) {
        return Err(InvalidName::ControlCharacter);
    }
    let name = trimmed.to_lowercase();
    check_length(&name)?;
    if name.is_empty() {
        return Err(InvalidName::Empty);
    }
    if name == ANY {
        return Err(InvalidName::Reserved);
    }
    Ok(name.into())
}

fn check_length(text: &str) -> Result<(), InvalidName> {
    match text.chars().nth(NAME_CHARACTERS_MAX) {
        None => Ok(()),
        Some(_) => Err(InvalidName::TooLong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_lower_cased() {
        assert_eq!(
            CountryName::parse(" Czech Republic\n").unwrap().as_str(),
            "czech republic"
        );
        assert_eq!(OperatorName::parse("\tTele2 ").unwrap().to_string(), "tele2");
        assert_eq!(OperatorName::parse("МТС").unwrap(), OperatorName::parse("мтс").unwrap());
    }

    #[test]
    fn an_invalid_name_is_refused() {
        let too_long = "x".repeat(NAME_CHARACTERS_MAX + 1);
        // 64 characters, of which the lower-case form has two each.
        let too_long_in_lower_case = "\u{130}".repeat(NAME_CHARACTERS_MAX);
        for (text, error) in [
            ("", InvalidName::Empty),
            (" \t ", InvalidName::Empty),
            ("any", InvalidName::Reserved),
            (" ANY ", InvalidName::Reserved),
            ("swe\nden", InvalidName::ControlCharacter),
            ("swe\u{0}den", InvalidName::ControlCharacter),
            ("swe\u{85}den", InvalidName::ControlCharacter),
            (&too_long, InvalidName::TooLong),
            (&too_long_in_lower_case, InvalidName::TooLong),
        ] {
            assert_eq!(CountryName::parse(text), Err(error), "{text:?}");
            assert_eq!(OperatorName::parse(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn the_bound_counts_characters_not_bytes() {
        let longest = "я".repeat(NAME_CHARACTERS_MAX);
        assert_eq!(CountryName::parse(&longest).unwrap().as_str(), longest);
    }
}
