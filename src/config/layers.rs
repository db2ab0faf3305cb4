//! Merges defaults, file and environment, and finds out where each value comes from.
//!
//! Figment's own providers are not used: its TOML provider repeats the faulty line, which may contain a secret, and its
//! environment provider reads the process itself and guesses the type of a value (`007` becomes 7).

use std::path::Path;

use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use toml::Table;

use super::checks::InvalidOption;
use super::options::{self, FREE_SECTIONS, OPTIONS};
use super::{Config, ConfigError, DEFAULTS, checks, environment};

/// Name of the lowest layer; messages do not contain it.
const DEFAULTS_LAYER: &str = "defaults";

/// Name of the highest layer; messages contain the variable instead.
const ENVIRONMENT_LAYER: &str = "environment";

/// All layers, each with known options only.
pub(super) struct Layers {
    figment: Figment,
}

/// One layer. Messages contain its name.
struct Layer {
    name: String,
    table: Table,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let dict = Value::serialize(&self.table)?.into_dict().unwrap_or_default();
        Ok(Map::from([(Profile::Default, dict)]))
    }
}

impl Layers {
    /// Reads all three layers and refuses unknown options.
    pub(super) fn read<N, V>(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, ConfigError>
    where
        N: Into<String>,
        V: Into<String>,
    {
        let mut figment = Figment::from(Layer::new(DEFAULTS_LAYER.into(), parse("defaults.toml", DEFAULTS)?)?);
        if let Some(path) = file {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path)
                .map_err(|error| ConfigError(format!("{name} cannot be read: {error}")))?;
            let table = parse(&name, &text)?;
            figment = figment.merge(Layer::new(name, table)?);
        }
        let table = environment::table(environment)?;
        Ok(Self {
            figment: figment.merge(Layer::new(ENVIRONMENT_LAYER.into(), table)?),
        })
    }

    /// Fails when an option without a default is missing.
    pub(super) fn refuse_missing(&self) -> Result<(), ConfigError> {
        first(self.missing())
    }

    /// The typed configuration, checked.
    pub(super) fn config(&self) -> Result<Config, ConfigError> {
        first(self.empty())?;
        let config = self.extract()?;
        first(self.problems(&config))?;
        Ok(config)
    }

    /// All that is wrong with a configuration that is to serve.
    pub(super) fn faults(&self) -> Vec<ConfigError> {
        let mut faults: Vec<ConfigError> = self.missing().collect();
        let empty: Vec<ConfigError> = self.empty().collect();
        match self.extract() {
            // An empty value is often of the wrong kind, too.
            _ if !empty.is_empty() => faults.extend(empty),
            Ok(config) => faults.extend(self.problems(&config)),
            Err(error) => faults.push(error),
        }
        faults
    }

    fn extract(&self) -> Result<Config, ConfigError> {
        self.figment.extract().map_err(|error| self.wrong_kind(&error))
    }

    fn problems(&self, config: &Config) -> impl Iterator<Item = ConfigError> {
        checks::problems(config).map(|problem| self.with_origin(&problem))
    }

    fn missing(&self) -> impl Iterator<Item = ConfigError> {
        let missing = OPTIONS.iter();
        let missing = missing.filter(|option| option.required && !self.figment.contains(option.key));
        missing.map(|option| {
            ConfigError(format!(
                "{} is missing: set it in the configuration file or as {}",
                option.key,
                options::variable(option.key)
            ))
        })
    }

    /// Empty values: probably variables that were not filled in.
    fn empty(&self) -> impl Iterator<Item = ConfigError> {
        let empty = OPTIONS
            .iter()
            .filter(|option| match self.figment.find_value(option.key) {
                Ok(Value::String(_, text)) => text.trim().is_empty(),
                Ok(Value::Array(_, items)) => items.is_empty(),
                _ => false,
            });
        empty.map(|option| {
            let message = format!("is empty: set {}, or remove it", option.kind.expected());
            self.with_origin(&InvalidOption::new(option.key, message))
        })
    }

    /// The error for a value that is not of its option's kind.
    fn wrong_kind(&self, error: &figment::Error) -> ConfigError {
        // The path may go on into the value: to an item of a list.
        let path = |names: usize| {
            error
                .path
                .iter()
                .take(names)
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(".")
        };
        let key = Some(path(3)).filter(|key| options::find(key).is_some());
        let key = key.unwrap_or_else(|| path(2));
        let kind = options::kind(&key);
        let expected = kind.expected();
        let value = self.figment.find_value(&key).ok().filter(|_| !kind.is_secret());
        let message = match value.and_then(|value| value.deserialize::<toml::Value>().ok()) {
            Some(value) => format!("is {value}: set {expected}"),
            None => format!("is of another kind: set {expected}"),
        };
        self.with_origin(&InvalidOption::new(&key, message))
    }

    /// Adds where the value comes from: the file or the environment.
    fn with_origin(&self, problem: &InvalidOption) -> ConfigError {
        let InvalidOption { key, message } = problem;
        let layer = self.figment.find_metadata(key).map(|metadata| metadata.name.as_ref());
        ConfigError(match layer {
            Some(ENVIRONMENT_LAYER) => {
                format!("{key} {message} (it comes from {})", options::variable(key))
            }
            Some(DEFAULTS_LAYER) | None => format!("{key} {message}"),
            Some(file) => format!("{key} {message} (it comes from {file})"),
        })
    }
}

/// Fails with the first one, if there is one.
fn first(mut faults: impl Iterator<Item = ConfigError>) -> Result<(), ConfigError> {
    faults.next().map_or(Ok(()), Err)
}

impl Layer {
    /// Refuses unknown options; codes of countries and currencies become upper case, so that a later layer
    /// replaces the same one.
    fn new(name: String, table: Table) -> Result<Self, ConfigError> {
        let mut known = Table::new();
        for (section, value) in table {
            let toml::Value::Table(options) = value else {
                return Err(ConfigError(not_in_a_section(&section)));
            };
            let options = if FREE_SECTIONS.contains(&section.as_str()) {
                upper_case_codes(&section, options)?
            } else {
                refuse_unknown(&section, &options)?;
                options
            };
            known.insert(section, toml::Value::Table(options));
        }
        Ok(Self { name, table: known })
    }
}

fn not_in_a_section(name: &str) -> String {
    if options::is_section(name) {
        format!("{name} is a section: write [{name}], and its options in the lines after it")
    } else {
        options::unknown(name, str::to_owned)
    }
}

fn refuse_unknown(section: &str, table: &Table) -> Result<(), ConfigError> {
    if table.is_empty() && !options::is_section(section) {
        return Err(ConfigError(format!(
            "[{section}] is not a section: `leaseline config default` lists them all"
        )));
    }
    for (key, value) in table {
        let key = format!("{section}.{key}");
        match value {
            toml::Value::Table(options) if options::is_section(&key) => refuse_unknown(&key, options)?,
            _ if options::find(&key).is_none() => return Err(ConfigError(not_in_a_section(&key))),
            _ => {}
        }
    }
    Ok(())
}

fn upper_case_codes(section: &str, table: Table) -> Result<Table, ConfigError> {
    let mut known = Table::new();
    for (code, value) in table {
        let upper = code.to_uppercase();
        if known.insert(upper.clone(), value).is_some() {
            return Err(ConfigError(format!("{section}.{upper} is set twice: keep one of them")));
        }
    }
    Ok(known)
}

/// Parses TOML. An error has the number of the line, but not the line itself, which may contain a secret.
fn parse(name: &str, text: &str) -> Result<Table, ConfigError> {
    text.parse::<Table>().map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let message = error.message().replace('\n', ", ");
        ConfigError(format!("{name} is not TOML: line {line}: {message}"))
    })
}
