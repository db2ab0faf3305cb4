use std::collections::BTreeSet;

use super::*;
use crate::domain::sms::{Recipient, SmsPart};

fn sms() -> InboundSms {
    InboundSms {
        external_id: Some("7".to_owned()),
        receiver: Receiver::Number(Recipient::parse("+46 701").unwrap()),
        sender: "VK".to_owned(),
        text: "code".into(),
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
        text: text.into(),
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
    assert_eq!(Fingerprint::of_request(&sms()).as_i64(), 7_261_173_288_929_046_334);
}
