//! Converts variables `LEASELINE_SECTION__KEY=value` to a table like that of the file.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::ConfigError;
use super::options::{self, FREE_SECTIONS, OptionKind, PREFIX};

/// Names the configuration file instead of `--config`; not an option itself.
const FILE_VARIABLE: &str = "LEASELINE_CONFIG";

/// Replaces bytes of a variable that are not UTF-8.
const NOT_UTF8: char = char::REPLACEMENT_CHARACTER;

/// The variables of this process that are meant for Leaseline.
///
/// Bytes that are not UTF-8 arrive as U+FFFD, which [`super::Config::load`] refuses.
#[must_use]
pub fn process_environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .map(|(name, value)| {
            (
                name.to_string_lossy().into_owned(),
                value.to_string_lossy().into_owned(),
            )
        })
        .filter(|(name, _)| name.starts_with(PREFIX))
        .collect()
}

/// Reads the variables with the prefix; an unknown one is refused, because it is most likely a typing error.
pub(super) fn table<N, V>(environment: impl IntoIterator<Item = (N, V)>) -> Result<Table, ConfigError>
where
    N: Into<String>,
    V: Into<String>,
{
    // Sorted, so that of two mistakes always the same one is reported.
    let variables: BTreeMap<String, String> = environment
        .into_iter()
        .map(|(name, value)| (name.into(), value.into()))
        .filter(|(name, _)| name.starts_with(PREFIX) && !is_foreign(name))
        .collect();
    let mut table = Table::new();
    for (name, text) in variables {
        let (path, kind) = meaning(&name)?;
        if text.contains(NOT_UTF8) {
            return Err(ConfigError(format!("{name} is not UTF-8: set a text in UTF-8")));
        }
        let value = value(&name, text, kind)?;
        insert(&mut table, &path, value);
    }
    Ok(table)
}

/// Puts the value where the path leads, through the tables of its sections.
fn insert(table: &mut Table, path: &[String], value: Value) {
    match path {
        [] => {}
        [key] => drop(table.insert(key.clone(), value)),
        [section, rest @ ..] => {
            let entry = table.entry(section.clone());
            if let Value::Table(options) = entry.or_insert_with(|| Value::Table(Table::new())) {
                insert(options, rest, value);
            }
        }
    }
}

/// Variables with the prefix that are not options: the one with the path of the file, and those that Kubernetes sets in each
/// container when a service is called `leaseline` (`LEASELINE_SERVICE_HOST`, `LEASELINE_PORT_8080_TCP`, ...).
fn is_foreign(name: &str) -> bool {
    name == FILE_VARIABLE
        || name == "LEASELINE_PORT"
        || name.starts_with("LEASELINE_PORT_")
        || name == "LEASELINE_SERVICE_HOST"
        || name == "LEASELINE_SERVICE_PORT"
        || name.starts_with("LEASELINE_SERVICE_PORT_")
}

/// The sections, the key and the kind of the option that a variable sets.
fn meaning(name: &str) -> Result<(Vec<String>, OptionKind), ConfigError> {
    let unknown = || ConfigError(options::unknown(name, options::variable));
    let rest = name.strip_prefix(PREFIX).ok_or_else(unknown)?;
    let (section, key) = rest.split_once("__").ok_or_else(unknown)?;
    let section = section.to_lowercase();
    if FREE_SECTIONS.contains(&section.as_str()) {
        return Ok((vec![section, key.to_owned()], OptionKind::Text));
    }
    let key = rest.to_lowercase().replace("__", ".");
    let option = options::find(&key).ok_or_else(unknown)?;
    if options::variable(option.key) != name {
        return Err(unknown());
    }
    Ok((key.split('.').map(str::to_owned).collect(), option.kind))
}

/// A text stays a text even when it looks like a number or a boolean: only counts and switches are parsed.
fn value(name: &str, text: String, kind: OptionKind) -> Result<Value, ConfigError> {
    match kind {
        OptionKind::Count => Ok(text.trim().parse().map_or(Value::String(text), Value::Integer)),
        OptionKind::Switch => Ok(text.trim().parse().map_or(Value::String(text), Value::Boolean)),
        OptionKind::SecretList | OptionKind::TextList | OptionKind::NetworkList | OptionKind::ChoiceList(_) => {
            let items = list(text.trim()).map_err(|()| {
                ConfigError(format!(
                    "{name} is not a list: set [\"first\",\"second\"] or first,second"
                ))
            })?;
            Ok(Value::Array(items.into_iter().map(Value::String).collect()))
        }
        _ => Ok(Value::String(text)),
    }
}

/// `["a","b"]` or `a,b`; an empty text is an empty list.
fn list(text: &str) -> Result<Vec<String>, ()> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    if text.starts_with('[') {
        return serde_json::from_str(text).map_err(|_| ());
    }
    Ok(text.split(',').map(|item| item.trim().to_owned()).collect())
}
