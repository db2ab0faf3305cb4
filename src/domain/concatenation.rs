//! Concatenated SMS: parts that come in any order and are joined into one message.
//!
//! The reference is a small counter of the sender, so it comes again: parts belong together by gateway, recipient, sender,
//! reference, number of parts, and time.

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

/// The id of a concatenated SMS, as long as it is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConcatenatedSmsId(pub i64);

/// What all parts of a concatenated SMS have in common. No `Debug`: it holds a sender (rule 11).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ConcatKey {
    /// The gateway that delivered them.
    pub gateway: GatewayId,
    /// The recipient.
    pub to: Destination,
    /// The sender.
    pub sender: String,
    /// The sender's reference.
    pub reference: u16,
    /// The number of parts; 2 or more.
    pub total: u8,
}

/// A concatenated SMS with the parts that have arrived. No `Debug`: it holds a text (rule 11).
#[derive(Clone, PartialEq, Eq)]
pub struct ConcatenatedSms {
    /// Its id.
    pub id: ConcatenatedSmsId,
    /// What its parts have in common.
    pub key: ConcatKey,
    /// Whose it was when its first part arrived (rule 8).
    pub owner: Owner,
    /// When its first part was sent, if that is known.
    pub sent_at: Option<Timestamp>,
    /// When its first part arrived.
    pub received_at: Timestamp,
    /// When it began to wait for parts.
    pub started_at: Timestamp,
    /// When it became a message; `None`: it waits for parts.
    pub closed_at: Option<Timestamp>,
    /// The texts of its parts, by their sequence numbers.
    pub parts: BTreeMap<u8, Utf16Text>,
}

impl ConcatenatedSms {
    /// Whether nothing is missing.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.parts.len() == usize::from(self.key.total)
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
        let pieces = (1..=self.key.total).filter_map(|sequence| match part(sequence) {
            Some(text) => Some(text),
            // One mark for parts that are missing in a row.
            None if sequence > 1 && part(sequence - 1).is_none() => None,
            None => Some(&missing),
        });
        pieces.collect()
    }

    /// The owner of the message that it becomes, given the operation that is open on its number now, and the time as of which
    /// it arrived.
    pub fn assign(&self, open: Option<OpenOperation>) -> (Owner, Timestamp) {
        match (self.owner, open) {
            (Ok(id), Some(open)) if open.id == id => (Ok(id), open.opened_at.max(self.received_at)),
            (Ok(_), _) => (Err(UnassignedReason::RentalOver), self.received_at),
            (Err(reason), _) => (Err(reason), self.received_at),
        }
    }

    /// Whether that part is missing, and the text keeps its bound with it (rule 12). A part that was sent before a rental does
    /// not belong to a message of the rental, even with the same reference (rule 8).
    fn accepts(&self, incoming: &IncomingPart) -> bool {
        let is_old = self.owner.is_ok() && incoming.owner == Err(UnassignedReason::SentBeforeRental);
        !is_old
            && !self.parts.contains_key(&incoming.part.sequence)
            && !self.joined(Some(incoming)).is_longer_than(TEXT_CHARS_MAX)
    }

    /// Whether it became a message without that part, so recently that the part still belongs to it.
    fn was_flushed_without(&self, sequence: u8, is_late: impl Fn(Timestamp) -> bool) -> bool {
        !self.parts.contains_key(&sequence) && self.closed_at.is_some_and(is_late)
    }
}

/// How long parts are waited for and remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartTimeouts {
    /// Within this time an equal SMS without an id is a duplicate; zero: never.
    pub duplicate_window: Duration,
    /// How long a concatenated SMS waits for its parts.
    pub parts_timeout: Duration,
}

impl PartTimeouts {
    /// How long it is remembered once it is a message.
    #[must_use]
    pub fn memory(&self) -> Duration {
        self.duplicate_window.max(self.parts_timeout)
    }
}

#[cfg(test)]
mod tests;
