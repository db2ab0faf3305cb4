//! `[countries]`: Onlinesim's names of countries, where they differ from the built-in ones.

use std::collections::BTreeMap;

use super::checks::{CheckResult, InvalidOption};

/// Refuses what could never match a request: an invalid code, a name in upper case, `any`.
pub(super) fn check(countries: &BTreeMap<String, String>) -> CheckResult {
    for (code, name) in countries {
        let wrong = |message: &str| Err(InvalidOption::new(&format!("countries.{code}"), message));
        if code.len() != 2 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return wrong("is not a country: set a two-letter ISO 3166 code such as countries.US");
        }
        if name.trim().is_empty() {
            return wrong("is empty: set a name in lower case, or remove it");
        }
        if name.trim() != name || name.to_lowercase() != *name {
            return wrong("is not in lower case or has spaces around it: set the name as Onlinesim writes it");
        }
        if name == "any" {
            return wrong("is \"any\", which means all countries on the wire: set another name");
        }
    }
    Ok(())
}
