//! Long SMS that come in parts, in any order, and are one message in the end.
//!
//! Senders number their long messages with a small counter, so the same reference comes again: what belongs together is
//! decided by gateway, receiver, sender, reference and number of parts, and by time.

mod reassembly;

use std::collections::BTreeMap;
use std::time::Duration;

use super::assignment::{OpenOperation, Owner, UnassignedReason};
use super::sms::{Destination, TEXT_CHARS_MAX, Utf16Text};
use super::stock::GatewayId;
use super::time::Timestamp;

pub use reassembly::{IncomingPart, PartOutcome, Reassembly};

/// Stands where parts are missing.
pub const MISSING: &str = "[…]";

/// The id of a long SMS, while it is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConcatenatedSmsId(pub i64);

/// What all parts of a long SMS have in common. No `Debug`: it holds a sender (rule 11).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ConcatKey {
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
pub struct ConcatenatedSms {
    /// Its id.
    pub id: ConcatenatedSmsId,
    /// What its parts have in common.
    pub common: ConcatKey,
    /// Whose it was when its first part arrived (rule 8).
    pub owner: Owner,
    /// When it was sent, if its first part said so.
    pub sent_at: Option<Timestamp>,
    /// When its first part arrived.
    pub received_at: Timestamp,
    /// Since when it waits.
    pub started_at: Timestamp,
    /// When it became a message; `None`: it waits.
    pub closed_at: Option<Timestamp>,
    /// The texts that came, by their places.
    pub parts: BTreeMap<u8, Utf16Text>,
}

impl ConcatenatedSms {
    /// Whether nothing is missing.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.parts.len() == usize::from(self.common.total)
    }

    /// The parts one after another, with [`MISSING`] where some are missing. An emoji that was split between two parts is
    /// whole again.
    #[must_use]
    pub fn text(&self) -> String {
        self.joined(None).to_string_lossy()
    }

    fn joined(&self, added: Option<&IncomingPart>) -> Utf16Text {
        let missing = Utf16Text::from(MISSING);
        let part = |sequence: u8| match added {
            Some(added) if added.part.sequence == sequence => Some(&added.text),
            _ => self.parts.get(&sequence),
        };
        let pieces = (1..=self.common.total).filter_map(|sequence| match part(sequence) {
            Some(text) => Some(text),
            // One mark for parts that are missing in a row.
            None if sequence > 1 && part(sequence - 1).is_none() => None,
            None => Some(&missing),
        });
        pieces.collect()
    }

    /// Whose it is as a message, given the operation that is open on its number now, and the time as of which it arrived.
    pub fn assign(&self, open: Option<OpenOperation>) -> (Owner, Timestamp) {
        match (self.owner, open) {
            (Ok(id), Some(open)) if open.id == id => (Ok(id), open.opened_at.max(self.received_at)),
            (Ok(_), _) => (Err(UnassignedReason::RentalOver), self.received_at),
            (Err(reason), _) => (Err(reason), self.received_at),
        }
    }

    /// Whether that part is missing, and the text stays within its bound with it (rule 12). What was sent before a rental
    /// is not part of a message of it, though senders use their references again (rule 8).
    fn accepts(&self, arrival: &IncomingPart) -> bool {
        let is_old = self.owner.is_ok() && arrival.owner == Err(UnassignedReason::SentBeforeRental);
        !is_old
            && !self.parts.contains_key(&arrival.part.sequence)
            && !self.joined(Some(arrival)).is_longer_than(TEXT_CHARS_MAX)
    }

    /// Whether it was passed on without that part so lately that the part still belongs to it.
    fn was_given_up_without(&self, sequence: u8, is_late: impl Fn(Timestamp) -> bool) -> bool {
        !self.parts.contains_key(&sequence) && self.closed_at.is_some_and(is_late)
    }
}

/// How long things are waited for and remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartTimeouts {
    /// How long the same SMS again is a repetition, when it has no id; zero: never.
    pub duplicate_window: Duration,
    /// How long a long SMS waits for its parts.
    pub parts_timeout: Duration,
}

impl PartTimeouts {
    /// How long a long SMS is remembered once it is a message.
    #[must_use]
    pub fn memory(&self) -> Duration {
        self.duplicate_window.max(self.parts_timeout)
    }
}

#[cfg(test)]
mod tests;
