//! What tells an SMS from a repetition of another one.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::cut::{FirstHalf, SecondHalf};
use super::operation::OperationId;
use super::sms::{Destination, InboundSms, Receiver, Slot};
use super::stock::GatewayId;
use super::time::Timestamp;

/// 64 bits of a hash of what an SMS holds: equal for its repetition, and next to never for another SMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(i64);

impl Fingerprint {
    /// Of an SMS or a part with an id: receiver, sender and text as its gateway gave them, whatever the table of lines
    /// makes of the receiver. Not when it was sent: some give the time of each attempt.
    #[must_use]
    pub fn of_request(sms: &InboundSms) -> Self {
        let mut hash = FieldHasher::default();
        match &sms.receiver {
            Receiver::Number(recipient) => hash.add("number").add(recipient.digits()),
            Receiver::Lines(lines) => lines.iter().map(Slot::as_str).fold(hash.add("lines"), FieldHasher::add),
        };
        if let Some(part) = sms.part {
            let halves = (
                part.cut.before.map(SecondHalf::unit),
                part.cut.after.map(FirstHalf::unit),
            );
            // No unit of a half is 0.
            let units = [part.reference, halves.0.unwrap_or(0), halves.1.unwrap_or(0)];
            let units = units.into_iter().flat_map(u16::to_le_bytes);
            let all: Vec<u8> = units.chain([part.total, part.sequence]).collect();
            hash.add("part").add(all);
        }
        hash.add("content").add(&sms.sender).add(&sms.text).end()
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

    /// The number as the database carries it; never 0, which stands for none there.
    #[must_use]
    pub const fn as_i64(self) -> i64 {
        self.0
    }
}

/// The id that a gateway gave to an SMS or to a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SmsId<'a> {
    /// The gateway, which counts for itself.
    pub gateway: GatewayId,
    /// Its own id of the SMS.
    pub external_id: &'a str,
    /// Which part it is, because some give all parts the id of their message; `None`: a whole SMS.
    pub sequence: Option<u8>,
}

/// A whole SMS without an id, told apart by what it holds and its times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentKey {
    /// What it holds, and where it came from.
    pub fingerprint: Fingerprint,
    /// Whose it is.
    pub operation: Option<OperationId>,
    /// When it was sent, if its gateway says so.
    pub sent_at: Option<Timestamp>,
    /// When it arrived.
    pub received_at: Timestamp,
}

impl ContentKey {
    /// Whether it is that one again. Both hold the same and arrived within `window`. If both say when they were sent, it
    /// was at the same time; else both belong to the same operation, for a new renter may be sent the same text.
    #[must_use]
    pub fn repeats(&self, other: &Self, window: Duration) -> bool {
        let apart = self.received_at.since(other.received_at);
        let apart = apart.max(other.received_at.since(self.received_at));
        let is_same = match (self.sent_at, other.sent_at) {
            (Some(sent_at), Some(other)) => sent_at == other,
            _ => self.operation == other.operation,
        };
        self.fingerprint == other.fingerprint && apart <= window && is_same
    }
}

/// Fields one after another, each with its length, so that none runs into the next.
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
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::sms::{Recipient, SmsPart};

    fn sms() -> InboundSms {
        InboundSms {
            external_id: Some("7".to_owned()),
            receiver: Receiver::Number(Recipient::parse("+46 701").unwrap()),
            sender: "VK".to_owned(),
            text: "code".to_owned(),
            sent_at: None,
            part: None,
        }
    }

    #[test]
    fn rule_7_a_repetition_has_the_same_content_whenever_it_was_sent() {
        let again = InboundSms {
            receiver: Receiver::Number(Recipient::parse("0046701").unwrap()),
            sent_at: Some(Timestamp::from_ms(1)),
            ..sms()
        };
        assert_eq!(Fingerprint::of_request(&again), Fingerprint::of_request(&sms()));
    }

    #[test]
    fn rule_7_what_differs_in_one_thing_is_another_message() {
        let lines = |lines: &[&str]| Receiver::Lines(lines.iter().map(|line| Slot::parse(line).unwrap()).collect());
        let with = |receiver: Receiver| InboundSms { receiver, ..sms() };
        let of = |sender: &str, text: &str, part| InboundSms {
            sender: sender.to_owned(),
            text: text.to_owned(),
            part,
            ..sms()
        };
        let part = |reference, total, sequence| of("VK", "code", SmsPart::new(reference, total, sequence));
        let all = [
            sms(),
            with(Receiver::Number(Recipient::parse("46702000000").unwrap())),
            with(lines(&["46701"])),
            with(lines(&["46701", "A"])),
            with(lines(&["46701A"])),
            of("VKc", "ode", None),
            of("VK", "Code", None),
            part(1, 2, 1),
            part(1, 2, 2),
            part(1, 3, 1),
            part(2, 2, 1),
        ];
        let different: BTreeSet<Fingerprint> = all.iter().map(Fingerprint::of_request).collect();
        assert_eq!(different.len(), all.len());
    }

    #[test]
    fn rule_7_gateway_number_and_line_tell_messages_without_ids_apart() {
        let to = |digits: &str, slot: Option<&str>| {
            let slots = slot.map(|name| Slot::parse(name).unwrap());
            Destination::from_stored(digits, slots.into_iter().collect()).unwrap()
        };
        let all = [
            (1, to("46701000000", None), "VK", "code"),
            (2, to("46701000000", None), "VK", "code"),
            (1, to("46702000000", None), "VK", "code"),
            (1, to("46701000000", Some("A")), "VK", "code"),
            (1, to("", Some("A")), "VK", "code"),
            (1, to("46701000000", None), "vk", "code"),
            (1, to("46701000000", None), "VK", "codes"),
        ];
        let of = |(gateway, to, sender, text): &(i64, Destination, &str, &str)| {
            Fingerprint::of_content(GatewayId(*gateway), to, sender, text)
        };
        let different: BTreeSet<Fingerprint> = all.iter().map(of).collect();
        assert_eq!(different.len(), all.len());
    }

    #[test]
    fn rule_7_without_an_id_operation_and_times_tell() {
        let one = |operation, sent_at: Option<i64>, received_at| ContentKey {
            fingerprint: Fingerprint(1),
            operation: OperationId::new(operation),
            sent_at: sent_at.map(Timestamp::from_ms),
            received_at: Timestamp::from_ms(received_at),
        };
        let window = Duration::from_millis(100);
        for (before, after, expected) in [
            (one(1, None, 0), one(1, None, 100), true),
            (one(1, None, 100), one(1, None, 0), true),
            (one(1, None, 0), one(1, None, 101), false),
            (one(0, None, 0), one(0, None, 0), true),
            (one(1, None, 0), one(2, None, 0), false),
            (one(0, None, 0), one(2, Some(7), 0), false),
            (one(1, Some(7), 0), one(1, None, 0), true),
            (one(1, Some(7), 0), one(2, Some(7), 100), true),
            (one(1, Some(7), 0), one(1, Some(8), 0), false),
        ] {
            assert_eq!(after.repeats(&before, window), expected, "{before:?} {after:?}");
        }
        let other = ContentKey {
            fingerprint: Fingerprint(2),
            ..one(1, None, 0)
        };
        assert!(!other.repeats(&one(1, None, 0), window));
    }

    /// It is kept for months: another version of the server has to find it.
    #[test]
    fn a_fingerprint_stays_what_it_is() {
        assert_eq!(Fingerprint::of_request(&sms()).as_i64(), 7_610_089_204_047_325_395);
    }
}
