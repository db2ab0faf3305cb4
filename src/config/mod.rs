//! The configuration: `defaults.toml`, then the operator's TOML file, then the environment.
//!
//! [`Config::load`] reads only its arguments, so that tests and the demo load a configuration the same way as production.
//! Every error names the option ([`ConfigError`]).
//!
//! `options.rs` lists the options, `layers.rs` merges the layers, `environment.rs` reads the variables, `checks.rs` has the
//! checks that sections share and those between two sections.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::domain::purchase::rates::ExchangeRates;

mod checks;
mod countries;
mod duration;
mod environment;
mod layers;
mod options;
mod rates;
mod secret;
mod section;
mod text;

pub mod admin;
pub mod backup;
pub mod filter;
pub mod gateway;
pub mod http;
pub mod import;
pub mod notify;
pub mod onlinesim;
pub mod push;
pub mod rent;
pub mod retention;
pub mod storage;
pub mod suppliers;
pub mod telemetry;
pub mod tls;
pub mod troubles;

#[cfg(test)]
mod tests;

pub use environment::process_environment;

/// The default file, which is also the manual: `leaseline config default` prints it.
pub const DEFAULTS: &str = include_str!("defaults.toml");

/// A valid configuration. Debug and Serialize hide the secrets.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The API for Onlinesim.
    pub onlinesim: onlinesim::OnlinesimConfig,
    /// The admin API.
    pub admin: admin::AdminConfig,
    /// What both listeners share.
    pub http: http::HttpConfig,
    /// HTTPS.
    pub tls: tls::TlsConfig,
    /// The database.
    pub storage: storage::StorageConfig,
    /// Backups that the server makes by itself.
    pub backup: backup::BackupConfig,
    /// Pushes to Onlinesim.
    pub push: push::PushConfig,
    /// Silent rentals, strikes and bans.
    pub rent: rent::RentConfig,
    /// The API for gateways.
    pub gateway: gateway::GatewayConfig,
    /// SMS that are withheld from renters.
    pub filter: filter::FilterConfig,
    /// The import of numbers.
    pub import: import::ImportConfig,
    /// What is deleted, and when.
    pub retention: retention::RetentionConfig,
    /// When a condition is a trouble.
    pub troubles: troubles::TroublesConfig,
    /// Where the operator is notified of troubles.
    pub notify: notify::NotifyConfig,
    /// Logs.
    pub telemetry: telemetry::TelemetryConfig,
    /// What is the same for all wholesalers.
    pub suppliers: suppliers::SuppliersConfig,
    /// Multitel's API v3.
    pub multitel_v3: suppliers::multitel::MultitelConfig,
    /// Multitel's older API.
    pub multitel: suppliers::multitel::MultitelConfig,
    /// CM.com Voice Management.
    pub cm: suppliers::cm::CmConfig,
    /// What is inferred of CM.com's API.
    pub cm_wire: suppliers::cm_wire::CmWireConfig,
    /// CarrierX.
    pub carrierx: suppliers::carrierx::CarrierXConfig,
    /// What one unit of a currency is worth in roubles, by its ISO 4217 code.
    pub rates: BTreeMap<String, String>,
    /// Onlinesim's names of countries that differ from the built-in ones, by ISO 3166 alpha-2 code in upper case.
    pub countries: BTreeMap<String, String>,
}

/// Why a configuration is refused. The message names the option and a valid value, and never contains a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl From<checks::InvalidOption> for ConfigError {
    fn from(problem: checks::InvalidOption) -> Self {
        Self(format!("{} {}", problem.key, problem.message))
    }
}

/// Whether a configuration file sets a key, a token or a password; also true when it cannot be read.
#[must_use]
pub fn has_secrets(file: &Path) -> bool {
    let text = std::fs::read_to_string(file).ok();
    let table = text.and_then(|text| text.parse::<toml::Table>().ok());
    table.is_none_or(|table| options::sets_secret(&table))
}

impl Config {
    /// The configuration of a server.
    ///
    /// `environment` is usually [`process_environment`]; variables that do not start with `LEASELINE_` are ignored.
    ///
    /// # Errors
    /// An option is unknown, missing, empty, wrong or contradicts another one, or the file cannot be read.
    pub fn load<N, V>(file: Option<&Path>, environment: impl IntoIterator<Item = (N, V)>) -> Result<Self, ConfigError>
    where
        N: Into<String>,
        V: Into<String>,
    {
        let layers = layers::Layers::read(file, environment)?;
        layers.refuse_missing()?;
        layers.config()
    }

    /// The configuration of a command that neither serves nor pushes (`migrate`, `import`, `healthcheck`, `config show`):
    /// `onlinesim.keys`, `admin.token` and `push.url` may be missing and are then empty. All else is checked as strictly.
    ///
    /// # Errors
    /// As [`Config::load`], except for missing options.
    pub fn load_for_upkeep<N, V>(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, ConfigError>
    where
        N: Into<String>,
        V: Into<String>,
    {
        layers::Layers::read(file, environment)?.config()
    }

    /// All that is wrong with the configuration of a server: what is missing, empty and invalid; of each section, the first
    /// invalid option. An option that is unknown hides the rest.
    pub fn faults<N, V>(file: Option<&Path>, environment: impl IntoIterator<Item = (N, V)>) -> Vec<ConfigError>
    where
        N: Into<String>,
        V: Into<String>,
    {
        match layers::Layers::read(file, environment) {
            Ok(layers) => layers.faults(),
            Err(error) => vec![error],
        }
    }

    /// What other currencies are worth in roubles.
    ///
    /// # Errors
    /// A rate is wrong, which [`Config::load`] refuses.
    pub fn exchange_rates(&self) -> Result<ExchangeRates, ConfigError> {
        Ok(rates::checked(&self.rates)?)
    }

    /// The configuration in effect as TOML, for people; secrets are shown as `***`.
    #[must_use]
    pub fn to_toml_redacted(&self) -> String {
        toml::to_string(self).expect("sections of texts, numbers and lists of texts are always TOML")
    }
}
