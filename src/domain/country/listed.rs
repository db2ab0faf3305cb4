//! The names that Onlinesim uses for countries, and which of them was probably meant by an unknown one.

use std::collections::{BTreeMap, BTreeSet};

use super::CountryName;

/// The similarity (Jaro-Winkler, 0 to 1) at which a name counts as misspelt: `swedn` has 0.97 to `sweden`, `russian
/// federation` 0.87 to `russia`, the name of an operator mostly less than 0.82 to any.
const SIMILARITY_MIN: f64 = 0.82;

/// Abbreviations that people write instead of a code of ISO 3166-1.
const COMMON_CODES: [(&str, &str); 3] = [("uk", "GB"), ("usa", "US"), ("uae", "AE")];

/// The names of all countries.
#[derive(Debug)]
pub(super) struct ListedNames {
    names: BTreeSet<CountryName>,
    /// Names by their aliases: the ISO 3166-1 alpha-2 code in lower case, and the built-in name that an override replaced.
    aliases: BTreeMap<String, CountryName>,
    /// ISO 3166-1 alpha-2 codes by name, in capitals.
    codes: BTreeMap<CountryName, String>,
}

impl ListedNames {
    /// Both maps go from the code in capitals to the name; `names` has the overrides applied.
    pub(super) fn new(built_in: &BTreeMap<&str, CountryName>, names: &BTreeMap<&str, CountryName>) -> Self {
        let codes = names
            .iter()
            .map(|(code, name)| (code.to_ascii_lowercase(), name.clone()));
        let common = COMMON_CODES.into_iter();
        let common = common.filter_map(|(word, code)| Some((word.to_owned(), names.get(code)?.clone())));
        let replaced = built_in
            .iter()
            .filter_map(|(code, name)| Some((name.as_str().to_owned(), names.get(code)?.clone())));
        Self {
            names: names.values().cloned().collect(),
            aliases: replaced.chain(common).chain(codes).collect(),
            codes: names
                .iter()
                .map(|(code, name)| (name.clone(), (*code).to_owned()))
                .collect(),
        }
    }

    pub(super) fn get(&self, name: &CountryName) -> Option<CountryName> {
        self.names.get(name).cloned()
    }

    pub(super) fn code(&self, name: &CountryName) -> Option<&str> {
        self.codes.get(name).map(String::as_str)
    }

    pub(super) fn nearest(&self, name: &CountryName) -> Option<&CountryName> {
        self.aliases.get(name.as_str()).or_else(|| {
            let similar = self.names.iter().map(|known| {
                let similarity = strsim::jaro_winkler(known.as_str(), name.as_str());
                (similarity, known)
            });
            let nearest = similar.max_by(|(one, _), (other, _)| one.total_cmp(other));
            nearest
                .filter(|(similarity, _)| *similarity >= SIMILARITY_MIN)
                .map(|(_, known)| known)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::CountryNames;
    use super::*;

    #[test]
    fn a_name_that_no_country_has_comes_with_the_one_that_was_meant() {
        let overrides = BTreeMap::from([("US".to_owned(), "usa".to_owned())]);
        let names = CountryNames::new(&overrides).unwrap();
        let name = |text: &str| CountryName::parse(text).unwrap();
        assert_eq!(names.listed(&name("Sweden")), Some(name("sweden")));
        assert_eq!(names.listed(&name("usa")), Some(name("usa")));
        for (wrong, meant) in [
            ("swedn", Some("sweden")),
            ("SE", Some("sweden")),
            ("us", Some("usa")),
            ("united states", Some("usa")),
            ("russian federation", Some("russia")),
            ("germny", Some("germany")),
            ("swe", Some("sweden")),
            ("UK", Some("united kingdom")),
            ("89460112345678901234", None),
            ("telia", None),
        ] {
            assert_eq!(names.listed(&name(wrong)), None, "{wrong}");
            assert_eq!(names.nearest(&name(wrong)), meant.map(name).as_ref(), "{wrong}");
        }
    }

    #[test]
    fn a_prefix_contradicts_only_countries_that_cannot_have_it() {
        let names = CountryNames::new(&BTreeMap::new()).unwrap();
        for (number, country, contradiction) in [
            ("46701234567", "sweden", None),
            ("46701234567", "russia", Some("sweden")),
            ("77012345678", "russia", Some("kazakhstan")),
            ("79161234567", "kazakhstan", Some("russia")),
            // Several countries share the range; no country has the code; nobody knows the range.
            ("61412345678", "christmas island", None),
            ("61412345678", "germany", Some("australia")),
            ("999701234567", "germany", None),
            ("19990000000", "canada", None),
        ] {
            let country = CountryName::parse(country).unwrap();
            let found = names.contradiction(number, &country);
            assert_eq!(found.as_ref().map(CountryName::as_str), contradiction, "{number}");
        }
    }
}
