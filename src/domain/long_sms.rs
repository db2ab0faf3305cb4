//! Long SMS that come in parts, in any order, and are one message in the end.
//!
//! Senders number their long messages with a small counter, so the same reference comes again: what belongs together is
//! decided by gateway, receiver, sender, reference and number of parts, and by time.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::cut::{self, Cut, CutText};
use super::operation::OperationId;
use super::sms::{Destination, Part, TEXT_CHARS_MAX};
use super::stock::GatewayId;
use super::time::Timestamp;

/// Stands where parts are missing.
pub const MISSING: &str = "[…]";

/// The id of a long SMS, while it is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LongSmsId(pub i64);

/// What all parts of a long SMS have in common. No `Debug`: it holds a sender (rule 11).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Common {
    /// Who handed them over.
    pub gateway: GatewayId,
    /// What received them.
    pub to: Destination,
    /// Who sent them.
    pub sender: String,
    /// The sender's count.
    pub reference: u16,
    /// How many they are; 2 or more.
    pub total: u8,
}

/// A long SMS, as far as it came. No `Debug`: it holds a text (rule 11).
#[derive(Clone, PartialEq, Eq)]
pub struct LongSms {
    /// Its id.
    pub id: LongSmsId,
    /// What its parts have in common.
    pub common: Common,
    /// The operation that was open when the first part arrived (rule 8).
    pub operation: Option<OperationId>,
    /// When it was sent, if its first part said so.
    pub sent_at: Option<Timestamp>,
    /// When its first part arrived.
    pub received_at: Timestamp,
    /// Since when it waits.
    pub started_at: Timestamp,
    /// When it became a message; `None`: it waits.
    pub closed_at: Option<Timestamp>,
    /// The texts that came, by their places.
    pub parts: BTreeMap<u8, CutText>,
}

impl LongSms {
    /// Whether nothing is missing.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.parts.len() == usize::from(self.common.total)
    }

    /// The texts one after another, with [`MISSING`] where some are missing. A character through which two of them were
    /// cut is whole again.
    #[must_use]
    pub fn text(&self) -> String {
        cut::join(self.pieces(None))
    }

    /// What the text consists of, with a part added.
    fn pieces<'a>(&'a self, added: Option<&Arrival<'a>>) -> impl Iterator<Item = (&'a str, Cut)> {
        let added = added.map(|arrival| (arrival.part.sequence, arrival.piece()));
        let part = move |place: u8| match added {
            Some((sequence, piece)) if sequence == place => Some(piece),
            _ => self.parts.get(&place).map(CutText::piece),
        };
        (1..=self.common.total).filter_map(move |place| match part(place) {
            Some(piece) => Some(piece),
            // One mark for all that is missing in one place.
            None if place > 1 && part(place - 1).is_none() => None,
            None => Some((MISSING, Cut::NONE)),
        })
    }

    /// Whether that part is missing, and the text stays within its bound with it (rule 12).
    fn takes(&self, arrival: &Arrival<'_>) -> bool {
        let joined = || cut::join(self.pieces(Some(arrival)));
        !self.parts.contains_key(&arrival.part.sequence) && joined().chars().count() <= TEXT_CHARS_MAX
    }

    /// Whether it was passed on without that part so lately that the part still belongs to it.
    fn was_given_up_without(&self, sequence: u8, is_late: impl Fn(Timestamp) -> bool) -> bool {
        !self.parts.contains_key(&sequence) && self.closed_at.is_some_and(is_late)
    }
}

/// How long things are waited for and remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How long the same SMS again is a repetition, when it has no id; zero: never.
    pub duplicate_window: Duration,
    /// How long a long SMS waits for its parts.
    pub parts_timeout: Duration,
}

impl Patience {
    /// How long a long SMS is remembered once it is a message.
    #[must_use]
    pub fn memory(&self) -> Duration {
        self.duplicate_window.max(self.parts_timeout)
    }
}

/// A part, and what would be so if it were the first of its message.
#[derive(Clone, Copy)]
pub struct Arrival<'a> {
    /// Which part it is.
    pub part: Part,
    /// Its text.
    pub text: &'a str,
    /// Whether its gateway tells messages apart by ids; this id did not come before.
    pub has_id: bool,
    /// The operation that is open on the number now.
    pub operation: Option<OperationId>,
    /// When it was sent, if the gateway says so.
    pub sent_at: Option<Timestamp>,
    /// When it arrived, by the clock of that moment.
    pub received_at: Timestamp,
}

impl<'a> Arrival<'a> {
    /// What it says.
    const fn piece(&self) -> (&'a str, Cut) {
        (self.text, self.part.cut)
    }
}

/// What became of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It came before.
    Duplicate,
    /// Its message waits for others.
    Waits(LongSmsId),
    /// It was the last one that its message waited for.
    Completes(LongSmsId),
}

/// The long SMS that the parts of a batch may belong to, while the parts are gone through one after another.
pub struct Gathering {
    now: Timestamp,
    patience: Patience,
    next_id: i64,
    /// The oldest first.
    by_parts: HashMap<Common, Vec<LongSmsId>>,
    all: HashMap<LongSmsId, LongSms>,
    begun: Vec<LongSmsId>,
    added: Vec<(LongSmsId, u8)>,
    closed: Vec<LongSmsId>,
}

impl Gathering {
    /// Starts with those that wait or are remembered, the oldest first.
    #[must_use]
    pub fn new(known: Vec<LongSms>, next_id: i64, now: Timestamp, patience: Patience) -> Self {
        let mut by_parts: HashMap<Common, Vec<LongSmsId>> = HashMap::new();
        for one in &known {
            by_parts.entry(one.common.clone()).or_default().push(one.id);
        }
        Self {
            now,
            patience,
            next_id,
            by_parts,
            all: known.into_iter().map(|one| (one.id, one)).collect(),
            begun: Vec::new(),
            added: Vec::new(),
            closed: Vec::new(),
        }
    }

    /// Puts a part where it belongs. Without an id, the same text at the same place is the same part: of a message that
    /// waits always; of one that is done only within the window, because some senders never count on, and only when no
    /// other waits for it, because some say the same in each message. Another text at the same place is the beginning of
    /// another message.
    pub fn take(&mut self, common: Common, arrival: &Arrival<'_>) -> Taken {
        let Part { sequence, .. } = arrival.part;
        let candidates = self.by_parts.get(&common).map_or(&[][..], Vec::as_slice);
        let candidates = || candidates.iter().filter_map(|id| self.all.get(id));
        let says_so = |one: &LongSms| {
            one.parts
                .get(&sequence)
                .is_some_and(|text| text.piece() == arrival.piece())
        };
        let waiting = || candidates().filter(|one| one.closed_at.is_none());
        let window = self.patience.duplicate_window;
        let is_fresh = |one: &LongSms| !window.is_zero() && one.closed_at.is_some_and(|at| self.is_within(at, window));
        let lacking = waiting().find(|one| one.takes(arrival)).map(|one| one.id);
        let is_repeated =
            waiting().any(says_so) || lacking.is_none() && candidates().any(|one| is_fresh(one) && says_so(one));
        if is_repeated && !arrival.has_id {
            return Taken::Duplicate;
        }
        // A part that comes after its message was given up is no message of a later renter (rule 8).
        let is_late = |at| self.is_within(at, self.patience.parts_timeout);
        let mut newest = candidates().rev();
        let late_for = newest.find(|one| one.was_given_up_without(sequence, is_late));
        let operation = late_for.map_or(arrival.operation, |one| one.operation);
        let id = lacking.unwrap_or_else(|| self.begin(common, operation, arrival));
        self.added.push((id, sequence));
        let now = self.now;
        let is_whole = self.all.get_mut(&id).is_some_and(|long| {
            let (text, cut) = (arrival.text.to_owned(), arrival.part.cut);
            long.parts.insert(sequence, CutText { text, cut });
            long.closed_at = long.is_whole().then_some(now);
            long.is_whole()
        });
        if !is_whole {
            return Taken::Waits(id);
        }
        self.closed.push(id);
        Taken::Completes(id)
    }

    /// Whether that was no longer ago than `span`. What lies further in the future was noted before the clock was put back.
    fn is_within(&self, at: Timestamp, span: Duration) -> bool {
        at >= self.now.minus(span) && at <= self.now + span
    }

    fn begin(&mut self, common: Common, operation: Option<OperationId>, arrival: &Arrival<'_>) -> LongSmsId {
        let id = LongSmsId(self.next_id);
        self.next_id += 1;
        self.by_parts.entry(common.clone()).or_default().push(id);
        let begun = LongSms {
            id,
            common,
            operation,
            sent_at: arrival.sent_at,
            received_at: arrival.received_at,
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
    pub fn find(&self, id: LongSmsId) -> Option<&LongSms> {
        self.all.get(&id)
    }

    /// Those that began, in order.
    pub fn begun(&self) -> impl Iterator<Item = &LongSms> {
        self.begun.iter().filter_map(|id| self.find(*id))
    }

    /// The parts that were added, in order.
    pub fn added(&self) -> impl Iterator<Item = (LongSmsId, u8, &CutText)> {
        self.added.iter().filter_map(|(id, sequence)| {
            let text = self.find(*id)?.parts.get(sequence)?;
            Some((*id, *sequence, text))
        })
    }

    /// Those that became messages, in order.
    #[must_use]
    pub fn closed(&self) -> &[LongSmsId] {
        &self.closed
    }
}

#[cfg(test)]
mod tests;
