//! Puts numbers back on sale whose ban or rest is over.

use std::time::Duration;

use super::Worker;
use crate::domain::time::Timestamp;
use crate::flow::{Flows, StorageError, end_rests, lift_bans};

/// The longest sleep: a clock that was set, or a machine that slept, is noticed by then.
const POLL_INTERVAL_MAX: Duration = Duration::from_secs(60);
/// Rests end one after another; those that end within this time end in one transaction.
const GATHER: Duration = Duration::from_secs(1);

/// The worker.
pub struct BanLifter {
    flows: Flows,
}

impl BanLifter {
    /// Needs only the flows.
    #[must_use]
    pub const fn new(flows: Flows) -> Self {
        Self { flows }
    }
}

impl Worker for BanLifter {
    const NAME: &'static str = "bans";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        let Flows {
            database,
            clock,
            policies,
            ..
        } = &self.flows;
        while lift_bans::lift_over(database, clock).await? > 0 {}
        let (ban, rest) = (policies.strikes.ban, policies.strikes.rest);
        end_rests::shorten(database, clock, rest).await?;
        while end_rests::end_over(database, clock).await? {}
        // A ban that strikes set from now on, and a rest that begins from now on, last that long; the admin's bans ring the
        // bell.
        let next_ban = lift_bans::next_over(database).await?;
        let next_rest = end_rests::next_over(database).await?;
        let pause = |next: Option<Timestamp>, new_one: Duration| {
            next.map_or(new_one, |until| until.since(clock.now())).min(new_one)
        };
        let pause_of_rests = if rest.is_zero() {
            POLL_INTERVAL_MAX
        } else {
            pause(next_rest, rest).max(GATHER)
        };
        Ok(Some(pause(next_ban, ban).min(pause_of_rests).min(POLL_INTERVAL_MAX)))
    }
}
