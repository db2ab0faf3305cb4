//! The transitions of an operation, one by one.

use std::time::Duration;

use strum::VariantArray as _;

use super::*;
use crate::domain::ledger::TransferKind;

const OPENED: Timestamp = Timestamp::from_ms(0);
const TIMEOUT: Duration = Duration::from_secs(1260);
const LATER: Timestamp = Timestamp::from_ms(1_300_000);

fn rubles(amount: i64) -> Kopecks {
    Kopecks::from_i64(amount * 100).unwrap()
}

fn waiting() -> Operation {
    let number = "46701234567".parse().unwrap();
    Operation::open(OperationId::new(1).unwrap(), number, rubles(320), OPENED).0
}

fn receiving() -> Operation {
    Operation {
        state: OperationState::Receiving,
        ..waiting()
    }
}

fn closed(outcome: Outcome) -> Operation {
    let finish = match outcome {
        Outcome::Sold => Finish::Sold(rubles(870)),
        Outcome::Cancelled => Finish::Cancelled,
        Outcome::Refunded => Finish::Refunded,
        Outcome::NotOrdered => Finish::NotOrdered,
        Outcome::NoSms => return waiting().expire_silent(TIMEOUT, LATER).unwrap().operation,
        Outcome::Undelivered => return waiting().release_undelivered(LATER).unwrap().operation,
        Outcome::Forced => return waiting().force_close(LATER).unwrap().operation,
    };
    receiving().finish(finish, LATER).unwrap().operation
}

fn moved(change: &OperationChange, kind: TransferKind) -> Kopecks {
    let lines = change.transfers.iter().filter(|line| line.kind == kind);
    lines.fold(Kopecks::ZERO, |sum, line| sum + line.amount)
}

#[test]
fn sold_posts_the_total_of_all_periods() {
    let change = receiving().finish(Finish::Sold(rubles(870)), LATER).unwrap();
    assert_eq!(moved(&change, TransferKind::Post), rubles(870));
    assert_eq!(moved(&change, TransferKind::Reserve), rubles(550));
    assert_eq!(moved(&change, TransferKind::Void), Kopecks::ZERO);
    assert_eq!(change.released, Some(RentalResult::Received));
    assert_eq!(change.entry, HistoryEvent::Closed(Outcome::Sold));
}

#[test]
fn every_other_end_voids_the_reserve() {
    for finish in [Finish::NotOrdered, Finish::Cancelled, Finish::Refunded] {
        let change = waiting().finish(finish, LATER).unwrap();
        assert_eq!(moved(&change, TransferKind::Void), rubles(320));
        assert_eq!(change.transfers.len(), 1);
        assert_eq!(
            change.released,
            Some(RentalResult::Silent {
                lasted: Duration::from_secs(1300)
            })
        );
    }
}

#[test]
fn rule_6_the_same_finish_again_moves_nothing() {
    for outcome in [
        Outcome::Sold,
        Outcome::Cancelled,
        Outcome::Refunded,
        Outcome::NotOrdered,
    ] {
        let again = match outcome {
            Outcome::Sold => Finish::Sold(rubles(870)),
            Outcome::Cancelled => Finish::Cancelled,
            Outcome::Refunded => Finish::Refunded,
            _ => Finish::NotOrdered,
        };
        assert_eq!(closed(outcome).finish(again, LATER), None, "{outcome:?}");
    }
}

#[test]
fn rule_6_a_refund_reverses_what_was_posted_once() {
    let change = closed(Outcome::Sold).finish(Finish::Refunded, LATER).unwrap();
    assert_eq!(change.transfers, vec![ledger::reverse(rubles(870))]);
    assert_eq!(change.released, None);
    assert!(!change.entry.is_discrepancy());
    assert_eq!(change.operation.finish(Finish::Refunded, LATER), None);
    assert_eq!(change.operation.finish(Finish::Sold(rubles(870)), LATER), None);
}

#[test]
fn onlinesim_is_the_judge_of_what_we_closed_otherwise() {
    for outcome in [
        Outcome::NoSms,
        Outcome::Cancelled,
        Outcome::Undelivered,
        Outcome::NotOrdered,
        Outcome::Forced,
    ] {
        let change = closed(outcome).finish(Finish::Sold(rubles(500)), LATER).unwrap();
        assert_eq!(moved(&change, TransferKind::Post), rubles(500));
        assert_eq!(moved(&change, TransferKind::Reserve), rubles(500));
        assert_eq!(
            change.entry,
            HistoryEvent::Corrected {
                from: outcome,
                to: Outcome::Sold
            }
        );
        assert!(change.entry.is_discrepancy());
        assert_eq!(change.released, None, "its number may have another renter by now");
        assert_eq!(change.operation.finish(Finish::Sold(rubles(500)), LATER), None);
    }
}

#[test]
fn what_contradicts_a_sale_is_kept_for_the_admin_and_moves_nothing() {
    for finish in [Finish::Cancelled, Finish::NotOrdered, Finish::Sold(rubles(871))] {
        let sold = closed(Outcome::Sold);
        let change = sold.finish(finish, LATER).unwrap();
        assert_eq!((change.operation, change.transfers.len()), (sold, 0));
        assert!(change.entry.is_discrepancy());
    }
    for outcome in [Outcome::NoSms, Outcome::Undelivered, Outcome::Forced] {
        assert_eq!(closed(outcome).finish(Finish::Cancelled, LATER), None, "{outcome:?}");
    }
}

/// Refunded at once, without a credit: a later "sold" changes nothing, but is shown to the admin.
#[test]
fn a_sale_after_a_refund_is_kept_for_the_admin_and_moves_nothing() {
    let refunded = closed(Outcome::Refunded);
    let change = refunded.finish(Finish::Sold(rubles(870)), LATER).unwrap();
    assert_eq!((change.operation, change.transfers.len()), (refunded, 0));
    assert_eq!(
        change.entry,
        HistoryEvent::Contradicted {
            reported: Outcome::Sold,
            sum: Some(rubles(870))
        }
    );
}

#[test]
fn an_operation_has_an_id_from_1_on_and_a_word_for_its_state() {
    assert_eq!(OperationId::new(0), None);
    assert_eq!(OperationId::new(355).unwrap().as_i64(), 355);
    let words = [waiting(), receiving(), closed(Outcome::Sold)].map(|operation| <&str>::from(operation.state));
    assert_eq!(words, ["waiting", "receiving", "closed"]);
}

#[test]
fn every_outcome_has_its_word() {
    let expected = [
        "sold",
        "cancelled",
        "refunded",
        "not_ordered",
        "no_sms",
        "undelivered",
        "forced",
    ];
    let words: Vec<&str> = Outcome::VARIANTS.iter().map(Into::into).collect();
    assert_eq!(words, expected);
    let parsed: Vec<Outcome> = expected.iter().map(|word| word.parse().unwrap()).collect();
    assert_eq!(parsed, Outcome::VARIANTS);
}

#[test]
fn rule_5_the_watchdog_closes_only_what_waits() {
    assert_eq!(receiving().expire_silent(TIMEOUT, LATER), None);
    assert_eq!(closed(Outcome::Sold).expire_silent(TIMEOUT, LATER), None);
    assert_eq!(waiting().expire_silent(TIMEOUT, Timestamp::from_ms(1_259_999)), None);
    let change = waiting().expire_silent(TIMEOUT, Timestamp::from_ms(1_260_000)).unwrap();
    assert_eq!(change.entry, HistoryEvent::Closed(Outcome::NoSms));
}

#[test]
fn rule_5_nothing_closes_twice() {
    for &outcome in Outcome::VARIANTS {
        assert_eq!(closed(outcome).force_close(LATER), Err(AlreadyClosed));
        assert_eq!(closed(outcome).release_undelivered(LATER), Err(AlreadyClosed));
    }
}

#[test]
fn an_answer_that_was_never_sent_is_no_strike() {
    assert_eq!(
        waiting().release_undelivered(LATER).unwrap().released,
        Some(RentalResult::None)
    );
}
