//! Troubles: what an operator should know of, once when it begins and once when it ends.
//!
//! Whoever watches brings what is open, what was observed since the last look, and the time; [`Watch::look`] says what
//! begins, what goes on with another count, and what is over.

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

/// What was observed of a trouble since the last look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Which trouble.
    pub trouble: Trouble,
    /// Events: how many since the last look. A condition: how many things it concerns now. 0 begins nothing: it says that
    /// nothing shows the end of a trouble that is open.
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
    /// All events, or the most things that were concerned at one look.
    pub count: u64,
    /// For people, as of the last change of the count.
    pub detail: String,
}

/// What follows from a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transition {
    /// It was not there before. The observation is what is stored.
    Begins(Observation),
    /// It goes on, with this count and detail.
    Goes(OpenTrouble),
    /// It is over since that moment: the last at which it was observed.
    Ends(OpenTrouble, Timestamp),
}

/// When each open trouble was last observed.
#[derive(Debug, Default)]
pub struct Watch {
    seen: BTreeMap<Trouble, Timestamp>,
}

impl Watch {
    /// Decides what begins, goes on and ends. A trouble that was open before this watch began counts as seen at its first
    /// look, so that it outlives a restart.
    pub fn look(&mut self, open: Vec<OpenTrouble>, observed: Vec<Observation>, now: Timestamp) -> Vec<Transition> {
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
            // A clock that was put back: nothing was seen in the future.
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
        Transition::Goes(OpenTrouble { count, detail, ..known })
    })
}

#[cfg(test)]
mod tests;
