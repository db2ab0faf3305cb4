//! CarrierX's filters: `attribute operator "value"`, joined by `and`. How a quote in a value is written is not documented,
//! so that values are refused that could end their quotes.

use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::outcome::{CallFailure, CallResult, Reaction};
use crate::domain::purchase::request::{FilterPart, OfferSearch};

/// The conditions that a number has to meet, all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DidFilter(Vec<String>);

impl DidFilter {
    /// That number.
    pub(super) fn of_number(number: PhoneNumber) -> Self {
        Self(vec![format!("phonenumber eq \"{}\"", number.digits())])
    }

    /// What the partner chose. Without a condition it would be any number: that is refused.
    pub(super) fn of_parts(parts: &[FilterPart]) -> CallResult<Self> {
        if parts.is_empty() {
            return Err(invalid("a filter has at least one condition"));
        }
        let conditions = parts.iter().map(|part| match part.field.check(&part.value) {
            Ok(()) => Ok(format!("{} eq \"{}\"", part.field, part.value)),
            Err(error) => Err(invalid(&error.to_string())),
        });
        Ok(Self(conditions.collect::<CallResult<_>>()?))
    }

    /// Numbers that begin so, and have those digits.
    pub(super) fn of_search(search: &OfferSearch) -> CallResult<Self> {
        let contains = search.contains.iter().map(|digits| format!("%{digits}%"));
        let patterns = std::iter::once(format!("{}%", search.prefix)).chain(contains);
        let conditions = patterns.map(|pattern| {
            let digits = pattern.trim_matches('%');
            match !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
                true => Ok(format!("phonenumber like \"{pattern}\"")),
                false => Err(invalid("a part of a number has digits only")),
            }
        });
        Ok(Self(conditions.collect::<CallResult<_>>()?))
    }

    /// As it is sent, before it is encoded.
    pub(super) fn text(&self) -> String {
        self.0.join(" and ")
    }
}

fn invalid(reason: &str) -> CallFailure {
    CallFailure::refused(None, reason, Reaction::BadRequest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::purchase::request::FilterField;

    fn part(field: FilterField, value: &str) -> FilterPart {
        FilterPart {
            field,
            value: value.to_owned(),
        }
    }

    fn search(prefix: &str, contains: Option<&str>) -> OfferSearch {
        OfferSearch {
            country: "SE".to_owned(),
            prefix: prefix.to_owned(),
            contains: contains.map(str::to_owned),
            external: false,
            limit: 20,
        }
    }

    #[test]
    fn a_filter_is_built_from_its_parts() {
        let parts = [
            part(FilterField::CountryCode, "USA"),
            part(FilterField::State, "NY"),
            part(FilterField::Locality, "COEUR D'ALENE"),
            part(FilterField::Npa, "516"),
            part(FilterField::NpaNxx, "516206"),
        ];
        assert_eq!(
            DidFilter::of_parts(&parts).unwrap().text(),
            "country_code eq \"USA\" and state eq \"NY\" and locality eq \"COEUR D'ALENE\" and npa eq \"516\" \
             and npa_nxx eq \"516206\""
        );
        assert_eq!(
            DidFilter::of_search(&search("4670", Some("123"))).unwrap().text(),
            "phonenumber like \"4670%\" and phonenumber like \"%123%\""
        );
        assert_eq!(
            DidFilter::of_number("46701234567".parse().unwrap()).text(),
            "phonenumber eq \"46701234567\""
        );
    }

    #[test]
    fn no_value_ends_its_quotes() {
        for (field, value) in [
            (FilterField::Locality, "X\" and phonenumber like \"%"),
            (FilterField::Locality, "X\\"),
            (FilterField::Locality, "X\nY"),
            (FilterField::Locality, ""),
            (FilterField::State, "NY\""),
            (FilterField::State, "ny"),
            (FilterField::CountryCode, "US"),
            (FilterField::Npa, "5%6"),
            (FilterField::NpaNxx, "516-206"),
        ] {
            let refused = DidFilter::of_parts(&[part(field, value)]).unwrap_err();
            let CallFailure::Refused(refusal) = refused else {
                panic!("{value} is not refused")
            };
            assert_eq!(refusal.reaction, Reaction::BadRequest, "{value}");
            assert!(
                refusal.reason.starts_with(&format!("{field} must be")),
                "{}",
                refusal.reason
            );
        }
        assert!(DidFilter::of_parts(&[]).is_err());
        for (prefix, contains) in [
            ("", None),
            ("%", None),
            ("46\"", None),
            ("46", Some("")),
            ("46", Some("1%2")),
        ] {
            assert!(
                DidFilter::of_search(&search(prefix, contains)).is_err(),
                "{prefix} {contains:?}"
            );
        }
    }
}
