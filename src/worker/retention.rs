//! Deletes old SMS, and what suppliers reported about orders.

use std::time::Duration;

use super::Worker;
use crate::flow::{Flows, StorageError};

/// How often it runs: messages are kept for days, an hour more or less does not matter.
const POLL_INTERVAL: Duration = Duration::from_secs(3600);
/// The pause between two batches, so that the writer and the disk are free for rentals most of the time.
const PAUSE: Duration = Duration::from_millis(50);

/// The worker.
pub struct Retention {
    flows: Flows,
    age: Duration,
}

impl Retention {
    /// Deletes what is older than `age`.
    #[must_use]
    pub const fn new(flows: Flows, age: Duration) -> Self {
        Self { flows, age }
    }
}

impl Worker for Retention {
    const NAME: &'static str = "retention";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        let forgotten = self.flows.forget_messages(self.age).await? + self.flows.forget_callbacks().await?;
        Ok(Some(if forgotten > 0 {
            PAUSE
        } else {
            POLL_INTERVAL.min(self.age)
        }))
    }
}
