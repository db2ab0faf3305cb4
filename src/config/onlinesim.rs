//! `[onlinesim]`: the API for Onlinesim.

use std::net::SocketAddr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::checks::{self, CheckResult, InvalidOption};
use super::{duration, secret, text};
use crate::domain::network::Networks;

/// Onlinesim gives up on a request after 10 s. A commit that has begun at the deadline takes a little longer, and sending the
/// answer takes time, too.
const DEADLINE_MAX: Duration = Duration::from_secs(9);

/// The listener for Onlinesim and the gateways.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OnlinesimConfig {
    /// Its address; port 0: any free port.
    pub listen: SocketAddr,
    /// The base URL under which gateways reach this listener; `gateway.public_url` has priority.
    pub public_url: Option<String>,
    /// Keys of Onlinesim's requests: all are accepted, the first one is used for pushes. Not empty when serving.
    #[serde(default, serialize_with = "secret::list")]
    pub keys: Vec<SecretString>,
    /// Where requests carry the key.
    pub auth: OnlinesimAuth,
    /// The networks from which Onlinesim calls; none: requests from everywhere are answered.
    #[serde(default, with = "text::networks", skip_serializing_if = "Networks::is_empty")]
    pub allow: Networks,
    /// Time within which every answer is sent; less than the 10 s of the protocol.
    #[serde(with = "duration")]
    pub deadline: Duration,
    /// The largest body of a request in bytes.
    pub body_bytes_max: usize,
    /// The most entries of `exceptionPhoneSet`.
    pub prefixes_max: usize,
}

/// Where Onlinesim's requests carry the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OnlinesimAuth {
    /// In `Authorization: Bearer` and in the body's `key`, as the protocol demands.
    Bearer,
    /// In the body's `key` alone, for accounts whose requests have no such header.
    Body,
}

impl OnlinesimConfig {
    pub(super) fn check(&self) -> CheckResult {
        if let Some(url) = &self.public_url {
            checks::path_base("onlinesim.public_url", url)?;
        }
        for key in &self.keys {
            if key.expose_secret().is_empty() {
                return Err(InvalidOption::new(
                    "onlinesim.keys",
                    "contains an empty key: fill it in or remove it",
                ));
            }
            checks::header_secret("onlinesim.keys", key)?;
        }
        checks::distinct("onlinesim.keys", &self.keys)?;
        checks::positive_duration("onlinesim.deadline", self.deadline)?;
        if self.deadline > DEADLINE_MAX {
            let deadline = duration::text(self.deadline);
            return Err(InvalidOption::new(
                "onlinesim.deadline",
                format!("is {deadline}, but Onlinesim gives up on a request after 10 s: set at most 9s"),
            ));
        }
        checks::within("onlinesim.prefixes_max", self.prefixes_max, &(1..=100_000))?;
        checks::within("onlinesim.body_bytes_max", self.body_bytes_max, &(1_024..=16 << 20))
    }
}
