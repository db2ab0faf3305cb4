//! `[onlinesim]`: what Onlinesim and the gateways call.

use std::net::SocketAddr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::checks::{self, CheckResult, InvalidOption};
use super::{duration, secret};

/// Onlinesim drops a request after 10 s; a commit that is on its way to the disk at the deadline is waited for a little
/// longer, and the answer needs time for its way, too.
const DEADLINE_MAX: Duration = Duration::from_secs(9);

/// The listener for Onlinesim and the gateways.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OnlinesimConfig {
    /// Where it listens; port 0 takes any free port.
    pub listen: SocketAddr,
    /// Base under which gateways reach this listener; `gateway.public_url` goes before it.
    pub public_url: Option<String>,
    /// Keys of Onlinesim's calls: all are accepted, the first one is used for our own. Not empty when serving.
    #[serde(default, serialize_with = "secret::list")]
    pub keys: Vec<SecretString>,
    /// Where the key has to be.
    pub auth: OnlinesimAuth,
    /// Time within which every answer leaves; less than the 10 s of the protocol.
    #[serde(with = "duration")]
    pub deadline: Duration,
    /// Bytes that the body of one request may have.
    pub body_bytes_max: usize,
    /// Entries that `exceptionPhoneSet` may have.
    pub prefixes_max: usize,
}

/// Where Onlinesim's calls carry the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OnlinesimAuth {
    /// In `Authorization: Bearer`; and the same one in the body's `key`, as the protocol says.
    Bearer,
    /// In the body's `key` alone, for accounts whose calls come without the header.
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
                    "holds an empty key: fill it in or take it away",
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
                format!("is {deadline}, but Onlinesim drops a request after 10 s: set at most 9s"),
            ));
        }
        checks::within("onlinesim.prefixes_max", self.prefixes_max, &(1..=100_000))?;
        checks::within("onlinesim.body_bytes_max", self.body_bytes_max, &(1_024..=16 << 20))
    }
}
