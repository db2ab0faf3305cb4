//! Books the months of bought numbers, at the start, then at each midnight UTC and every hour.

use std::time::Duration;

use super::Worker;
use crate::domain::day::Day;
use crate::flow::{Flows, StorageError};

/// The longest sleep, so that it is noticed when the clock was set or the machine slept.
const POLL_INTERVAL_MAX: Duration = Duration::from_secs(3600);

/// The worker.
pub struct Renewals {
    flows: Flows,
}

impl Renewals {
    /// Needs only the flows.
    #[must_use]
    pub const fn new(flows: Flows) -> Self {
        Self { flows }
    }
}

impl Worker for Renewals {
    const NAME: &'static str = "renewals";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        let mut last = None;
        loop {
            let next = self.flows.book_renewals(last).await?;
            if next.is_none() {
                break;
            }
            last = next;
        }
        let now = self.flows.now();
        let midnight = Day::of(now).next().start();
        Ok(Some(midnight.since(now).min(POLL_INTERVAL_MAX)))
    }
}
