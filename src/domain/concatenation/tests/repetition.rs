//! A part that comes again.

use super::*;

#[test]
fn the_same_part_again_is_a_duplicate_and_another_text_begins_another_message() {
    let mut reassembly = reassembly(Vec::new(), START);
    let id = ConcatenatedSmsId;
    assert_eq!(reassembly.take(key(), incoming(1, "a")), PartOutcome::Begins(id(1)));
    assert_eq!(reassembly.take(key(), incoming(1, "a")), PartOutcome::Duplicate);
    assert_eq!(reassembly.take(key(), incoming(1, "A")), PartOutcome::Begins(id(2)));
    assert_eq!(reassembly.take(key(), incoming(1, "A")), PartOutcome::Duplicate);
    // The first that lacks it gets it.
    assert_eq!(reassembly.take(key(), incoming(2, "b")), PartOutcome::Waits(id(1)));
    assert_eq!(reassembly.take(key(), incoming(2, "B")), PartOutcome::Waits(id(2)));
    assert_eq!(reassembly.take(key(), incoming(3, "c")), PartOutcome::Completes(id(1)));
    assert_eq!(reassembly.take(key(), incoming(3, "C")), PartOutcome::Completes(id(2)));
    assert_eq!(reassembly.find(id(1)).unwrap().text(), "abc");
    assert_eq!(reassembly.find(id(2)).unwrap().text(), "ABC");
}

#[test]
fn a_message_that_is_done_knows_its_parts_for_the_window_unless_they_have_ids() {
    let whole = stored(&[(1, "a"), (2, "b"), (3, "c")], Some(START));
    let again = |after: Duration, part: IncomingPart, duplicate_window| {
        let timeouts = PartTimeouts {
            duplicate_window,
            ..TIMEOUTS
        };
        let part = IncomingPart {
            owner: whole.owner,
            ..part
        };
        Reassembly::new(vec![whole.clone()], 10, START + after, timeouts).take(key(), part)
    };
    let id = ConcatenatedSmsId(10);
    let new = Duration::from_millis(1);
    assert_eq!(again(MINUTE, incoming(2, "b"), MINUTE), PartOutcome::Duplicate);
    assert_eq!(again(MINUTE + new, incoming(2, "b"), MINUTE), PartOutcome::Begins(id));
    assert_eq!(again(MINUTE, incoming(2, "B"), MINUTE), PartOutcome::Begins(id));
    assert_eq!(
        again(Duration::ZERO, incoming(2, "b"), Duration::ZERO),
        PartOutcome::Begins(id)
    );
    let with_id = IncomingPart {
        has_id: true,
        ..incoming(2, "b")
    };
    assert_eq!(again(MINUTE, with_id, MINUTE), PartOutcome::Begins(id));
}

#[test]
fn rule_7_a_part_that_a_waiting_one_lacks_is_no_repetition_of_one_that_is_done() {
    let mut reassembly = reassembly(Vec::new(), START);
    let id = ConcatenatedSmsId;
    for (text, long) in [("Code 1111", 1), ("Code 2222", 2)] {
        assert_eq!(reassembly.take(key(), incoming(1, text)), PartOutcome::Begins(id(long)));
        assert_eq!(
            reassembly.take(key(), incoming(2, "Tell nobody")),
            PartOutcome::Waits(id(long))
        );
        assert_eq!(
            reassembly.take(key(), incoming(3, "!")),
            PartOutcome::Completes(id(long))
        );
    }
    assert_eq!(reassembly.take(key(), incoming(3, "!")), PartOutcome::Duplicate);
}

#[test]
fn rule_7_a_part_with_an_id_of_its_own_is_no_repetition_of_one_that_waits() {
    let mut reassembly = reassembly(Vec::new(), START);
    for long in [1, 2] {
        let with_id = IncomingPart {
            has_id: true,
            ..incoming(2, "the same")
        };
        assert_eq!(
            reassembly.take(key(), with_id),
            PartOutcome::Begins(ConcatenatedSmsId(long))
        );
    }
}

#[test]
fn what_was_done_in_the_future_by_a_clock_that_was_set_back_is_forgotten() {
    let take = |parts: &[(u8, &str)], ahead: Duration, part: IncomingPart| {
        let mut reassembly = Reassembly::new(vec![stored(parts, Some(START + ahead))], 10, START, TIMEOUTS);
        let outcome = reassembly.take(key(), part);
        (outcome, reassembly.find(ConcatenatedSmsId(10)).map(|long| long.owner))
    };
    let whole = [(1, "a"), (2, "b"), (3, "c")];
    let a_bit = Duration::from_millis(1);
    let again = IncomingPart {
        owner: of(5),
        ..incoming(2, "b")
    };
    assert_eq!(take(&whole, MINUTE, again), (PartOutcome::Duplicate, None));
    let begun = |operation| (PartOutcome::Begins(ConcatenatedSmsId(10)), Some(of(operation)));
    assert_eq!(take(&whole, MINUTE + a_bit, incoming(2, "b")), begun(1));
    let flushed = &whole[..1];
    assert_eq!(take(flushed, 3 * MINUTE, incoming(2, "b")), begun(5));
    assert_eq!(take(flushed, 3 * MINUTE + a_bit, incoming(2, "b")), begun(1));
}
