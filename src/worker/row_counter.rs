//! Counts the rows that have no counter, for the metrics: once at the start, and after each scrape.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Worker;
use crate::flow::{Flows, StorageError};

/// How many times as long as it counted it does not count again: it takes at most 2 % of a processor.
const REST_FACTOR: u32 = 50;

/// The worker.
pub struct RowCounter {
    flows: Flows,
    rests_until: Mutex<Option<Instant>>,
}

impl RowCounter {
    /// Needs only the flows.
    #[must_use]
    pub fn new(flows: Flows) -> Self {
        let rests_until = Mutex::default();
        Self { flows, rests_until }
    }
}

impl Worker for RowCounter {
    const NAME: &'static str = "row_counter";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        let mut rests_until = self.rests_until.lock().await;
        let begun = Instant::now();
        if rests_until.is_none_or(|until| until <= begun) {
            self.flows.count_rows().await?;
            *rests_until = Some(Instant::now() + begun.elapsed() * REST_FACTOR);
        }
        Ok(None)
    }
}
