//! `[admin]`: the admin API.

use std::net::SocketAddr;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::checks::{self, CheckResult, InvalidOption};
use super::secret;

/// Shorter tokens can be guessed.
const TOKEN_CHARACTERS_MIN: usize = 16;

/// The listener of the admin API.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AdminConfig {
    /// Its address; must differ from `onlinesim.listen`.
    pub listen: SocketAddr,
    /// The Bearer token of admin requests. Not empty when serving.
    #[serde(default = "secret::unset", serialize_with = "secret::one")]
    pub token: SecretString,
    /// The largest body of a request in bytes; limits imports.
    pub body_bytes_max: usize,
}

impl AdminConfig {
    pub(super) fn check(&self) -> CheckResult {
        let characters = self.token.expose_secret().chars().count();
        if characters > 0 && characters < TOKEN_CHARACTERS_MIN {
            return Err(InvalidOption::new(
                "admin.token",
                format!(
                    "has {characters} characters: set at least {TOKEN_CHARACTERS_MIN}, for example with `openssl rand -hex 24`"
                ),
            ));
        }
        checks::header_secret("admin.token", &self.token)?;
        checks::within("admin.body_bytes_max", self.body_bytes_max, &(1_024..=1 << 30))
    }
}
