//! What a configuration is made of, and each way in which it can be wrong.

use std::io::Write;

use super::{Config, ConfigError};

mod layering;
mod manual;
mod refusals;
mod rules;

/// A key and a token that occur nowhere else, so that they can be searched for.
const KEY: &str = "key-7f3a";
const TOKEN: &str = "token-9c1e-0123456789";

/// The three options that have no default.
const REQUIRED: [(&str, &str); 3] = [
    ("LEASELINE_ONLINESIM__KEYS", KEY),
    ("LEASELINE_ADMIN__TOKEN", TOKEN),
    ("LEASELINE_PUSH__URL", "https://onlinesim.example/api"),
];

/// Loads with the required options and these variables.
fn with(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let replaced = |name: &str| variables.iter().any(|(other, _)| *other == name);
    let required = REQUIRED.into_iter().filter(|(name, _)| !replaced(name));
    Config::load(None, required.chain(variables.iter().copied()))
}

/// Loads this file with the required options and these variables.
fn from_file(toml: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let mut file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    file.write_all(toml.as_bytes()).unwrap();
    let table: toml::Table = toml.parse().unwrap_or_default();
    let required = REQUIRED.iter().filter(|(name, _)| {
        let (section, key) = name["LEASELINE_".len()..].split_once("__").unwrap();
        let options = table.get(&section.to_lowercase()).and_then(toml::Value::as_table);
        options.is_none_or(|options| !options.contains_key(&key.to_lowercase()))
    });
    let path = file.path().display().to_string();
    Config::load(Some(file.path()), required.chain(variables).copied())
        .map_err(|error| ConfigError(error.0.replace(&path, "my.toml")))
}

/// The sentence with which one variable is refused.
fn refusal(name: &str, value: &str) -> String {
    with(&[(name, value)]).unwrap_err().to_string()
}

/// The sentence with which a file is refused.
fn file_refusal(toml: &str) -> String {
    from_file(toml, &[]).unwrap_err().to_string()
}

/// Asserts that a variable is refused with this sentence; "…" stands for "(it comes from VARIABLE)".
#[track_caller]
fn refused(name: &str, value: &str, sentence: &str) {
    let origin = format!("(it comes from {name})");
    assert_eq!(refusal(name, value), sentence.replace('…', &origin));
}
