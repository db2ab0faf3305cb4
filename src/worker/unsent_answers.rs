//! Closes operations whose answer to GET_NUMBER could not be sent, as soon as they are reported.

use std::time::Duration;

use tokio::sync::Mutex;

use super::Worker;
use crate::flow::StorageError;
use crate::flow::release_undelivered::UndeliveredRentals;

/// The worker. It holds no [`crate::flow::Flows`], so it can run after the queues of the requests are closed.
pub struct UnsentAnswers {
    undelivered: Mutex<UndeliveredRentals>,
}

impl UnsentAnswers {
    /// Closes the operations that are reported there.
    #[must_use]
    pub fn new(undelivered: UndeliveredRentals) -> Self {
        let undelivered = Mutex::new(undelivered);
        Self { undelivered }
    }
}

impl Worker for UnsentAnswers {
    const NAME: &'static str = "undelivered";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        let mut undelivered = self.undelivered.lock().await;
        loop {
            let operations = undelivered.release().await?;
            if operations == 0 {
                return Ok(None);
            }
            tracing::info!(operations, "closed operations whose answers could not be sent");
        }
    }
}
