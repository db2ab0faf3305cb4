//! Checks for troubles every few seconds.

use std::time::Duration;

use super::Worker;
use crate::flow::watch_troubles::{TroubleLimits, TroubleWatch};
use crate::flow::{Flows, StorageError};

/// How often it checks. A check costs a few reads, and a commit only when something changed.
const POLL_INTERVAL: Duration = Duration::from_secs(10);

/// The worker.
pub struct TroubleWatcher {
    flows: Flows,
    watch: TroubleWatch,
}

impl TroubleWatcher {
    /// The worker of a server that starts now.
    #[must_use]
    pub fn new(flows: Flows, limits: TroubleLimits) -> Self {
        let watch = TroubleWatch::new(&flows, limits);
        Self { flows, watch }
    }
}

impl Worker for TroubleWatcher {
    const NAME: &'static str = "troubles";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        self.watch.check(&self.flows).await?;
        Ok(Some(POLL_INTERVAL))
    }
}
