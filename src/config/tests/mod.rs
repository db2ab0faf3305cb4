//! What a configuration is made of, and each way in which it can be wrong.

use std::io::Write;

use super::{Config, ConfigError};

mod layering;
mod manual;
mod notify;
mod refusals;
mod rules;
mod storage;
mod suppliers;
mod tls;

/// A key and a token that occur nowhere else, so that they can be searched for.
const KEY: &str = "key-7f3a";
const TOKEN: &str = "token-9c1e-0123456789";

/// The three options that have no default.
const REQUIRED: [(&str, &str); 3] = [
    ("LEASELINE_ONLINESIM__KEYS", KEY),
    ("LEASELINE_ADMIN__TOKEN", TOKEN),
    ("LEASELINE_PUSH__URL", "https://onlinesim.example/api"),
];

/// Every wholesaler, with what it needs.
const SUPPLIERS: [(&str, &str); 11] = [
    PUBLIC_URL,
    ("LEASELINE_SUPPLIERS__WEBHOOK_SECRET", WEBHOOK_SECRET),
    ("LEASELINE_MULTITEL_V3__USER", "v3-user"),
    ("LEASELINE_MULTITEL_V3__PASSWORD", SUPPLIER_SECRETS[0]),
    ("LEASELINE_MULTITEL__USER", "classic-user"),
    ("LEASELINE_MULTITEL__PASSWORD", SUPPLIER_SECRETS[1]),
    ("LEASELINE_CM__ACCOUNT", "6f0a7c1e"),
    ("LEASELINE_CM__TOKEN", SUPPLIER_SECRETS[2]),
    ("LEASELINE_CM__SETUP", "0"),
    ("LEASELINE_CM__MONTHLY", "1.20"),
    ("LEASELINE_CARRIERX__TOKEN", SUPPLIER_SECRETS[3]),
];

const PUBLIC_URL: (&str, &str) = ("LEASELINE_ONLINESIM__PUBLIC_URL", "https://numbers.example.org");
const WEBHOOK_SECRET: &str = "webhook-5d20-0123456789";
const SUPPLIER_SECRETS: [&str; 4] = [
    "v3-pass-a61b",
    "classic-pass-0c3e",
    "cm-token-77f2",
    "carrierx-token-e8d4",
];

/// Loads with the required options and these variables.
fn with(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let replaced = |name: &str| variables.iter().any(|(other, _)| *other == name);
    let required = REQUIRED.into_iter().filter(|(name, _)| !replaced(name));
    Config::load(None, required.chain(variables.iter().copied()))
}

/// Every channel of notifications, with what it needs.
const CHANNELS: [(&str, &str); 9] = [
    ("LEASELINE_NOTIFY__TELEGRAM__TOKEN", CHANNEL_SECRETS[0]),
    ("LEASELINE_NOTIFY__TELEGRAM__CHAT", "-100471147"),
    ("LEASELINE_NOTIFY__WEBHOOK__URL", "https://ops.example/hook"),
    ("LEASELINE_NOTIFY__WEBHOOK__SECRET", CHANNEL_SECRETS[1]),
    ("LEASELINE_NOTIFY__MAIL__HOST", "localhost"),
    ("LEASELINE_NOTIFY__MAIL__USER", "mail-user"),
    ("LEASELINE_NOTIFY__MAIL__PASSWORD", CHANNEL_SECRETS[2]),
    ("LEASELINE_NOTIFY__MAIL__FROM", "leaseline@n.example"),
    ("LEASELINE_NOTIFY__MAIL__TO", "one@n.example, two@n.example"),
];

const CHANNEL_SECRETS: [&str; 3] = ["123456789:AAF-bot_9c1e", "webhook-secret-77f2", "mail-pass-0c3e"];

/// Loads with the required options, all wholesalers, all channels and these variables.
fn with_everything(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let replaced = |name: &str| variables.iter().any(|(other, _)| *other == name);
    let sections = SUPPLIERS
        .into_iter()
        .chain(CHANNELS)
        .filter(|(name, _)| !replaced(name));
    let all: Vec<_> = sections.chain(variables.iter().copied()).collect();
    with(&all)
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
