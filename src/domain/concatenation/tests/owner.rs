//! The owner of a concatenated SMS whose number gets another renter (rule 8).

use super::*;

fn old(sequence: u8, text: &str) -> IncomingPart {
    IncomingPart {
        owner: Err(UnassignedReason::SentBeforeRental),
        ..incoming(sequence, text)
    }
}

#[test]
fn rule_8_what_was_sent_before_the_rental_is_no_part_of_its_messages() {
    let waiting = ConcatenatedSms {
        owner: of(1),
        ..stored(&[(1, "a")], None)
    };
    let flushed = ConcatenatedSms {
        closed_at: Some(START),
        ..waiting.clone()
    };
    for known in [waiting, flushed] {
        let mut reassembly = Reassembly::new(vec![known], 10, START, TIMEOUTS);
        assert_eq!(
            reassembly.take(key(), old(2, "b")),
            PartOutcome::Begins(ConcatenatedSmsId(10))
        );
        let begun = reassembly.find(ConcatenatedSmsId(10)).unwrap();
        assert_eq!(begun.owner, Err(UnassignedReason::SentBeforeRental));
    }
}

#[test]
fn rule_8_without_an_id_the_same_part_for_another_operation_is_another_part() {
    let whole = stored(&[(1, "a"), (2, "b"), (3, "c")], Some(START));
    let waiting = ConcatenatedSms {
        owner: Err(UnassignedReason::NotRented),
        ..stored(&[(2, "b")], None)
    };
    for known in [whole, waiting] {
        let take = |owner| {
            let mut reassembly = Reassembly::new(vec![known.clone()], 10, START, TIMEOUTS);
            let again = IncomingPart {
                owner,
                ..incoming(2, "b")
            };
            reassembly.take(key(), again)
        };
        assert_eq!(take(known.owner), PartOutcome::Duplicate);
        assert_eq!(take(of(1)), PartOutcome::Begins(ConcatenatedSmsId(10)));
    }
}

#[test]
fn rule_8_a_message_is_of_the_operation_to_which_its_first_part_belonged_while_that_is_open() {
    let open = |id: i64, opened_at| {
        OperationId::new(id).map(|id| OpenOperation {
            id,
            opened_at,
            previous_closed_at: None,
            hour: None,
        })
    };
    let later = START + MINUTE;
    let long = stored(&[(1, "a")], None);
    assert_eq!(long.assign(open(5, START)), (of(5), START));
    // The clock was set back since.
    assert_eq!(long.assign(open(5, later)), (of(5), later));
    for other in [open(6, START), None] {
        assert_eq!(long.assign(other), (Err(UnassignedReason::RentalOver), START));
    }
    let nobodys = ConcatenatedSms {
        owner: Err(UnassignedReason::OtherGateway),
        ..long
    };
    assert_eq!(
        nobodys.assign(open(5, START)),
        (Err(UnassignedReason::OtherGateway), START)
    );
}

#[test]
fn rule_12_one_that_is_too_many_is_nobodys() {
    let mut reassembly = reassembly(Vec::new(), START);
    reassembly.take(key(), incoming(1, "a"));
    reassembly.disown(ConcatenatedSmsId(1), UnassignedReason::TooMany);
    reassembly.take(key(), incoming(2, "b"));
    assert_eq!(
        reassembly.take(key(), incoming(3, "c")),
        PartOutcome::Completes(ConcatenatedSmsId(1))
    );
    let long = reassembly.find(ConcatenatedSmsId(1)).unwrap();
    assert_eq!(long.owner, Err(UnassignedReason::TooMany));
}
