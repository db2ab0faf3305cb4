//! The listeners: that for Onlinesim and gateways is reached under its public address, and the admin's only from this machine.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::tls::TlsInfo;
use tokio::net::TcpStream;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::certificate::left;
use super::server::{json, version};
use super::{CheckFinding, DoctorCheck, Subject};
use crate::app::settings::gateway_base;
use crate::config::Config;
use crate::config::tls::CertificateSource;
use crate::http::tls::validity_of;
use crate::http_client::{self, describe, reachable};
use crate::worker::certificates::CertificateFiles;

const CHECK: DoctorCheck = DoctorCheck::Listeners;
/// How long an answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(8);
/// How long a connection to this machine's own listener may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// An address under which the server is called.
struct PublicAddress {
    /// The base of its URLs.
    base: String,
    /// The option that it comes from.
    option: &'static str,
    /// The host of `base` is looked for there; `None`: by DNS.
    resolved: Option<(String, SocketAddr)>,
}

/// Asks `/healthz` under each public address.
pub(super) async fn check(subject: &Arc<Subject>) -> Vec<CheckFinding> {
    let mut findings: Vec<CheckFinding> = exposed_admin(&subject.config).into_iter().collect();
    if subject.server.running().is_none() {
        findings.push(CHECK.skipped("no server is known to run, so nothing can answer"));
        return findings;
    }
    let reading = Arc::clone(subject);
    let Ok(addresses) = spawn_blocking(move || public_addresses(&reading.config)).await else {
        findings.push(CHECK.failed());
        return findings;
    };
    if addresses.is_empty() {
        let what =
            "the address is not known: onlinesim.public_url is not set, and neither port nor certificate tells it";
        findings.push(CHECK.skipped(what));
    }
    let local = reachable(subject.config.onlinesim.listen);
    let asked = addresses.iter().map(|address| ask(subject, address, local));
    findings.extend(futures_util::future::join_all(asked).await);
    findings
}

/// The admin listener speaks plain HTTP: on the network, the token could be read on its way.
fn exposed_admin(config: &Config) -> Option<CheckFinding> {
    let listen = config.admin.listen;
    (!listen.ip().is_loopback()).then(|| {
        CHECK.warning(
            format!(
                "admin.listen is {listen}: other machines may reach the admin API, and its token travels in plain HTTP"
            ),
            "set admin.listen to 127.0.0.1:8081; in a container, publish the port to the host's loopback only",
        )
    })
}

fn public_addresses(config: &Config) -> Vec<PublicAddress> {
    let configured = [
        ("onlinesim.public_url", &config.onlinesim.public_url),
        ("gateway.public_url", &config.gateway.public_url),
    ];
    let configured = configured
        .into_iter()
        .filter_map(|(option, url)| Some((option, url.as_ref()?)));
    let addresses: Vec<PublicAddress> = configured
        .map(|(option, url)| PublicAddress {
            base: url.trim_end_matches('/').to_owned(),
            option,
            resolved: None,
        })
        .collect();
    match addresses.is_empty() {
        true => derived(config).into_iter().collect(),
        false => addresses,
    }
}

/// Without a public URL: the certificate's domain, or the listener itself.
fn derived(config: &Config) -> Option<PublicAddress> {
    let local = reachable(config.onlinesim.listen);
    let (base, resolved) = match config.tls.source() {
        Some(CertificateSource::Acme(_)) => (gateway_base(config, local), None),
        _ if local.port() == 0 => return None,
        None => (gateway_base(config, local), None),
        Some(CertificateSource::Files { cert, key }) => {
            let files = CertificateFiles {
                cert: cert.clone(),
                key: key.clone(),
            };
            let host = files.load().ok()?.first_name()?.to_owned();
            (format!("https://{host}:{}", local.port()), Some((host, local)))
        }
    };
    Some(PublicAddress {
        base,
        option: "onlinesim.listen",
        resolved,
    })
}

async fn ask(subject: &Subject, address: &PublicAddress, local: SocketAddr) -> CheckFinding {
    let PublicAddress { base, option, resolved } = address;
    let mut builder = http_client::builder(ANSWER_TIMEOUT).no_proxy().tls_info(true);
    if let Some((host, at)) = resolved {
        builder = builder.resolve(host, *at);
    }
    let answer = match builder.build() {
        Ok(client) => client.get(format!("{base}/healthz")).send().await,
        Err(error) => Err(error),
    };
    match answer {
        Err(error) => not_reached(address, &describe(&error), local).await,
        Ok(answer) => {
            let status = answer.status().as_u16();
            let served = answer.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate);
            let served = served.and_then(validity_of);
            let now = subject.clock.now();
            if version(&json(answer).await).is_none() {
                return CHECK.wrong(
                    format!(
                        "{} ({option}) answers, but not as this server: HTTP {status}",
                        shown(base)
                    ),
                    "the proxy there has to pass all paths on to onlinesim.listen",
                );
            }
            match served {
                Some(validity) if now >= validity.trouble_from() => CHECK.wrong(
                    format!(
                        "{} ({option}) answers, but of its certificate: {}",
                        shown(base),
                        left(validity, now)
                    ),
                    "renew it where it is served: here, or at the proxy",
                ),
                Some(validity) => CHECK.ok(format!(
                    "{} ({option}) answers; of its certificate: {}",
                    shown(base),
                    left(validity, now)
                )),
                None => CHECK.ok(format!("{} ({option}) answers", shown(base))),
            }
        }
    }
}

/// Nobody answered: whether the listener itself is there.
async fn not_reached(address: &PublicAddress, reason: &str, local: SocketAddr) -> CheckFinding {
    let PublicAddress { base, option, .. } = address;
    let is_there = local.port() != 0 && matches!(timeout(CONNECT_TIMEOUT, TcpStream::connect(local)).await, Ok(Ok(_)));
    let (listener, what_to_do) = match is_there {
        true => (
            format!("the listener itself is there, at {local}"),
            "see DNS, the firewall, the port that is passed on, and the proxy; a home router may refuse its own public \
             address from inside: then try `curl` from elsewhere",
        ),
        false => (
            format!("the listener itself, at {local}, does not answer either"),
            "compare onlinesim.listen with what the server printed at its start, and restart it",
        ),
    };
    CHECK.wrong(
        format!("{} ({option}) does not answer: {reason}; {listener}", shown(base)),
        what_to_do,
    )
}

/// Scheme, host and port.
fn shown(base: &str) -> String {
    Url::parse(base).map_or_else(
        |_| "the public URL".to_owned(),
        |url| url.origin().ascii_serialization(),
    )
}
