//! Makes numbers available again whose ban or rest is over.

use std::time::Duration;

use super::Worker;
use crate::domain::strike::StrikePolicy;
use crate::flow::{Flows, StorageError};

/// The longest sleep, so that it is noticed when the clock was set or the machine slept.
const POLL_INTERVAL_MAX: Duration = Duration::from_secs(60);
/// Rests end one after another; those that end within this time end in one transaction.
const GATHER: Duration = Duration::from_secs(1);

/// The worker.
pub struct BanLifter {
    flows: Flows,
    strikes: StrikePolicy,
}

impl BanLifter {
    /// `strikes` has the durations of new bans and rests.
    #[must_use]
    pub const fn new(flows: Flows, strikes: StrikePolicy) -> Self {
        Self { flows, strikes }
    }
}

impl Worker for BanLifter {
    const NAME: &'static str = "bans";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        let (flows, StrikePolicy { ban, rest, .. }) = (&self.flows, self.strikes);
        while flows.lift_bans().await? > 0 {}
        flows.shorten_rests().await?;
        while flows.end_rests().await? {}
        // A new ban or rest ends no earlier than that; a ban by the admin wakes the worker.
        let next_ban = flows.next_ban_end().await?.map_or(ban, |next| next.min(ban));
        let next_rest = flows.next_rest_end().await?.map_or(rest, |next| next.min(rest));
        let next_rest = if rest.is_zero() {
            POLL_INTERVAL_MAX
        } else {
            next_rest.max(GATHER)
        };
        Ok(Some(next_ban.min(next_rest).min(POLL_INTERVAL_MAX)))
    }
}
