//! Which notifications follow from a check for troubles: stored in the transaction of the troubles, and sent by a worker.

use std::collections::BTreeSet;

use super::state::observation;
use crate::domain::notification::{FailingChannel, NotificationChannel, NotificationPolicy};
use crate::domain::time::Timestamp;
use crate::domain::trouble::{Observation, OpenTrouble, Trouble, TroubleId, Watch};
use crate::storage::{Error, WriteTx, notifications, troubles};

/// Channels that fail are a trouble, until they take something again. It begins when something waits for them. One that is off
/// does not matter.
pub(super) fn failing_channels(failing: &[FailingChannel], policy: &NotificationPolicy) -> Option<Observation> {
    let is_on = |one: &&FailingChannel| policy.channels.on().any(|channel| channel == one.channel);
    let failing: Vec<&FailingChannel> = failing.iter().filter(is_on).collect();
    let waiting = failing.iter().map(|one| one.waiting).sum();
    let details: Vec<String> = failing
        .iter()
        .map(|one| format!("{}: {}", one.channel, one.reason))
        .collect();
    (!failing.is_empty()).then(|| observation(Trouble::NotificationsFailing, waiting, details.join("; ")))
}

/// Plans notifications for one check.
pub(super) struct NotificationPlanner<'a> {
    pub(super) policy: &'a NotificationPolicy,
    pub(super) watch: &'a Watch,
    pub(super) failing: &'a [FailingChannel],
    pub(super) now: Timestamp,
}

impl NotificationPlanner<'_> {
    /// Whether the trouble has lasted long enough to be reported, and was observed at this check: what may be over already is
    /// not reported as begun.
    fn is_reported(&self, open: &OpenTrouble) -> bool {
        self.policy.is_reported(open, self.now) && self.watch.is_observed(&open.trouble, self.now)
    }

    /// Whether one of these troubles is reported that was not before.
    pub(super) fn has_new(&self, open: &[OpenTrouble], planned: &BTreeSet<TroubleId>) -> bool {
        open.iter()
            .any(|one| !planned.contains(&one.id) && self.is_reported(one))
    }

    /// Stores the notifications of the troubles that are open in the transaction. Returns which troubles have theirs.
    pub(super) async fn plan(
        &self,
        tx: &mut WriteTx,
        planned: &BTreeSet<TroubleId>,
    ) -> Result<BTreeSet<TroubleId>, Error> {
        let channels: Vec<NotificationChannel> = self.policy.channels.on().collect();
        if channels.is_empty() {
            return Ok(BTreeSet::new());
        }
        let open = troubles::open(tx).await?.into_iter().map(|listed| listed.trouble);
        let (known, new): (Vec<_>, Vec<_>) = open.partition(|one| planned.contains(&one.id));
        let new: Vec<_> = new.into_iter().filter(|one| self.is_reported(one)).collect();
        for one in &new {
            // That a channel fails is reported on the others.
            let takes = |channel: &&NotificationChannel| {
                let fails = self.failing.iter().any(|failing| failing.channel == **channel);
                one.trouble != Trouble::NotificationsFailing || !fails
            };
            let channels: Vec<NotificationChannel> = channels.iter().filter(takes).copied().collect();
            notifications::plan(tx, one.id, &channels, self.now);
        }
        Ok(known.iter().chain(&new).map(|one| one.id).collect())
    }
}
