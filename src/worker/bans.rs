//! Lifts bans when they are over.

use std::time::Duration;

use super::Worker;
use crate::flow::{Flows, StorageError, lift_bans};

/// The longest sleep: a clock that was set, or a machine that slept, is noticed by then.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The worker.
pub struct Bans {
    flows: Flows,
}

impl Bans {
    /// Needs only the flows.
    #[must_use]
    pub const fn new(flows: Flows) -> Self {
        Self { flows }
    }
}

impl Worker for Bans {
    const NAME: &'static str = "bans";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        let Flows {
            database,
            clock,
            policies,
            ..
        } = &self.flows;
        while lift_bans::lift_over(database, clock).await? > 0 {}
        // A ban that strikes set from now on lasts that long; the admin's bans ring the bell.
        let next = lift_bans::next_over(database).await?;
        let new_one = policies.strikes.ban;
        let pause = next.map_or(new_one, |until| until.since(clock.now())).min(new_one);
        Ok(Some(pause.min(LOOK_EVERY)))
    }
}
