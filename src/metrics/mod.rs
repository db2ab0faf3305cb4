//! The server's metrics, in the format OpenMetrics: what it counts and measures while it works, and the figures of the database
//! that are read for one scrape.
//!
//! Every family, and every value of its closed labels, is there from the start, at 0. Open labels are the names of gateways and
//! countries, up to [`series::OPEN_LABELS_MAX`]; none is a number, a sender or a secret (rule 11). What a rental counts costs a
//! few atomic additions: no lock, no allocation, no search for a label.

pub mod histogram;
pub mod labels;
mod process;
mod read;
pub mod rentals;
pub mod series;
mod sms_in;
pub mod workers;

use std::time::Duration;

use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::domain::figures::Figures;
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;
use histogram::{Bounds, Histogram};
use labels::{AnswerStatus, BatchKind, ListenerName, PushResult, RequestAction, SmsResult};
use rentals::RentalMetrics;
use series::{ByLabel, ByLabels, Level, OneSeries as _, TimeGauge, seconds};
use sms_in::SmsIn;
use workers::{WorkerMetrics, WorkerSeries};

/// What the server counts. Shared by all of its modules; each uses the families of its own work.
#[derive(Debug)]
pub struct Metrics {
    /// Requests of Onlinesim's, from the head of the request to the answer.
    requests: ByLabels<RequestAction, AnswerStatus, Histogram>,
    last_request: ByLabel<RequestAction, TimeGauge>,
    sms_in: SmsIn,
    /// Rentals, and what follows from their ends.
    pub rentals: RentalMetrics,
    /// Pushes, from the request to the end of its answer.
    pub pushes: ByLabel<PushResult, Histogram>,
    /// From the arrival of an SMS to its acceptance by Onlinesim.
    pub acceptance: Histogram,
    /// Commits, until the log is synced to the disk.
    pub commits: Histogram,
    /// Requests per transaction.
    pub batches: ByLabel<BatchKind, Histogram>,
    /// Open connections.
    pub connections: ByLabel<ListenerName, Level>,
    /// The most connections.
    pub connections_max: ByLabel<ListenerName, Level>,
    workers: WorkerSeries,
    started_at: Timestamp,
    registry: Registry,
}

impl Metrics {
    /// Those of a server that starts at that time, all at 0.
    #[must_use]
    pub fn new(started_at: Timestamp) -> Self {
        let mut registry = Registry::with_prefix("leaseline");
        let all = &mut registry;
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        all.register("build", "The running program", Info::new(version));
        Self {
            requests: ByLabels::register(
                all,
                (
                    "onlinesim_request_seconds",
                    "Requests of Onlinesim, from the head of the request to the answer",
                ),
                ("action", "status"),
                || Histogram::new(Bounds::ANSWER),
            ),
            last_request: ByLabel::register(
                all,
                "onlinesim_last_request_timestamp_seconds",
                "When Onlinesim sent its last valid request; 0: none since the start",
                "action",
            ),
            sms_in: SmsIn::default(),
            rentals: RentalMetrics::register(all),
            pushes: ByLabel::register_with(
                all,
                (
                    "push_seconds",
                    "Pushes to Onlinesim, from the request to the end of its answer",
                ),
                "result",
                || Histogram::new(Bounds::ANSWER),
            ),
            acceptance: all.one(
                "sms_acceptance_seconds",
                "From the arrival of an SMS to its acceptance by Onlinesim",
                Histogram::new(Bounds::ACCEPTANCE),
            ),
            commits: all.one(
                "commit_seconds",
                "Commits, until they are synced to the disk",
                Histogram::new(Bounds::ANSWER),
            ),
            batches: ByLabel::register_with(
                all,
                ("batch_requests", "Requests that shared one transaction"),
                "kind",
                || Histogram::new(Bounds::BATCH),
            ),
            connections: ByLabel::register(all, "connections", "Open connections", "listener"),
            connections_max: ByLabel::register(
                all,
                "connections_max",
                "The most connections of a listener",
                "listener",
            ),
            workers: WorkerSeries::register(all),
            started_at,
            registry,
        }
    }

    /// Counts a request of Onlinesim's that was answered.
    pub fn answered(&self, action: RequestAction, status: AnswerStatus, took: Duration) {
        self.requests.of(action, status).observe(took);
    }

    /// Notes a valid request of Onlinesim's.
    pub fn requested(&self, action: RequestAction, now: Timestamp) {
        self.last_request.of(action).set(seconds(now));
    }

    /// Counts what a gateway sent.
    pub fn sms_in(&self, gateway: GatewayId, results: impl IntoIterator<Item = SmsResult>, now: Timestamp) {
        self.sms_in.count(gateway, results, now);
    }

    /// The metrics of a worker, which are there from the first call.
    #[must_use]
    pub fn worker(&self, name: &'static str) -> WorkerMetrics {
        self.workers.of(name)
    }

    /// Everything as one text. `None`: the database could not be read, and its figures are missing.
    #[must_use]
    pub fn encode(&self, figures: Option<&Figures>) -> String {
        let mut read = Registry::with_prefix("leaseline");
        let readable = series::gauge(u64::from(figures.is_some()));
        read.register(
            "database_readable",
            "Whether the figures of the database could be read",
            readable,
        );
        if let Some(figures) = figures {
            read::register(&mut read, figures, &self.sms_in);
        }
        let process = process::registry(self.started_at);
        let mut text = String::new();
        [&self.registry, &read, &process]
            .into_iter()
            .try_for_each(|registry| encode_registry(&mut text, registry))
            .and_then(|()| encode_eof(&mut text))
            .expect("a text can always be appended to");
        text
    }
}
