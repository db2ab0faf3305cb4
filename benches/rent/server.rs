//! The server under test: the real application in a process of its own, plus the yardstick on a port of its own:
//! `POST /ceiling` authenticates and parses the same request through the same layers and answers a constant.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, State};
use axum::middleware;
use axum::response::Response;
use axum::routing::post;
use leaseline::app::App;
use leaseline::clock::{Clock, Random};
use leaseline::config::Config;
use leaseline::http::auth_failures::AuthFailures;
use leaseline::http::caller_secrets::{CallerSecrets, SharedSecrets};
use leaseline::http::{server, trace};
use leaseline::metrics::Metrics;
use leaseline::onlinesim::auth::{Keys, OnlinesimCaller};
use leaseline::onlinesim::response::{self, ProtocolError};
use leaseline::onlinesim::{RequestLimits, bounded};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::{ADMIN_TOKEN, KEY};

/// The argument that makes this program the server.
pub const ROLE: &str = "--serve-the-bench";

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
    /// Where Onlinesim and the gateways are served.
    pub onlinesim: SocketAddr,
    /// Where the admin is served.
    pub admin: SocketAddr,
    /// Where the yardstick is.
    pub ceiling: SocketAddr,
}

impl Server {
    /// Starts this program again as the server on that database, and waits until it listens.
    pub fn start(database: &Path, push_url: &str) -> Self {
        Self::start_with(database, push_url, &[])
    }

    /// The same with settings, written as in the environment.
    pub fn start_with(database: &Path, push_url: &str, settings: &[(&str, &str)]) -> Self {
        let program: PathBuf = std::env::current_exe().unwrap();
        let mut child = Command::new(program)
            .args([ROLE, database.to_str().unwrap(), push_url])
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut address = || lines.next().unwrap().unwrap().parse().unwrap();
        let (onlinesim, admin, ceiling) = (address(), address(), address());
        Self {
            child,
            onlinesim,
            admin,
            ceiling,
        }
    }

    /// The id of its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Resident memory at its highest, bytes, as the kernel counts it.
    pub fn memory_bytes_max(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// The configuration of a server on that database.
pub fn config(database: &Path, push_url: &str) -> Config {
    let url = format!("sqlite:{}", database.display());
    let settings = [
        ("LEASELINE_ONLINESIM__KEYS", KEY),
        ("LEASELINE_ADMIN__TOKEN", ADMIN_TOKEN),
        ("LEASELINE_STORAGE__URL", url.as_str()),
        ("LEASELINE_PUSH__URL", push_url),
        // Rows are about what comes after its two seconds.
        ("LEASELINE_STORAGE__CHECK", "off"),
    ];
    let own = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let more = std::env::vars().filter(|(name, _)| name.starts_with("LEASELINE_"));
    Config::load(None, more.chain(own)).unwrap()
}

/// What the child does.
pub fn serve(database: &str, push_url: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let config = config(Path::new(database), push_url);
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let onlinesim = server::bind(any, "bench").await.unwrap();
        let admin = server::bind(any, "bench").await.unwrap();
        let ceiling = server::bind(any, "bench").await.unwrap();
        let addresses = [&onlinesim, &admin, &ceiling].map(|listener| listener.local_addr().unwrap());
        let router = yardstick(&config);
        let app = App::build(config, Clock::system(), Random::system()).await.unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(server::serve(ceiling, router, stop.clone()));
        println!("{}\n{}\n{}", addresses[0], addresses[1], addresses[2]);
        std::io::stdout().flush().unwrap();
        app.serve(onlinesim, admin, stop).await.unwrap();
    });
}

#[derive(Clone)]
struct Yardstick(Keys, RequestLimits);

impl FromRef<Yardstick> for Keys {
    fn from_ref(yardstick: &Yardstick) -> Self {
        yardstick.0.clone()
    }
}

fn yardstick(config: &Config) -> Router {
    let limits = RequestLimits {
        deadline: config.onlinesim.deadline,
        body_bytes_max: config.onlinesim.body_bytes_max,
        prefixes_max: config.onlinesim.prefixes_max,
    };
    let failures = AuthFailures::new(&Clock::system(), &Arc::default());
    let secrets = SharedSecrets::new(CallerSecrets {
        keys: config.onlinesim.keys.clone(),
        admin_token: SecretString::default(),
    });
    let keys = Keys::new(secrets, config.onlinesim.auth, failures);
    let router = Router::new()
        .route("/ceiling", post(constant))
        .with_state(Yardstick(keys, limits));
    bounded(router, limits, Arc::new(Metrics::new(Clock::system().now()))).layer(middleware::from_fn(trace::log))
}

impl FromRef<Yardstick> for RequestLimits {
    fn from_ref(yardstick: &Yardstick) -> Self {
        yardstick.1
    }
}

async fn constant(
    State(Yardstick(_, limits)): State<Yardstick>,
    caller: OnlinesimCaller,
) -> Result<Response, ProtocolError> {
    caller.fields()?.get_number(limits.prefixes_max)?;
    Ok(response::success())
}
