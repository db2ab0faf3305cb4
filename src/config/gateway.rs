//! `[gateway]`: how the SMS of gateways are read and kept apart.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::checks::{self, CheckResult, InvalidOption};
use super::duration;
use super::onlinesim::OnlinesimConfig;

/// The API of the gateways.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayConfig {
    /// Base under which gateways reach the partner's listener, see [`GatewayConfig::public_base`].
    pub public_url: Option<String>,
    /// A gateway delivers SMS for its own numbers only: one for another's number is unassigned.
    pub strict: bool,
    /// The most SMS that one rental is given in an hour.
    pub sms_per_number_max: u32,
    /// How long the same SMS again, without an id, is taken for a repetition; zero: never.
    #[serde(with = "duration")]
    pub duplicate_window: Duration,
    /// How long a concatenated SMS waits for its missing parts.
    #[serde(with = "duration")]
    pub parts_timeout: Duration,
    /// How far the time stamp of a signed request may lie from our clock.
    #[serde(with = "duration")]
    pub replay_window: Duration,
    /// With which methods SMS may be sent: at least one, each once.
    pub methods: Vec<GatewayMethod>,
}

/// A method of HTTP with which a gateway may send SMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum GatewayMethod {
    /// The SMS is in the query.
    Get,
    /// The SMS is in the body.
    Post,
    /// As POST.
    Put,
}

impl GatewayConfig {
    /// What the URL of a gateway begins with, without a slash at the end, as the gateway calls it: signatures cover it.
    /// `bound` is the address that `onlinesim.listen` became; it is used when the operator set no public URL.
    #[must_use]
    pub fn public_base(&self, onlinesim: &OnlinesimConfig, bound: SocketAddr) -> String {
        match self.public_url.as_ref().or(onlinesim.public_url.as_ref()) {
            Some(url) => url.trim_end_matches('/').to_owned(),
            // An address that stands for all of this machine's is none to call.
            None if bound.ip().is_unspecified() => format!("http://127.0.0.1:{}", bound.port()),
            None => format!("http://{bound}"),
        }
    }

    pub(super) fn check(&self) -> CheckResult {
        if let Some(url) = &self.public_url {
            checks::path_base("gateway.public_url", url)?;
        }
        checks::within("gateway.sms_per_number_max", self.sms_per_number_max, &(1..=1_000_000))?;
        checks::duration("gateway.duplicate_window", self.duplicate_window)?;
        checks::positive_duration("gateway.parts_timeout", self.parts_timeout)?;
        checks::positive_duration("gateway.replay_window", self.replay_window)?;
        let mut seen = HashSet::new();
        if self.methods.iter().all(|method| seen.insert(method)) {
            return Ok(());
        }
        Err(InvalidOption::new(
            "gateway.methods",
            "holds the same method twice: set each method once",
        ))
    }
}
