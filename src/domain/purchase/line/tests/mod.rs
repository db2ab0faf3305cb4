mod by_hand;
mod calls;
mod steps;

use std::time::Duration;

use strum::IntoEnumIterator as _;

use super::answers::{AttemptEffects, SupplierHealth};
use super::*;
use crate::domain::purchase::outcome::{CallFailure, CallResult, Ownership, Purchase, Reaction};

const NOW: Timestamp = Timestamp::from_ms(1_000_000);
const BACKOFF: Duration = Duration::from_secs(60);
const LATER: Timestamp = Timestamp::from_ms(2_000_000);

fn number(text: &str) -> PhoneNumber {
    text.parse().unwrap()
}

fn price(monthly: &str) -> NumberPrice {
    NumberPrice {
        setup: "0".parse().unwrap(),
        monthly: monthly.parse().unwrap(),
    }
}

fn supplied(text: &str, monthly: &str) -> SuppliedNumber {
    SuppliedNumber {
        number: number(text),
        reference: Some(format!("sid-{text}")),
        price: Some(price(monthly)),
    }
}

fn planned(is_number_fixed: bool) -> OrderLine {
    OrderLine {
        number: Some(number("46701234567")),
        is_number_fixed,
        ..OrderLine::planned(LineId(31), OrderId(7), SupplierName::CarrierX, price("1"), NOW)
    }
}

fn attempted(is_number_fixed: bool) -> OrderLine {
    planned(is_number_fixed).attempt(LineId(31), LATER).unwrap()
}

fn answered(line: OrderLine, answer: CallResult<Purchase>) -> AttemptEffects {
    line.settle(answer, NOW, BACKOFF).unwrap()
}

fn refused(reaction: Reaction) -> CallResult<Purchase> {
    Err(CallFailure::refused(Some("-1".to_owned()), "no", reaction))
}

#[test]
fn every_state_has_its_followers() {
    let states: Vec<LineState> = TRANSITIONS.iter().map(|(state, _)| *state).collect();
    assert!(LineState::iter().all(|state| states.iter().filter(|listed| **listed == state).count() == 1));
    assert!(!Planned.can_become(Stocked) && !Unknown.can_become(Attempted) && !Stocked.can_become(GivenBack));
    let ends = LineState::iter().filter(|state| TRANSITIONS.iter().any(|(from, to)| from == state && to.is_empty()));
    assert_eq!(ends.collect::<Vec<_>>(), [GivenBack, Cancelled]);
}

#[test]
fn rule_13_a_stored_attempt_is_not_attempted_again_before_the_look_up_showed_that_it_is_not_ours() {
    let timeout = Err(CallFailure::NoAnswer("timeout".to_owned()));
    assert_eq!(SupplierHealth::of(&timeout), SupplierHealth::Failed);
    let unanswered = answered(attempted(true), timeout);
    for unknown in [unanswered.line, attempted(true).lose_answer(NOW).unwrap()] {
        assert_eq!((unknown.state, unknown.due_at), (Unknown, Some(NOW)));
        assert!(unknown.clone().attempt(LineId(31), LATER).is_err());
        for unclear in [
            Ok(Ownership::Unclear("two numbers".to_owned())),
            Ok(Ownership::Ours(Vec::new())),
            Err(CallFailure::NotOffered),
            Err(CallFailure::NoAnswer("timeout".to_owned())),
            Err(CallFailure::refused(None, "no", Reaction::PauseUntilResumed)),
        ] {
            let still = unknown.clone().look_up(unclear, NOW, LATER).unwrap().line;
            assert_eq!((still.state, still.due_at), (Unknown, Some(LATER)));
        }
        let planned = unknown
            .clone()
            .look_up(Ok(Ownership::NotOurs), NOW, LATER)
            .unwrap()
            .line;
        assert_eq!((planned.state, planned.number), (Planned, unknown.number));
        let ours = Ok(Ownership::Ours(vec![supplied("46701234567", "0.6")]));
        let wiring = unknown.look_up(ours, NOW, LATER).unwrap().line;
        assert_eq!((wiring.state, wiring.is_ours), (Wiring, true));
    }
}

#[test]
fn what_is_bought_is_ours_also_when_it_deviates() {
    let plain = answered(
        attempted(true),
        Ok(Purchase::Bought(vec![supplied("46701234567", "1")])),
    );
    assert_eq!((plain.line.state, plain.line.deviation), (Wiring, None));
    let other = answered(
        attempted(true),
        Ok(Purchase::Bought(vec![supplied("46700000000", "1.01")])),
    );
    assert_eq!(other.line.number, Some(number("46700000000")));
    assert_eq!(
        other.line.deviation.as_deref(),
        Some(
            "the supplier sold another number than the one that was ordered; the price is above the highest that was allowed"
        )
    );
    let chosen = answered(
        attempted(false),
        Ok(Purchase::Bought(vec![supplied("46700000000", "1")])),
    );
    assert!(
        chosen.line.deviation.is_some(),
        "it may not be of the place that was ordered"
    );
    let more = Ok(Purchase::Bought(vec![
        supplied("46700000000", "1"),
        supplied("46701234567", "1"),
    ]));
    let more = answered(attempted(true), more);
    assert_eq!(
        (more.line.number, more.line.deviation),
        (Some(number("46701234567")), None)
    );
    assert_eq!(more.surplus, [supplied("46700000000", "1")]);
    let none = answered(attempted(true), Ok(Purchase::Bought(Vec::new())));
    assert_eq!(none.line.state, Unknown);
}

#[test]
fn each_reaction_leads_to_its_state() {
    let five_minutes = Duration::from_secs(300);
    for (reaction, fixed, free, health) in [
        (Reaction::PauseUntilResumed, Planned, Planned, SupplierHealth::Stopped),
        (Reaction::PauseForAWhile, Planned, Planned, SupplierHealth::Throttled),
        (Reaction::LookUp, Unknown, Unknown, SupplierHealth::Answered),
        (
            Reaction::RetryAfter(five_minutes, 3),
            Planned,
            Planned,
            SupplierHealth::Answered,
        ),
        (
            Reaction::RetryAfter(five_minutes, 0),
            Refused,
            Planned,
            SupplierHealth::Answered,
        ),
        (Reaction::RetryWithBackoff, Planned, Planned, SupplierHealth::Answered),
        (Reaction::OtherNumber, Refused, Planned, SupplierHealth::Answered),
        (Reaction::BadRequest, Refused, Refused, SupplierHealth::Answered),
        (Reaction::NeedsPerson, Refused, Refused, SupplierHealth::Answered),
    ] {
        let settled = answered(attempted(true), refused(reaction));
        assert_eq!(settled.line.state, fixed, "{reaction:?}");
        assert_eq!(SupplierHealth::of(&refused(reaction)), health, "{reaction:?}");
        assert_eq!(
            (settled.line.reason.as_deref(), settled.line.code.as_deref()),
            (Some("no"), Some("-1"))
        );
        assert_eq!(
            answered(attempted(false), refused(reaction)).line.state,
            free,
            "{reaction:?}"
        );
    }
    let again = answered(attempted(true), refused(Reaction::RetryAfter(five_minutes, 3))).line;
    assert_eq!((again.due_at, again.retries), (Some(NOW + five_minutes), 1));
    let another = answered(attempted(false), refused(Reaction::OtherNumber)).line;
    assert_eq!((another.number, another.due_at), (None, Some(NOW)));
}

/// -165: already sold, perhaps to us.
#[test]
fn a_number_that_was_sold_before_is_looked_up_and_then_another_one_is_taken() {
    let sold = |is_number_fixed| answered(attempted(is_number_fixed), refused(Reaction::LookUp)).line;
    let after = |line: OrderLine| line.look_up(Ok(Ownership::NotOurs), NOW, LATER).unwrap().line;
    let another = after(sold(false));
    assert_eq!((another.state, another.number), (Planned, None));
    let gone = after(sold(true));
    assert_eq!((gone.state, gone.code.as_deref()), (Refused, Some("-1")));
}

#[test]
fn rule_12_a_purchase_whose_answer_is_always_lost_is_not_attempted_for_ever() {
    let mut line = attempted(true);
    for attempt in 1..=ATTEMPTS_MAX {
        let lost = answered(line, Err(CallFailure::NoAnswer("timeout".to_owned()))).line;
        line = lost.look_up(Ok(Ownership::NotOurs), NOW, LATER).unwrap().line;
        assert_eq!(line.reason.as_deref(), Some("timeout"));
        if attempt < ATTEMPTS_MAX {
            assert_eq!((line.state, line.due_at), (Planned, Some(NOW)));
            line = line.attempt(LineId(31), LATER).unwrap();
        }
    }
    assert_eq!(line.state, Refused);
}

#[test]
fn rule_12_a_line_is_not_attempted_for_ever() {
    let mut line = attempted(false);
    for _ in 1..ATTEMPTS_MAX {
        line = answered(line, refused(Reaction::OtherNumber)).line;
        assert_eq!(line.state, Planned);
        line = line.attempt(LineId(31), LATER).unwrap();
    }
    assert_eq!(
        answered(line.clone(), refused(Reaction::OtherNumber)).line.state,
        Refused
    );
    let paused = answered(line, refused(Reaction::PauseUntilResumed)).line;
    assert_eq!(paused.state, Planned, "that is not the line's fault");
}
