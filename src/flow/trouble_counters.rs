//! Events that may be troubles, counted in memory from one check for troubles to the next; and conditions that other workers
//! look at, for as long as they last.
//!
//! It holds at most one entry for each kind of trouble and gateway. The events are emptied at each check.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Flows;
use crate::domain::delivery::{AttemptResult, ParkReason, PushAnswer};
use crate::domain::purchase::line::OrderLine;
use crate::domain::stock::GatewayId;
use crate::domain::trouble::{Observation, Trouble};

/// Counts events. Each call costs less than a microsecond.
#[derive(Debug, Default)]
pub struct TroubleCounters {
    onlinesim_called: AtomicBool,
    counted: Mutex<Counted>,
    conditions: Mutex<Conditions>,
}

/// How many things each condition concerns now, and its detail.
type Conditions = BTreeMap<Trouble, (u64, String)>;

/// What was counted since the last check.
#[derive(Debug, Default)]
pub struct Counted {
    /// Onlinesim sent a request with a valid key.
    pub(super) onlinesim_called: bool,
    /// A push was accepted or refused: Onlinesim can be reached.
    pub(super) push_answered: bool,
    /// The gateways that delivered SMS.
    pub(super) sms_from: BTreeSet<GatewayId>,
    events: BTreeMap<Trouble, (u64, String)>,
    /// Those that last at the end of the time.
    conditions: Conditions,
}

impl TroubleCounters {
    /// Counts events of that trouble. `detail` is about the last one, for people, without secrets, texts and numbers
    /// (rule 11).
    pub fn note(&self, trouble: Trouble, count: u64, detail: impl Into<String>) {
        if count > 0 {
            self.counted().add(trouble, count, detail.into());
        }
    }

    /// Sets a condition, which lasts until it is set again: how many things it concerns and its detail, as in
    /// [`TroubleCounters::note`]; `None`: it is over.
    pub fn set_condition(&self, trouble: Trouble, state: Option<(u64, String)>) {
        let mut conditions = self.conditions.lock().unwrap_or_else(PoisonError::into_inner);
        match state {
            Some(state) => drop(conditions.insert(trouble, state)),
            None => drop(conditions.remove(&trouble)),
        }
    }

    /// Counts the answer to a push. Onlinesim's own text is left out: it could contain anything. A declined push has failed,
    /// too: every push is declined when the key is wrong.
    pub fn push(&self, answer: &PushAnswer) {
        let detail = match answer {
            PushAnswer::Accepted | PushAnswer::Refused(_) => {
                self.counted().push_answered = true;
                return;
            }
            PushAnswer::Declined(_) => "declined: IGNORED, SERVICE_BAN or HTTP 4xx",
            PushAnswer::Failed(_) => "no answer: HTTP 5xx, a timeout or a broken connection",
        };
        self.note(Trouble::PushesFailing, 1, detail);
    }

    /// Counts an SMS that is not pushed any more although it was not accepted.
    pub fn settled(&self, next: &AttemptResult) {
        match next {
            AttemptResult::Delivered | AttemptResult::Retry { .. } => {}
            AttemptResult::Refused(refusal) => self.note(Trouble::SmsRefused, 1, format!("the last: {refusal}")),
            AttemptResult::Parked(parking) => {
                let reason = match parking {
                    ParkReason::OperationClosed(_) => "its operation is closed",
                    ParkReason::TooOld(_) => "it is older than push.age_max",
                    ParkReason::Reassigned => "its operation is closed, and its number has another renter",
                };
                self.note(Trouble::SmsParked, 1, format!("the last: {reason}"));
            }
        }
    }

    /// Counts a number that was bought, if it is not what was ordered.
    pub fn bought(&self, line: &OrderLine) {
        if let Some(deviation) = &line.deviation {
            let detail = format!("the last: order line {}: {deviation}", line.id.0);
            self.note(Trouble::PurchaseDeviates(line.supplier), 1, detail);
        }
    }

    /// Notes that these gateways delivered SMS.
    pub fn sms_from(&self, gateways: impl IntoIterator<Item = GatewayId>) {
        self.counted().sms_from.extend(gateways);
    }

    /// Notes a request of Onlinesim's with a valid key. Called for each of them, so it writes only when it has to.
    pub fn onlinesim_called(&self) {
        if !self.onlinesim_called.load(Ordering::Relaxed) {
            self.onlinesim_called.store(true, Ordering::Relaxed);
        }
    }

    /// What was counted since the last call.
    pub(super) fn take(&self) -> Counted {
        let mut counted = std::mem::take(&mut *self.counted());
        counted.onlinesim_called = self.onlinesim_called.swap(false, Ordering::Relaxed);
        let conditions = self.conditions.lock().unwrap_or_else(PoisonError::into_inner);
        counted.conditions.clone_from(&conditions);
        counted
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    pub(super) fn add(&mut self, trouble: Trouble, count: u64, detail: String) {
        let (counted, last) = self.events.entry(trouble).or_default();
        *counted = counted.saturating_add(count);
        *last = detail;
    }

    /// Adds what was counted later.
    pub(super) fn merge(&mut self, later: Self) {
        self.onlinesim_called |= later.onlinesim_called;
        self.push_answered |= later.push_answered;
        self.sms_from.extend(later.sms_from);
        self.conditions = later.conditions;
        for (trouble, (count, detail)) in later.events {
            self.add(trouble, count, detail);
        }
    }

    /// Whether an event of that trouble was counted.
    pub(super) fn has(&self, trouble: &Trouble) -> bool {
        self.events.contains_key(trouble)
    }

    /// The events, and the conditions that last.
    pub(super) fn observations(&self) -> impl Iterator<Item = Observation> {
        self.events
            .iter()
            .chain(&self.conditions)
            .map(|(trouble, (count, detail))| Observation {
                trouble: trouble.clone(),
                count: *count,
                detail: detail.clone(),
            })
    }
}

impl Flows {
    /// Counts events of a trouble; the last detail is kept.
    pub fn note_trouble(&self, trouble: Trouble, count: u64, detail: impl Into<String>) {
        self.troubles.note(trouble, count, detail);
    }

    /// Sets a condition: see [`TroubleCounters::set_condition`].
    pub fn set_condition(&self, trouble: Trouble, state: Option<(u64, String)>) {
        self.troubles.set_condition(trouble, state);
    }

    /// Notes a request of Onlinesim's with a valid key.
    pub fn onlinesim_called(&self) {
        self.troubles.onlinesim_called();
    }
}
