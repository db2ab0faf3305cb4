//! The configuration: `defaults.toml`, then the operator's TOML file, then the environment.
//!
//! [`Config::load`] reads nothing but what it is given, so that tests and the demo build a configuration the same
//! way as production. Whatever is wrong becomes one sentence that names the option ([`ConfigError`]).
//!
//! `options.rs` lists the options, `layers.rs` puts the layers on top of each other, `environment.rs` reads the
//! variables, `checks.rs` holds what the sections share and what two sections must agree on.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

mod checks;
mod countries;
mod duration;
mod environment;
mod layers;
mod options;
mod secret;

pub mod admin;
pub mod gateway;
pub mod import;
pub mod onlinesim;
pub mod push;
pub mod rent;
pub mod retention;
pub mod storage;
pub mod telemetry;
pub mod troubles;

#[cfg(test)]
mod tests;

pub use environment::process_environment;

/// The default file, which is also the manual: `leaseline config default` prints it.
pub const DEFAULTS: &str = include_str!("defaults.toml");

/// Everything an operator can set, valid as a whole. Debug and Serialize hide the secrets.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What Onlinesim and the gateways call.
    pub onlinesim: onlinesim::OnlinesimConfig,
    /// The REST interface for the operator.
    pub admin: admin::AdminConfig,
    /// Where everything is kept.
    pub storage: storage::StorageConfig,
    /// Our calls to Onlinesim.
    pub push: push::PushConfig,
    /// Silent rentals, strikes and bans.
    pub rent: rent::RentConfig,
    /// SMS from gateways.
    pub gateway: gateway::GatewayConfig,
    /// Numbers that come in many at a time.
    pub import: import::ImportConfig,
    /// What is deleted, and when.
    pub retention: retention::RetentionConfig,
    /// When a condition is a trouble.
    pub troubles: troubles::TroublesConfig,
    /// Logs.
    pub telemetry: telemetry::TelemetryConfig,
    /// Names of countries on the wire that differ from ours: ISO 3166 alpha-2 code in upper case -> name in lower case.
    pub countries: BTreeMap<String, String>,
}

/// Why a configuration is refused: one sentence that names the option and what would be right, never a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl Config {
    /// The configuration with which the server may start.
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

    /// The configuration for a command that neither serves nor pushes (`migrate`, `import`, `healthcheck`, `config
    /// show`): `onlinesim.keys`, `admin.token` and `push.url` may be missing and are then empty. All else is as strict.
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

    /// What is in effect, as TOML for a person; each secret that is set reads `***`.
    #[must_use]
    pub fn to_toml_redacted(&self) -> String {
        toml::to_string(self).expect("sections of texts, numbers and lists of texts are always TOML")
    }
}
