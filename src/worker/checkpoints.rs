//! Moves the write-ahead log of the database into its file, a little at a time, next to the commits.

use std::time::Duration;

use super::Worker;
use crate::flow::{Flows, StorageError};

/// Commits within this time are moved together: a page that many commits changed is moved once for all of them.
const GATHER: Duration = Duration::from_millis(100);

/// The worker.
pub struct Checkpoints {
    flows: Flows,
}

impl Checkpoints {
    /// Needs only the flows.
    #[must_use]
    pub const fn new(flows: Flows) -> Self {
        Self { flows }
    }
}

impl Worker for Checkpoints {
    const NAME: &'static str = "checkpoints";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        tokio::time::sleep(GATHER).await;
        self.flows.checkpoint().await?;
        Ok(None)
    }
}
