//! Makes backups, for partners who have no scheduler.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Worker;
use crate::domain::backup::BackupSchedule;
use crate::flow::{Flows, StorageError};

/// The longest pause, so that it is noticed when the clock was set or the machine slept.
const POLL_INTERVAL_MAX: Duration = Duration::from_secs(60);

/// The worker.
pub struct Backups {
    flows: Flows,
    schedule: BackupSchedule,
    stop: CancellationToken,
}

impl Backups {
    /// Makes backups by that schedule, until `stop`.
    #[must_use]
    pub const fn new(flows: Flows, schedule: BackupSchedule, stop: CancellationToken) -> Self {
        Self { flows, schedule, stop }
    }
}

impl Worker for Backups {
    const NAME: &'static str = "backups";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        // A server that stops does not wait for a backup: what there is of it is removed.
        let backup = self.flows.back_up_if_due(&self.schedule);
        let due_in = self.stop.run_until_cancelled(backup).await;
        Ok(due_in.map(|due_in| due_in.min(POLL_INTERVAL_MAX)))
    }
}
