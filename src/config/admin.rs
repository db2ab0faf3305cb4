//! `[admin]`: the admin API.

use std::net::SocketAddr;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::checks::{self, CheckResult};
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
        checks::secret_length("admin.token", &self.token, TOKEN_CHARACTERS_MIN)?;
        checks::header_secret("admin.token", &self.token)?;
        checks::within("admin.body_bytes_max", self.body_bytes_max, &(1_024..=1 << 30))
    }
}
