//! A part that comes again.

use super::*;

#[test]
fn the_same_part_again_is_a_duplicate_and_another_text_begins_another_message() {
    let mut gathering = gathering(Vec::new(), START);
    let id = ConcatenatedSmsId;
    assert_eq!(gathering.take(common(), arrival(1, "a")), PartOutcome::Begins(id(1)));
    assert_eq!(gathering.take(common(), arrival(1, "a")), PartOutcome::Duplicate);
    assert_eq!(gathering.take(common(), arrival(1, "A")), PartOutcome::Begins(id(2)));
    assert_eq!(gathering.take(common(), arrival(1, "A")), PartOutcome::Duplicate);
    // The first that lacks it gets it.
    assert_eq!(gathering.take(common(), arrival(2, "b")), PartOutcome::Waits(id(1)));
    assert_eq!(gathering.take(common(), arrival(2, "B")), PartOutcome::Waits(id(2)));
    assert_eq!(gathering.take(common(), arrival(3, "c")), PartOutcome::Completes(id(1)));
    assert_eq!(gathering.take(common(), arrival(3, "C")), PartOutcome::Completes(id(2)));
    assert_eq!(gathering.find(id(1)).unwrap().text(), "abc");
    assert_eq!(gathering.find(id(2)).unwrap().text(), "ABC");
}

#[test]
fn a_message_that_is_done_knows_its_parts_for_the_window_unless_they_have_ids() {
    let whole = gone(&[(1, "a"), (2, "b"), (3, "c")], Some(START));
    let again = |after: Duration, arrival: IncomingPart, duplicate_window| {
        let patience = PartTimeouts {
            duplicate_window,
            ..PATIENCE
        };
        let arrival = IncomingPart {
            owner: whole.owner,
            ..arrival
        };
        Reassembly::new(vec![whole.clone()], 10, START + after, patience).take(common(), arrival)
    };
    let id = ConcatenatedSmsId(10);
    let new = Duration::from_millis(1);
    assert_eq!(again(MINUTE, arrival(2, "b"), MINUTE), PartOutcome::Duplicate);
    assert_eq!(again(MINUTE + new, arrival(2, "b"), MINUTE), PartOutcome::Begins(id));
    assert_eq!(again(MINUTE, arrival(2, "B"), MINUTE), PartOutcome::Begins(id));
    assert_eq!(
        again(Duration::ZERO, arrival(2, "b"), Duration::ZERO),
        PartOutcome::Begins(id)
    );
    let with_id = IncomingPart {
        has_id: true,
        ..arrival(2, "b")
    };
    assert_eq!(again(MINUTE, with_id, MINUTE), PartOutcome::Begins(id));
}

#[test]
fn rule_7_a_part_that_a_waiting_one_lacks_is_no_repetition_of_one_that_is_done() {
    let mut gathering = gathering(Vec::new(), START);
    let id = ConcatenatedSmsId;
    for (text, long) in [("Code 1111", 1), ("Code 2222", 2)] {
        assert_eq!(
            gathering.take(common(), arrival(1, text)),
            PartOutcome::Begins(id(long))
        );
        assert_eq!(
            gathering.take(common(), arrival(2, "Tell nobody")),
            PartOutcome::Waits(id(long))
        );
        assert_eq!(
            gathering.take(common(), arrival(3, "!")),
            PartOutcome::Completes(id(long))
        );
    }
    assert_eq!(gathering.take(common(), arrival(3, "!")), PartOutcome::Duplicate);
}

#[test]
fn rule_7_a_part_with_an_id_of_its_own_is_no_repetition_of_one_that_waits() {
    let mut gathering = gathering(Vec::new(), START);
    for long in [1, 2] {
        let with_id = IncomingPart {
            has_id: true,
            ..arrival(2, "the same")
        };
        assert_eq!(
            gathering.take(common(), with_id),
            PartOutcome::Begins(ConcatenatedSmsId(long))
        );
    }
}

#[test]
fn what_was_done_in_the_future_by_a_clock_that_was_set_back_is_forgotten() {
    let take = |parts: &[(u8, &str)], ahead: Duration, arrival: IncomingPart| {
        let mut gathering = Reassembly::new(vec![gone(parts, Some(START + ahead))], 10, START, PATIENCE);
        let taken = gathering.take(common(), arrival);
        (taken, gathering.find(ConcatenatedSmsId(10)).map(|long| long.owner))
    };
    let whole = [(1, "a"), (2, "b"), (3, "c")];
    let a_bit = Duration::from_millis(1);
    let again = IncomingPart {
        owner: of(5),
        ..arrival(2, "b")
    };
    assert_eq!(take(&whole, MINUTE, again), (PartOutcome::Duplicate, None));
    let begun = |operation| (PartOutcome::Begins(ConcatenatedSmsId(10)), Some(of(operation)));
    assert_eq!(take(&whole, MINUTE + a_bit, arrival(2, "b")), begun(1));
    let given_up = &whole[..1];
    assert_eq!(take(given_up, 3 * MINUTE, arrival(2, "b")), begun(5));
    assert_eq!(take(given_up, 3 * MINUTE + a_bit, arrival(2, "b")), begun(1));
}
