//! `leaseline demo`: shows how everything works, without any set-up.
//!
//! It runs a real server on a temporary database and a simulated Onlinesim, with HTTP over loopback. It prints every request
//! and answer, and compares each answer with what the protocol demands.

mod numbers;
mod scenario;
mod transcript;

use std::net::SocketAddr;
use std::path::Path;

use clap::Args;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::transcript::Transcript;
use super::{CommandError, print};
use crate::app::App;
use crate::app::serve::TaskExited;
use crate::clock::{Clock, Random};
use crate::config::Config;
use crate::http::server;
use crate::lifecycle::Shutdown;
use crate::rehearsal::simulated_onlinesim::SimulatedOnlinesim;

/// The key of the simulated Onlinesim.
const KEY: &str = "demo-key";
/// The admin's token.
const ADMIN_TOKEN: &str = "demo-admin-token";

/// The arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// Exit after the scenario: with 0, or with 1 when an answer differed from what the protocol demands
    #[arg(long)]
    once: bool,
}

/// Runs the scenario; without `--once` the server keeps running afterwards.
///
/// # Errors
/// The server did not start, or an answer differed from what the protocol demands.
pub async fn run(arguments: DemoArguments) -> Result<(), CommandError> {
    let folder = tempfile::tempdir().map_err(|error| CommandError::failed(format!("no temporary folder: {error}")))?;
    let shutdown = Shutdown::listen().map_err(|error| CommandError::failed(format!("no signals: {error}")))?;
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let onlinesim = SimulatedOnlinesim::start(any, PUSH_PATH, |_| "SUCCESS")
        .await
        .map_err(CommandError::failed)?;

    // A guard interval of three seconds instead of twenty minutes, so that a silent rental ends during the demo.
    let server = DemoServer::start(folder.path(), &onlinesim, "3s", [any, any]).await?;
    let transcript = Transcript::new(server.partner, server.admin).map_err(CommandError::failed)?;
    let done = scenario::run(&transcript, &onlinesim, shutdown.token()).await?;
    let addresses = [server.partner, server.admin];
    server.stop().await;
    if arguments.once || shutdown.token().is_cancelled() {
        return result(&done.differences);
    }
    let server = DemoServer::start(folder.path(), &onlinesim, "20m", addresses).await?;
    print(&transcript.closing_help(&onlinesim.url, &done.gateway_path))?;
    shutdown.token().cancelled().await;
    server.stop().await;
    result(&done.differences)
}

fn result(differences: &[String]) -> Result<(), CommandError> {
    if differences.is_empty() {
        return Ok(());
    }
    Err(CommandError::failed(format!(
        "differed from what the protocol demands: {}",
        differences.join("; ")
    )))
}

/// A running server of the demo.
struct DemoServer {
    partner: SocketAddr,
    admin: SocketAddr,
    stop: CancellationToken,
    running: JoinHandle<Result<(), TaskExited>>,
}

/// The path of pushes by default.
const PUSH_PATH: &str = "/pushSmsRent";

impl DemoServer {
    async fn start(
        folder: &Path,
        onlinesim: &SimulatedOnlinesim,
        guard: &str,
        [partner, admin]: [SocketAddr; 2],
    ) -> Result<Self, CommandError> {
        let database = format!("sqlite:{}", folder.join("demo.db").display());
        let config = Config::load(
            None,
            [
                ("LEASELINE_ONLINESIM__KEYS", KEY),
                ("LEASELINE_ADMIN__TOKEN", ADMIN_TOKEN),
                ("LEASELINE_STORAGE__URL", database.as_str()),
                ("LEASELINE_PUSH__URL", onlinesim.url.as_str()),
                ("LEASELINE_RENT__GUARD", guard),
                ("LEASELINE_RENT__GUARD_GRACE", "0s"),
                ("LEASELINE_RENT__START_GRACE", "0s"),
            ],
        )?;
        let partner: TcpListener = server::bind(partner, "onlinesim.listen")
            .await
            .map_err(CommandError::failed)?;
        let admin: TcpListener = server::bind(admin, "admin.listen")
            .await
            .map_err(CommandError::failed)?;
        let address = |listener: &TcpListener| {
            listener
                .local_addr()
                .map_err(|error| CommandError::failed(error.to_string()))
        };
        let (partner_address, admin_address) = (address(&partner)?, address(&admin)?);
        let app = App::build(config, Clock::system(), Random::system())
            .await
            .map_err(|error| CommandError::failed(error.to_string()))?;
        let stop = CancellationToken::new();
        let running = tokio::spawn(app.serve(partner, admin, stop.clone()));
        Ok(Self {
            partner: partner_address,
            admin: admin_address,
            stop,
            running,
        })
    }

    async fn stop(self) {
        self.stop.cancel();
        let _ended = self.running.await;
    }
}
