//! Assigns the parts of a batch to their concatenated SMS.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::{ConcatKey, ConcatenatedSms, ConcatenatedSmsId, PartTimeouts};
use crate::domain::assignment::{Owner, UnassignedReason};
use crate::domain::sms::{SmsPart, Utf16Text};
use crate::domain::time::Timestamp;

/// A part, with what its message takes over if it is the first one.
pub struct IncomingPart {
    /// Which part it is.
    pub part: SmsPart,
    /// Its text.
    pub text: Utf16Text,
    /// Whether it has an id, which did not come before.
    pub has_id: bool,
    /// The owner, from this part alone.
    pub owner: Owner,
    /// When it was sent, if that is known.
    pub sent_at: Option<Timestamp>,
    /// When it arrived, by the clock at that time.
    pub received_at: Timestamp,
}

/// What happened to a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartOutcome {
    /// It came before.
    Duplicate,
    /// It is the first of its message that came.
    Begins(ConcatenatedSmsId),
    /// Its message waits for more parts.
    Waits(ConcatenatedSmsId),
    /// It was the last missing part.
    Completes(ConcatenatedSmsId),
}

/// The concatenated SMS that the parts of a batch may belong to, while the parts are handled one after another.
pub struct Reassembly {
    now: Timestamp,
    timeouts: PartTimeouts,
    next_id: i64,
    /// The oldest first.
    by_key: HashMap<ConcatKey, Vec<ConcatenatedSmsId>>,
    all: HashMap<ConcatenatedSmsId, ConcatenatedSms>,
    begun: Vec<ConcatenatedSmsId>,
    added: Vec<(ConcatenatedSmsId, u8)>,
    closed: Vec<ConcatenatedSmsId>,
}

impl Reassembly {
    /// `known` are those that wait or are remembered, the oldest first.
    #[must_use]
    pub fn new(known: Vec<ConcatenatedSms>, next_id: i64, now: Timestamp, timeouts: PartTimeouts) -> Self {
        let mut by_key: HashMap<ConcatKey, Vec<ConcatenatedSmsId>> = HashMap::new();
        for one in &known {
            by_key.entry(one.key.clone()).or_default().push(one.id);
        }
        Self {
            now,
            timeouts,
            next_id,
            by_key,
            all: known.into_iter().map(|one| (one.id, one)).collect(),
            begun: Vec::new(),
            added: Vec::new(),
            closed: Vec::new(),
        }
    }

    /// Assigns a part. Without an id, the same text with the same sequence number for the same operation is a duplicate: of a
    /// message that waits, always; of one that is closed, only within the window, because some senders never change the
    /// reference, and only when no other message waits for that part. Another text with the same sequence number begins
    /// another message.
    pub fn take(&mut self, key: ConcatKey, incoming: IncomingPart) -> PartOutcome {
        let SmsPart { sequence, .. } = incoming.part;
        let candidates = self.by_key.get(&key).map_or(&[][..], Vec::as_slice);
        let candidates = || candidates.iter().filter_map(|id| self.all.get(id));
        let has_it = |one: &ConcatenatedSms| one.parts.get(&sequence) == Some(&incoming.text);
        let waiting = || candidates().filter(|one| one.closed_at.is_none());
        let window = self.timeouts.duplicate_window;
        let is_recent =
            |one: &ConcatenatedSms| !window.is_zero() && one.closed_at.is_some_and(|at| self.is_within(at, window));
        // A part that comes after its message was flushed is not a message of a later renter (rule 8).
        let is_late = |at| self.is_within(at, self.timeouts.parts_timeout);
        let mut newest = candidates().rev();
        let late_for = newest.find(|one| one.was_flushed_without(sequence, is_late));
        let owner = match (incoming.owner, late_for) {
            (Err(UnassignedReason::SentBeforeRental), _) | (_, None) => incoming.owner,
            (_, Some(one)) => one.owner,
        };
        let is_same = |one: &ConcatenatedSms| has_it(one) && one.owner.ok() == owner.ok();
        let waiting_for_it = waiting().find(|one| one.accepts(&incoming)).map(|one| one.id);
        let is_repeated = waiting().any(is_same)
            || waiting_for_it.is_none() && candidates().any(|one| is_recent(one) && is_same(one));
        if is_repeated && !incoming.has_id {
            return PartOutcome::Duplicate;
        }
        let id = waiting_for_it.unwrap_or_else(|| self.begin(key, owner, &incoming));
        self.added.push((id, sequence));
        let now = self.now;
        let is_whole = self.all.get_mut(&id).is_some_and(|long| {
            long.parts.insert(sequence, incoming.text);
            long.closed_at = long.is_complete().then_some(now);
            long.is_complete()
        });
        if is_whole {
            self.closed.push(id);
            PartOutcome::Completes(id)
        } else if waiting_for_it.is_some() {
            PartOutcome::Waits(id)
        } else {
            PartOutcome::Begins(id)
        }
    }

    /// Makes one that has just begun unassigned.
    pub fn disown(&mut self, id: ConcatenatedSmsId, reason: UnassignedReason) {
        if let Some(long) = self.all.get_mut(&id) {
            long.owner = Err(reason);
        }
    }

    /// Whether that was at most `span` ago. A time further in the future is from before the clock was set back.
    fn is_within(&self, at: Timestamp, span: Duration) -> bool {
        at >= self.now.minus(span) && at <= self.now + span
    }

    fn begin(&mut self, key: ConcatKey, owner: Owner, incoming: &IncomingPart) -> ConcatenatedSmsId {
        let id = ConcatenatedSmsId(self.next_id);
        self.next_id += 1;
        self.by_key.entry(key.clone()).or_default().push(id);
        let begun = ConcatenatedSms {
            id,
            key,
            owner,
            sent_at: incoming.sent_at,
            received_at: incoming.received_at,
            started_at: self.now,
            closed_at: None,
            parts: BTreeMap::new(),
        };
        self.all.insert(id, begun);
        self.begun.push(id);
        id
    }

    /// That one.
    #[must_use]
    pub fn find(&self, id: ConcatenatedSmsId) -> Option<&ConcatenatedSms> {
        self.all.get(&id)
    }

    /// Those that began, in order.
    pub fn begun(&self) -> impl Iterator<Item = &ConcatenatedSms> {
        self.begun.iter().filter_map(|id| self.find(*id))
    }

    /// The parts that were added, in order.
    pub fn added(&self) -> impl Iterator<Item = (ConcatenatedSmsId, u8, &Utf16Text)> {
        self.added.iter().filter_map(|(id, sequence)| {
            let text = self.find(*id)?.parts.get(sequence)?;
            Some((*id, *sequence, text))
        })
    }

    /// Those that became messages, in order.
    #[must_use]
    pub fn closed(&self) -> &[ConcatenatedSmsId] {
        &self.closed
    }
}
