//! Releases rentals whose answer nobody took, as soon as they are reported.

use std::time::Duration;

use tokio::sync::Mutex;

use super::Worker;
use crate::flow::StorageError;
use crate::flow::release_undelivered::UndeliveredRentals;

/// The worker. It keeps nothing by which a request could still be made: it is the last one to have its turn.
pub struct UnsentAnswers {
    undelivered: Mutex<UndeliveredRentals>,
}

impl UnsentAnswers {
    /// Releases what is reported there.
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
            tracing::info!(operations, "released: their answers could not be delivered");
        }
    }
}
