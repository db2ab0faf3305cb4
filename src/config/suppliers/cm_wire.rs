//! `[cm_wire]`: what is inferred of CM.com's API, so that it can be put right without a new version of Leaseline.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::config::checks::{CheckResult, InvalidOption};

/// Names of members, words and a path. Their meaning is documented, the names are not.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CmWireConfig {
    /// How many numbers are ordered.
    pub quantity: String,
    /// How many numbers a range has.
    pub range_size: String,
    /// The type of number.
    #[serde(rename = "type")]
    pub number_type: String,
    /// The area code.
    pub area_code: String,
    /// The city.
    pub city: String,
    /// The region.
    pub region: String,
    /// The comment.
    pub comment: String,
    /// Where changes of the status are reported.
    pub callback: String,
    /// The order's id.
    pub id: String,
    /// The status.
    pub status: String,
    /// The numbers.
    pub numbers: String,
    /// Why an order was refused.
    pub reason: String,
    /// The words of the status for an order that is filled.
    pub done: Vec<String>,
    /// The words of the status for an order that will never be filled.
    pub refused: Vec<String>,
    /// The path of an order below the account, with `{id}` in the place of its id.
    pub read: String,
}

impl CmWireConfig {
    /// Refuses what would lose a value, or decide twice.
    pub(in crate::config) fn check(&self) -> CheckResult {
        let mut names = BTreeSet::new();
        let fields = [
            ("quantity", &self.quantity),
            ("range_size", &self.range_size),
            ("type", &self.number_type),
            ("area_code", &self.area_code),
            ("city", &self.city),
            ("region", &self.region),
            ("comment", &self.comment),
            ("callback", &self.callback),
        ];
        if let Some((key, name)) = fields.into_iter().find(|(_, name)| !names.insert(*name)) {
            return wrong(
                key,
                format!("is \"{name}\", as another field of an order is: set another name"),
            );
        }
        let lower_case = |words: &[String]| words.iter().map(|word| word.trim().to_lowercase()).collect();
        let (done, refused): (BTreeSet<_>, BTreeSet<_>) = (lower_case(&self.done), lower_case(&self.refused));
        for (key, words) in [("done", &done), ("refused", &refused)] {
            if words.contains("") {
                return wrong(key, "contains an empty word: fill it in or remove it".to_owned());
            }
        }
        if let Some(word) = refused.intersection(&done).next() {
            return wrong(
                "refused",
                format!("contains \"{word}\", as cm_wire.done does: remove it from one of them"),
            );
        }
        match is_path(&self.read) {
            true => Ok(()),
            false => wrong(
                "read",
                "must be a path with {id} in it: set one such as numberrequests/{id}".to_owned(),
            ),
        }
    }
}

fn wrong(key: &str, message: String) -> CheckResult {
    Err(InvalidOption::new(&format!("cm_wire.{key}"), message))
}

/// Whether that is a path below the account, with the id of an order in it.
fn is_path(text: &str) -> bool {
    let is_segment = |segment: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        !matches!(segment, "" | "." | "..") && segment.replace("{id}", "id").bytes().all(is_plain)
    };
    text.contains("{id}") && text.split('/').all(is_segment)
}
