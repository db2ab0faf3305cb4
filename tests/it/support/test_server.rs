//! The real server on a file of its own, with a clock that stands still and a simulated Onlinesim.
//!
//! Requests go through the routers that production serves. No worker runs by itself: [`TestServer::tick`] does what is due.
//! A test ends with [`TestServer::close`], which checks the ledger and the counters; one that forgets it fails.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use axum::Router;
use leaseline::app::App;
use leaseline::clock::{Clock, Random, parse_rfc3339};
use leaseline::config::Config;
use leaseline::domain::trouble::Trouble;
use leaseline::flow::Flows;
use leaseline::storage::Database;
use leaseline::worker::Worker as _;
use tempfile::TempDir;

use super::onlinesim::Onlinesim;

pub const KEY: &str = "key-of-onlinesim";
pub const ADMIN_TOKEN: &str = "token-of-the-admin";
/// When the clock stands still for the first time.
pub const START: &str = "2026-11-20T12:00:00Z";
/// The first number of [`TestServer::stocked`]; the others follow it.
pub const NUMBER: u64 = 46_700_000_001;
/// The price of the first period of a rental, unless a test gives another one.
pub const SUM: i64 = 320;

pub struct TestServer {
    pub clock: Clock,
    pub onlinesim: Onlinesim,
    settings: BTreeMap<String, String>,
    /// The URL of its database on PostgreSQL; `None`: it is a file.
    postgres: Option<String>,
    running: Option<Running>,
    starts: u64,
    directory: TempDir,
    closed: bool,
}

struct Running {
    app: App,
    onlinesim: Router,
    admin: Router,
}

/// A number that was rented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rented {
    pub number: u64,
    pub id: i64,
}

/// A gateway as the admin made it.
#[derive(Debug, Clone)]
pub struct Gateway {
    pub name: String,
    pub token: String,
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if !self.closed && !std::thread::panicking() {
            panic!("a test ends with server.close().await, which checks the ledger");
        }
    }
}

impl TestServer {
    /// A server with the defaults, but for a rest of zero between two rentals.
    pub async fn build() -> Self {
        Self::with(&[]).await
    }

    /// A server with settings, written as in the environment: `("PUSH__PARALLEL", "2")`.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        Self::in_directory(tempfile::tempdir().unwrap(), settings).await
    }

    /// A server whose file is in memory, where the machine offers that: for tests of thousands of steps.
    pub async fn in_memory_with(settings: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        Self::in_directory(directory.unwrap(), settings).await
    }

    async fn in_directory(directory: TempDir, settings: &[(&str, &str)]) -> Self {
        let clock = Clock::fixed(parse_rfc3339(START).unwrap());
        let onlinesim = Onlinesim::start(clock.clone()).await;
        let file = directory.path().join("leaseline.db");
        let mut all: BTreeMap<String, String> = [
            ("ONLINESIM__KEYS", KEY.to_owned()),
            ("ADMIN__TOKEN", ADMIN_TOKEN.to_owned()),
            ("PUSH__URL", onlinesim.url()),
            // How full the disk of the machine is does not matter to a test.
            ("TROUBLES__DISK_FREE_BYTES_MIN", "0".to_owned()),
            ("TROUBLES__DISK_FREE_PERCENT_MIN", "0".to_owned()),
            ("STORAGE__URL", format!("sqlite:{}", file.display())),
            // Numbers are rented again at once, unless a test is about their rest.
            ("RENT__REST", "0s".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        all.extend(
            settings
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let postgres = match super::postgres::is_chosen() {
            false => None,
            true => Some(super::postgres::cluster().await.unwrap().database().await),
        };
        let mut server = Self {
            clock,
            onlinesim,
            settings: all,
            postgres,
            running: None,
            starts: 0,
            directory,
            closed: false,
        };
        server.start().await;
        server
    }

    async fn start(&mut self) {
        self.starts += 1;
        let app = App::build(self.config(), self.clock.clone(), Random::seeded(self.starts))
            .await
            .unwrap();
        let address = "127.0.0.1:8080".parse().unwrap();
        self.running = Some(Running {
            onlinesim: app.onlinesim_router(address),
            admin: app.admin_router(address),
            app,
        });
    }

    fn config(&self) -> Config {
        let settings = self.settings.iter();
        let environment = settings.map(|(name, value)| (format!("LEASELINE_{name}"), value.clone()));
        let mut config = Config::load(None, environment).unwrap();
        if let Some(url) = &self.postgres {
            config.storage.url = url.as_str().into();
            config.storage.require_standby = false;
        }
        config
    }

    /// Stops the server as a crash does, and starts it again on the same file at the same time.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }

    /// The same, but it starts that much later.
    pub async fn stop_for(&mut self, span: Duration) {
        self.stop().await;
        self.advance(span);
        self.start().await;
    }

    /// The same with other settings.
    pub async fn restart_with(&mut self, settings: &[(&str, &str)]) {
        for (name, value) in settings {
            self.settings.insert((*name).to_owned(), (*value).to_owned());
        }
        self.restart().await;
    }

    /// The same without a setting.
    pub async fn restart_without(&mut self, setting: &str) {
        self.settings.remove(setting);
        self.restart().await;
    }

    pub(super) async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            let database = running.app.database.clone();
            drop(running);
            database.close().await;
        }
    }

    pub(super) fn mark_closed(&mut self) {
        self.closed = true;
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("the server runs between start and stop")
    }

    /// The parts of the server, for what no API offers: single workers, the database, wake-ups.
    pub fn app(&self) -> &App {
        &self.running().app
    }

    /// The listener of Onlinesim and the gateways; [`super::wire::Listening`] serves it over TCP.
    pub fn onlinesim_router(&self) -> Router {
        self.running().onlinesim.clone()
    }

    pub(super) fn admin_router(&self) -> Router {
        self.running().admin.clone()
    }

    /// The database file.
    pub fn file(&self) -> PathBuf {
        assert_eq!(
            self.postgres, None,
            "PostgreSQL has no file: the test is one of SQLite's own"
        );
        self.directory.path().join("leaseline.db")
    }

    /// The database on PostgreSQL, if it is there.
    pub(super) fn postgres(&self) -> Option<&str> {
        self.postgres.as_deref()
    }

    /// Calls use cases as another process does, such as a command: it shares only the file with the server.
    pub async fn in_another_process<T>(&self, work: impl AsyncFnOnce(&Flows) -> T) -> T {
        let database = Database::open(self.config().storage.url.expose()).await.unwrap();
        let (flows, _) = leaseline::app::flows(&self.config(), database.clone(), self.clock.clone(), Random::system());
        let done = work(&flows).await;
        drop(flows);
        database.close().await;
        done
    }

    /// Moves the clock and does nothing else.
    pub fn advance(&self, span: Duration) {
        self.clock.advance(span);
    }

    /// Lets every worker do what is due now.
    pub async fn tick(&self) {
        let app = self.app();
        app.undelivered.pass().await.unwrap();
        app.parts.pass().await.unwrap();
        app.deliveries.pass().await.unwrap();
        app.watchdog.pass().await.unwrap();
        app.bans.pass().await.unwrap();
        app.orders.pass().await.unwrap();
        // The worker itself folds only larger batches.
        while app.flows.fold_ledger(1).await.unwrap() > 0 {}
    }

    /// One pass of the worker that looks for troubles.
    pub async fn watch(&self) {
        self.app().troubles.pass().await.unwrap();
    }

    /// An event that is a trouble.
    pub fn note_trouble(&self) {
        self.app().flows.note_trouble(Trouble::SmsParked, 1, "the last");
    }

    /// One pass of the worker that reports troubles.
    pub async fn notify(&self) {
        self.app().notifications.pass().await.unwrap();
    }

    /// One pass of the worker that releases rentals whose answer did not reach the client.
    pub async fn release_undelivered(&self) {
        self.app().undelivered.pass().await.unwrap();
    }

    /// Moves the clock, then [`TestServer::tick`].
    pub async fn tick_after(&self, span: Duration) {
        self.advance(span);
        self.tick().await;
    }
}
