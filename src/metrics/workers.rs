//! The metrics of the workers.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::series::{OneSeries as _, TimeGauge, seconds};
use crate::domain::time::Timestamp;

type Name = [(&'static str, &'static str); 1];

/// The metrics of one worker.
#[derive(Debug, Clone)]
pub struct WorkerMetrics {
    last_pass: TimeGauge,
    failures: Counter,
}

impl WorkerMetrics {
    /// A pass has ended at that time.
    pub fn passed(&self, at: Timestamp) {
        self.last_pass.set(seconds(at));
    }

    /// A pass has failed, and is repeated.
    pub fn failed(&self) {
        self.failures.inc();
    }
}

/// Those of all workers, by their names, which are constants.
#[derive(Debug)]
pub(super) struct WorkerSeries {
    last_pass: Family<Name, TimeGauge>,
    failures: Family<Name, Counter>,
}

impl WorkerSeries {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let last_pass = "When a worker ended its last pass without an error; 0: not yet";
        Self {
            last_pass: registry.one("worker_last_pass_timestamp_seconds", last_pass, Family::default()),
            failures: registry.one("worker_failures", "Passes of a worker that failed", Family::default()),
        }
    }

    pub(super) fn of(&self, name: &'static str) -> WorkerMetrics {
        let name = [("worker", name)];
        WorkerMetrics {
            last_pass: self.last_pass.get_or_create_owned(&name),
            failures: self.failures.get_or_create_owned(&name),
        }
    }
}
