//! Troubles: what an operator has to know, once when it begins and once when it ends.
//!
//! [`Watch::update`] gets the open troubles, what was observed since the last check, and the time. It returns which troubles
//! begin, which continue with another count, and which end.

mod disk;
mod kind;

use std::collections::BTreeMap;
use std::time::Duration;

use strum::{EnumString, IntoStaticStr};

use super::time::Timestamp;

pub use disk::{DiskLimits, DiskSpace};
pub use kind::Trouble;

/// The id of a trouble; later ones have higher ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TroubleId(pub i64);

/// Which troubles are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum TroubleState {
    /// Those that have not ended.
    Open,
    /// Those that have ended.
    Ended,
}

/// A trouble as the admin reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedTrouble {
    /// Its id, kind, beginning, count and detail.
    pub trouble: OpenTrouble,
    /// The name of its gateway.
    pub gateway: Option<String>,
    /// When it was last observed; `None`: it is open.
    pub ended_at: Option<Timestamp>,
}

/// What was observed of a trouble since the last check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Which trouble.
    pub trouble: Trouble,
    /// Of events: how many since the last check. Of a condition: how many things it concerns now. 0 does not begin a trouble,
    /// but an open one continues.
    pub count: u64,
    /// For people; never a secret, a text of an SMS or a whole number (rule 11).
    pub detail: String,
}

/// A trouble that has begun and not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenTrouble {
    /// Its id.
    pub id: TroubleId,
    /// Which trouble.
    pub trouble: Trouble,
    /// When it was first observed.
    pub began_at: Timestamp,
    /// Of events: all of them. Of a condition: the most things that it concerned at one check.
    pub count: u64,
    /// For people, as of the last change of the count.
    pub detail: String,
}

/// A change of a trouble.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transition {
    /// It begins, with this observation.
    Begins(Observation),
    /// It continues, with this count and detail.
    Continues(OpenTrouble),
    /// It has ended, at the time at which it was last observed.
    Ends(OpenTrouble, Timestamp),
}

/// When each open trouble was last observed.
#[derive(Debug, Default)]
pub struct Watch {
    seen: BTreeMap<Trouble, Timestamp>,
}

impl Watch {
    /// Whether the trouble was observed at the check at that time.
    #[must_use]
    pub fn is_observed(&self, trouble: &Trouble, at: Timestamp) -> bool {
        self.seen.get(trouble) == Some(&at)
    }

    /// Decides what begins, continues and ends. A trouble that was open before the server started counts as observed at the
    /// first check, so that a restart does not end it.
    pub fn update(&mut self, open: Vec<OpenTrouble>, observed: Vec<Observation>, now: Timestamp) -> Vec<Transition> {
        let mut open: BTreeMap<Trouble, OpenTrouble> = open.into_iter().map(|one| (one.trouble.clone(), one)).collect();
        self.seen.retain(|trouble, _| open.contains_key(trouble));
        let mut transitions = Vec::new();
        for seen in observed {
            let known = open.remove(&seen.trouble);
            if known.is_some() || seen.count > 0 {
                self.seen.insert(seen.trouble.clone(), now);
            }
            transitions.extend(observe(known, seen, now));
        }
        for (trouble, unseen) in open {
            let seen = self.seen.entry(trouble).or_insert(now);
            // If the clock was set back, a trouble would have been observed in the future.
            *seen = now.min(*seen);
            if now.since(*seen) >= unseen.trouble.quiet_time() {
                let ended_at = unseen.began_at.max(*seen);
                transitions.push(Transition::Ends(unseen, ended_at));
            }
        }
        transitions
    }
}

fn observe(known: Option<OpenTrouble>, seen: Observation, now: Timestamp) -> Option<Transition> {
    let Some(known) = known else {
        let detail = seen.trouble.describe(seen.count, Duration::ZERO, seen.detail);
        return (seen.count > 0).then_some(Transition::Begins(Observation { detail, ..seen }));
    };
    let count = if known.trouble.is_condition() {
        known.count.max(seen.count)
    } else {
        known.count.saturating_add(seen.count)
    };
    let lasts = now.since(known.began_at);
    (count != known.count).then(|| {
        let detail = known.trouble.describe(count, lasts, seen.detail);
        Transition::Continues(OpenTrouble { count, detail, ..known })
    })
}

#[cfg(test)]
mod tests;
