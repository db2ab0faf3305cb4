//! Blanks texts, senders and results of attempts when their times are over, and deletes old SMS and what suppliers reported
//! about orders.

use std::time::Duration;

use strum::VariantArray as _;

use super::Worker;
use crate::domain::retention::{RetainedData, RetentionPolicy};
use crate::flow::{Flows, StorageError};

/// The pause between two batches, so that the writer and the disk are free for rentals most of the time.
const PAUSE: Duration = Duration::from_millis(50);

/// The worker.
pub struct Retention {
    flows: Flows,
    policy: RetentionPolicy,
}

impl Retention {
    /// Keeps data as long as `policy` has it.
    #[must_use]
    pub const fn new(flows: Flows, policy: RetentionPolicy) -> Self {
        Self { flows, policy }
    }

    /// One batch of each thing that is over: none waits for another, of which there may be more all the time. Returns whether there
    /// was something.
    async fn batch(&self) -> Result<bool, StorageError> {
        let policy = &self.policy;
        let forgotten =
            self.flows.forget_messages(policy.messages).await? + self.flows.forget_callbacks(policy.attempts).await?;
        let mut is_more = forgotten > 0;
        for data in RetainedData::VARIANTS {
            is_more |= self.flows.blank_messages(*data, policy.kept(*data)).await?;
        }
        Ok(is_more)
    }
}

impl Worker for Retention {
    const NAME: &'static str = "retention";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        let pause = match self.batch().await? {
            true => PAUSE,
            false => self.policy.look_interval(),
        };
        Ok(Some(pause))
    }
}
