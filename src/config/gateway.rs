//! `[gateway]`: the API for gateways.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::checks::{self, CheckResult, InvalidOption};
use super::duration;
use super::onlinesim::OnlinesimConfig;
use super::tls::{CertificateSource, TlsConfig};

/// The API for gateways.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayConfig {
    /// The base URL under which gateways reach the server, see [`GatewayConfig::public_base`].
    pub public_url: Option<String>,
    /// A gateway delivers SMS for its own numbers only; others are unassigned.
    pub strict: bool,
    /// The most SMS that one rental receives in an hour.
    pub sms_per_number_max: u32,
    /// Within which time an SMS without an id counts as a repetition of one with the same content; zero: never.
    #[serde(with = "duration")]
    pub duplicate_window: Duration,
    /// How long a concatenated SMS waits for its missing parts.
    #[serde(with = "duration")]
    pub parts_timeout: Duration,
    /// How much the timestamp of a signed request may differ from the server's clock.
    #[serde(with = "duration")]
    pub replay_window: Duration,
    /// The HTTP methods with which SMS may be sent: at least one, each once.
    pub methods: Vec<GatewayMethod>,
}

/// An HTTP method with which a gateway may send SMS.
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
    /// The base of a gateway's URL, without a slash at the end, as the gateway calls it: signatures cover it. Without a
    /// public URL it is derived from the certificate's domain, or from `bound`, the actual address of `onlinesim.listen`.
    #[must_use]
    pub fn public_base(&self, onlinesim: &OnlinesimConfig, tls: &TlsConfig, bound: SocketAddr) -> String {
        if let Some(url) = self.public_url.as_ref().or(onlinesim.public_url.as_ref()) {
            return url.trim_end_matches('/').to_owned();
        }
        let scheme = match tls.source() {
            // The authority connects to port 443 of the domain, so others can, too.
            Some(CertificateSource::Acme([domain, ..])) => return format!("https://{domain}"),
            Some(_) => "https",
            None => "http",
        };
        // An unspecified address cannot be called.
        match bound.ip().is_unspecified() {
            true => format!("{scheme}://127.0.0.1:{}", bound.port()),
            false => format!("{scheme}://{bound}"),
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
            "contains the same method twice: set each method once",
        ))
    }
}
