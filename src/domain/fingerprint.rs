//! How a repeated SMS is recognised.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::operation::OperationId;
use super::sms::{Destination, InboundSms, Receiver, Slot};
use super::stock::GatewayId;
use super::time::Timestamp;

/// 64 bits of a hash of an SMS: equal for a repetition, and practically never for another SMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(i64);

impl Fingerprint {
    /// Of an SMS or a part with an id: recipient, sender and text as its gateway sent them, before the line is resolved to a
    /// number. Without the time at which it was sent: some gateways report the time of each attempt.
    #[must_use]
    pub fn of_request(sms: &InboundSms) -> Self {
        let mut hash = FieldHasher::default();
        match &sms.receiver {
            Receiver::Number(recipient) => hash.add("number").add(recipient.digits()),
            Receiver::Lines(lines) => lines.iter().map(Slot::as_str).fold(hash.add("lines"), FieldHasher::add),
        };
        if let Some(part) = sms.part {
            let [low, high] = part.reference.to_le_bytes();
            hash.add("part").add([low, high, part.total, part.sequence]);
        }
        hash.add("content").add(&sms.sender).add(sms.text.to_be_bytes()).end()
    }

    /// Of a whole SMS without an id, as it is stored.
    #[must_use]
    pub fn of_content(gateway: GatewayId, to: &Destination, sender: &str, text: &str) -> Self {
        let mut hash = FieldHasher::default();
        hash.add(gateway.0.to_le_bytes()).add(to.digits());
        for slot in to.slots() {
            hash.add(slot.as_str());
        }
        hash.add("content").add(sender).add(text).end()
    }

    /// As stored; never 0, which means none in the database.
    #[must_use]
    pub const fn as_i64(self) -> i64 {
        self.0
    }
}

/// The id that a gateway gave to an SMS or to a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SmsId<'a> {
    /// The gateway: ids of different gateways are independent.
    pub gateway: GatewayId,
    /// Its own id of the SMS.
    pub external_id: &'a str,
    /// Which part it is, because some gateways give all parts the same id; `None`: a whole SMS.
    pub sequence: Option<u8>,
}

/// What identifies a whole SMS without an id: its content, its operation and its times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentKey {
    /// Of its content.
    pub fingerprint: Fingerprint,
    /// The operation that it belongs to.
    pub operation: Option<OperationId>,
    /// When it was sent, if its gateway reports it.
    pub sent_at: Option<Timestamp>,
    /// When it arrived.
    pub received_at: Timestamp,
}

impl ContentKey {
    /// Whether it repeats the other one: the content is the same, and both arrived within `window`. If both have the time at
    /// which they were sent, that is the same, too; else both belong to the same operation, because a new renter may be sent
    /// the same text.
    #[must_use]
    pub fn repeats(&self, other: &Self, window: Duration) -> bool {
        let difference = self.received_at.since(other.received_at);
        let difference = difference.max(other.received_at.since(self.received_at));
        let is_same = match (self.sent_at, other.sent_at) {
            (Some(sent_at), Some(other)) => sent_at == other,
            _ => self.operation == other.operation,
        };
        self.fingerprint == other.fingerprint && difference <= window && is_same
    }
}

/// Hashes fields, each with its length, so that none runs into the next.
#[derive(Default)]
struct FieldHasher(Sha256);

impl FieldHasher {
    fn add(&mut self, field: impl AsRef<[u8]>) -> &mut Self {
        let field = field.as_ref();
        let length = u64::try_from(field.len()).unwrap_or(u64::MAX);
        self.0.update(length.to_le_bytes());
        self.0.update(field);
        self
    }

    fn end(&mut self) -> Fingerprint {
        let bytes: [u8; 32] = self.0.finalize_reset().into();
        let first = bytes.first_chunk().expect("a hash has 32 bytes");
        Fingerprint(match i64::from_le_bytes(*first) {
            0 => 1,
            bits => bits,
        })
    }
}

#[cfg(test)]
mod tests;
