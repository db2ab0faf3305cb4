//! Parts in every order, twice, late, and with the same reference again.

mod cut;
mod owner;
mod repetition;

use super::*;
use crate::domain::operation::OperationId;
use crate::domain::sms::{Recipient, SmsPart};

const START: Timestamp = Timestamp::from_ms(1_000_000);
const MINUTE: Duration = Duration::from_secs(60);
const TIMEOUTS: PartTimeouts = PartTimeouts {
    duplicate_window: MINUTE,
    parts_timeout: Duration::from_secs(180),
};

fn key() -> ConcatKey {
    ConcatKey {
        gateway: GatewayId(1),
        to: Destination::Named(Recipient::parse("46701").unwrap()),
        sender: "VK".to_owned(),
        reference: 7,
        total: 3,
    }
}

fn reassembly(known: Vec<ConcatenatedSms>, now: Timestamp) -> Reassembly {
    Reassembly::new(known, 1, now, TIMEOUTS)
}

fn incoming(sequence: u8, text: &str) -> IncomingPart {
    IncomingPart {
        part: SmsPart::new(7, 3, sequence).unwrap(),
        text: text.into(),
        has_id: false,
        owner: of(1),
        sent_at: None,
        received_at: START,
    }
}

fn of(operation: i64) -> Owner {
    Ok(OperationId::new(operation).unwrap())
}

/// A concatenated SMS with these parts, which became a message at that time.
fn stored(parts: &[(u8, &str)], closed_at: Option<Timestamp>) -> ConcatenatedSms {
    ConcatenatedSms {
        id: ConcatenatedSmsId(9),
        key: key(),
        owner: of(5),
        sent_at: None,
        received_at: START,
        started_at: START,
        closed_at,
        parts: parts
            .iter()
            .map(|(place, text)| (*place, Utf16Text::from(*text)))
            .collect(),
    }
}

#[test]
fn parts_are_joined_in_any_order() {
    for order in [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]] {
        let mut reassembly = reassembly(Vec::new(), START);
        for (count, sequence) in (1..).zip(order) {
            let outcome = reassembly.take(key(), incoming(sequence, &format!("<{sequence}>")));
            let id = ConcatenatedSmsId(1);
            let expected = if count == 3 {
                PartOutcome::Completes(id)
            } else if count == 1 {
                PartOutcome::Begins(id)
            } else {
                PartOutcome::Waits(id)
            };
            assert_eq!(outcome, expected, "{order:?}");
        }
        assert_eq!(reassembly.find(ConcatenatedSmsId(1)).unwrap().text(), "<1><2><3>");
        assert_eq!((reassembly.begun().count(), reassembly.added().count()), (1, 3));
        assert_eq!(reassembly.closed(), [ConcatenatedSmsId(1)]);
    }
}

#[test]
fn what_is_missing_is_marked_once_for_each_gap() {
    for (parts, text) in [
        (&[(1, "a"), (3, "c")][..], "a[…]c"),
        (&[(3, "c")], "[…]c"),
        (&[(1, "a")], "a[…]"),
        (&[(2, "b")], "[…]b[…]"),
        (&[(1, "a"), (2, "b"), (3, "c")], "abc"),
    ] {
        assert_eq!(stored(parts, None).text(), text);
    }
}

#[test]
fn what_differs_in_one_thing_belongs_to_another_message() {
    let mut reassembly = reassembly(Vec::new(), START);
    reassembly.take(key(), incoming(1, "a"));
    let others: [fn(&mut ConcatKey); 5] = [
        |key| key.gateway = GatewayId(2),
        |key| key.to = Destination::Named(Recipient::parse("46702").unwrap()),
        |key| key.sender = "vk".to_owned(),
        |key| key.reference = 8,
        |key| key.total = 4,
    ];
    for (count, change) in (2..).zip(others) {
        let mut other = key();
        change(&mut other);
        assert_eq!(
            reassembly.take(other, incoming(2, "b")),
            PartOutcome::Begins(ConcatenatedSmsId(count))
        );
    }
}

#[test]
fn rule_8_a_part_that_comes_too_late_is_none_of_a_later_renter() {
    let operation_of_late = |sequence: u8, after: Duration| {
        let flushed = stored(&[(1, "a"), (3, "c")], Some(START));
        let mut reassembly = Reassembly::new(vec![flushed], 10, START + after, TIMEOUTS);
        assert_eq!(
            reassembly.take(key(), incoming(sequence, "late")),
            PartOutcome::Begins(ConcatenatedSmsId(10))
        );
        reassembly.find(ConcatenatedSmsId(10)).unwrap().owner
    };
    let (old, new) = (of(5), of(1));
    assert_eq!(operation_of_late(2, 3 * MINUTE), old);
    assert_eq!(operation_of_late(2, 3 * MINUTE + Duration::from_millis(1)), new);
    // What it had already is the beginning of another message.
    assert_eq!(operation_of_late(1, MINUTE), new);
}

#[test]
fn a_part_joins_what_waits_with_the_operation_and_the_time_of_the_first() {
    let mut reassembly = reassembly(vec![stored(&[(1, "a")], None)], START + MINUTE);
    let later = IncomingPart {
        received_at: START + MINUTE,
        ..incoming(3, "c")
    };
    assert_eq!(reassembly.take(key(), later), PartOutcome::Waits(ConcatenatedSmsId(9)));
    let long = reassembly.find(ConcatenatedSmsId(9)).unwrap();
    assert_eq!((long.owner, long.received_at), (of(5), START));
    assert_eq!(reassembly.begun().count(), 0);
}

#[test]
fn rule_12_what_is_joined_keeps_the_bound_of_a_text() {
    let texts: Vec<String> = (0..40)
        .map(|place| "яx"[..].repeat(if place == 0 { 7 } else { 500 }))
        .collect();
    let forty = || ConcatKey { total: 40, ..key() };
    let mut reassembly = reassembly(Vec::new(), START);
    let outcomes: Vec<PartOutcome> = (1..=40)
        .zip(&texts)
        .map(|(sequence, text)| {
            let part = SmsPart::new(7, 40, sequence).unwrap();
            reassembly.take(
                forty(),
                IncomingPart {
                    part,
                    ..incoming(1, text)
                },
            )
        })
        .collect();
    assert_eq!(outcomes[38], PartOutcome::Waits(ConcatenatedSmsId(1)));
    assert_eq!(
        outcomes[39],
        PartOutcome::Completes(ConcatenatedSmsId(1)),
        "39,014 characters fit"
    );
    let last = IncomingPart {
        part: SmsPart::new(7, 40, 40).unwrap(),
        ..incoming(1, &texts[39])
    };
    let mut first = texts[0].clone();
    first.push_str("12");
    let mut reassembly = self::reassembly(Vec::new(), START);
    for (sequence, text) in (1..40).zip(std::iter::once(&first).chain(&texts[1..])) {
        let part = SmsPart::new(7, 40, sequence).unwrap();
        assert_eq!(
            reassembly.take(
                forty(),
                IncomingPart {
                    part,
                    ..incoming(1, text)
                }
            ),
            if sequence == 1 {
                PartOutcome::Begins(ConcatenatedSmsId(1))
            } else {
                PartOutcome::Waits(ConcatenatedSmsId(1))
            }
        );
    }
    assert_eq!(
        reassembly.take(forty(), last),
        PartOutcome::Begins(ConcatenatedSmsId(2)),
        "39,016 do not"
    );
    for long in reassembly.begun() {
        assert!(long.text().chars().count() <= crate::domain::sms::TEXT_CHARS_MAX);
    }
}
