//! Which country a number belongs to, and what that country is called.

mod metadata;
mod numbers;

use super::*;

fn names() -> CountryNames {
    CountryNames::new(&BTreeMap::new()).unwrap()
}

fn overridden(pairs: &[(&str, &str)]) -> Result<CountryNames, CountryNamesError> {
    CountryNames::new(
        &pairs
            .iter()
            .map(|(code, name)| ((*code).to_owned(), (*name).to_owned()))
            .collect(),
    )
}

#[test]
fn an_override_replaces_a_name_in_every_calling_code() {
    let names = overridden(&[("SE", " Sverige "), ("je", "united kingdom")]).unwrap();
    assert_eq!(names.of_number("46701234567"), CountryName::parse("sverige").ok());
    assert_eq!(
        names.of_number("447797712345"),
        CountryName::parse("united kingdom").ok()
    );
    assert_eq!(names.of_number("491711234567"), CountryName::parse("germany").ok());
}

#[test]
fn a_bad_override_is_refused_and_its_code_named() {
    for (pairs, message) in [
        (
            &[("QQ", "quux")][..],
            "`QQ` is not an ISO 3166-1 alpha-2 country code (two letters, such as SE)",
        ),
        (
            &[("", "quux")],
            "`` is not an ISO 3166-1 alpha-2 country code (two letters, such as SE)",
        ),
        (
            &[("001", "world")],
            "`001` is not an ISO 3166-1 alpha-2 country code (two letters, such as SE)",
        ),
        (
            &[("SE", "Any")],
            "the name of country `SE` cannot be used: the name `any` is reserved: it stands for all",
        ),
        (
            &[("se", " ")],
            "the name of country `se` cannot be used: the name is empty",
        ),
        (
            &[("SE", "sverige"), ("se", "suede")],
            "the name of country `SE` is overridden twice",
        ),
    ] {
        assert_eq!(overridden(pairs).unwrap_err().to_string(), message);
    }
}
