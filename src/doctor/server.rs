//! Whether a server runs with this configuration.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::{Client, Response};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::{CheckFinding, DoctorCheck};
use crate::config::Config;
use crate::http_client::{self, describe, reachable, read_body};

const CHECK: DoctorCheck = DoctorCheck::Server;
/// How long each answer of the admin listener may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);
/// The longest answer that is read: metrics have a line for each gateway and country.
const ANSWER_BYTES_MAX: usize = 8 << 20;

/// What answers on the admin listener.
#[derive(Debug)]
pub(super) enum ServerState {
    /// A server.
    Running(RunningServer),
    /// Nothing listens there.
    Stopped(SocketAddr),
    /// The port is not known before a server has started.
    AnyPort,
    /// Something else answers, or nothing in time.
    Unclear(SocketAddr, String),
}

/// A server as it describes itself.
#[derive(Debug)]
pub(super) struct RunningServer {
    address: SocketAddr,
    version: String,
    /// The status of `/readyz`, and its body.
    readiness: Result<(u16, Value), String>,
    /// Its metrics; `None`: it does not accept the token.
    pub(super) metrics: Option<String>,
}

/// Asks the admin listener.
pub(super) async fn state(config: &Config) -> ServerState {
    let address = reachable(config.admin.listen);
    if address.port() == 0 {
        return ServerState::AnyPort;
    }
    let client = match http_client::builder(ANSWER_TIMEOUT).no_proxy().build() {
        Ok(client) => client,
        Err(error) => return ServerState::Unclear(address, describe(&error)),
    };
    let answer = match client.get(format!("http://{address}/healthz")).send().await {
        Ok(answer) => answer,
        Err(error) if error.is_connect() && !error.is_timeout() => return ServerState::Stopped(address),
        Err(error) => return ServerState::Unclear(address, describe(&error)),
    };
    let status = answer.status();
    match version(&json(answer).await) {
        Some(version) if status.is_success() => {
            let (readiness, metrics) = tokio::join!(readiness(&client, address), metrics(&client, address, config));
            ServerState::Running(RunningServer {
                address,
                version,
                readiness,
                metrics,
            })
        }
        _ => ServerState::Unclear(address, "another program answers".to_owned()),
    }
}

/// The version in an answer to `/healthz`; `None`: another program answered.
pub(super) fn version(health: &Value) -> Option<String> {
    let is_ok = health["status"] == "ok";
    health["version"].as_str().filter(|_| is_ok).map(str::to_owned)
}

/// The body as JSON; null where it is something else.
pub(super) async fn json(answer: Response) -> Value {
    let body = read_body(answer, ANSWER_BYTES_MAX).await.unwrap_or_default();
    serde_json::from_slice(&body).unwrap_or_default()
}

async fn readiness(client: &Client, address: SocketAddr) -> Result<(u16, Value), String> {
    let answer = client.get(format!("http://{address}/readyz")).send().await;
    let answer = answer.map_err(|error| describe(&error))?;
    Ok((answer.status().as_u16(), json(answer).await))
}

async fn metrics(client: &Client, address: SocketAddr, config: &Config) -> Option<String> {
    let token = config.admin.token.expose_secret();
    let request = client.get(format!("http://{address}/metrics")).bearer_auth(token);
    let answer = request
        .send()
        .await
        .ok()
        .filter(|answer| answer.status().is_success())?;
    let body = read_body(answer, ANSWER_BYTES_MAX).await.ok()?;
    String::from_utf8(body).ok()
}

impl ServerState {
    /// The server, if one runs.
    pub(super) const fn running(&self) -> Option<&RunningServer> {
        match self {
            Self::Running(server) => Some(server),
            _ => None,
        }
    }

    pub(super) fn findings(&self) -> Vec<CheckFinding> {
        match self {
            Self::Running(server) => server.findings(),
            Self::Stopped(address) => vec![CHECK.skipped(format!(
                "no server runs: nothing listens at {address} (admin.listen); what needs one is not looked at"
            ))],
            Self::AnyPort => vec![CHECK.skipped(
                "admin.listen has port 0, so it is not known whether a server runs; what needs one is not looked at",
            )],
            Self::Unclear(address, reason) => vec![CHECK.wrong(
                format!("no server answers at {address} (admin.listen): {reason}"),
                "see which program has that port (`ss -ltnp`), and the log of the server",
            )],
        }
    }
}

impl RunningServer {
    fn findings(&self) -> Vec<CheckFinding> {
        let Self { address, version, .. } = self;
        let mut findings = vec![match &self.readiness {
            Ok((200, _)) => CHECK.ok(format!("leaseline {version} answers at {address}, and is ready")),
            Ok((status, body)) => CHECK.wrong(
                format!(
                    "the server at {address} is not ready (HTTP {status}): {}",
                    not_ready(body)
                ),
                "its log has the reason; restart it when a worker has stopped",
            ),
            Err(reason) => CHECK.wrong(
                format!("the server at {address} does not answer /readyz: {reason}"),
                "its log has the reason",
            ),
        }];
        if version != env!("CARGO_PKG_VERSION") {
            findings.push(CHECK.warning(
                format!(
                    "it is another version than this command ({})",
                    env!("CARGO_PKG_VERSION")
                ),
                "restart the server to run the one that is installed",
            ));
        }
        findings
    }
}

/// What `/readyz` reports: the state of the database, and the workers that stopped.
fn not_ready(body: &Value) -> String {
    let database = body["database"].as_str().unwrap_or("unknown");
    let stopped = body["stopped_workers"].as_array().into_iter().flatten();
    let stopped: Vec<&str> = stopped.filter_map(Value::as_str).collect();
    match stopped.is_empty() {
        true => format!("the database is {database}"),
        false => format!(
            "the database is {database}, and these workers stopped: {}",
            stopped.join(", ")
        ),
    }
}
