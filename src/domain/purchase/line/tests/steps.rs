//! Wiring, proof, give-back and cancellation.

use super::*;
use crate::domain::purchase::line::proof::{LineProof, PendingRewire, ProofRefusal};
use crate::domain::purchase::line::steps::StepTimes;
use crate::domain::purchase::outcome::WiringState;

const HASH: [u8; 32] = [7; 32];
const TIMES: StepTimes = StepTimes {
    now: NOW,
    poll: Duration::from_secs(60),
    backoff: BACKOFF,
};

fn wiring() -> OrderLine {
    answered(
        attempted(true),
        Ok(Purchase::Bought(vec![supplied("46701234567", "1")])),
    )
    .line
}

fn wired(line: OrderLine, answer: CallResult<WiringState>, prove: bool) -> OrderLine {
    line.wired(answer, HASH, prove, TIMES).unwrap()
}

fn stocked() -> OrderLine {
    wired(wiring(), Ok(WiringState::Done), false)
}

#[test]
fn rule_15_a_number_is_stocked_when_its_sms_are_set_up_and_proven_where_that_is_asked_for() {
    assert_eq!((stocked().state, stocked().sms_url_hash), (Stocked, Some(HASH)));
    let unproven = wired(wiring(), Err(CallFailure::NotOffered), true);
    assert_eq!(
        (unproven.state, unproven.due_at),
        (Unproven, None),
        "set at the purchase"
    );
    assert_eq!(unproven.prove(LineProof::Sms).unwrap().state, Stocked);
    let later = wired(wiring(), Ok(WiringState::InProgress), false);
    assert_eq!((later.state, later.due_at), (Wiring, Some(NOW + TIMES.poll)));
    let conflict = Err(CallFailure::refused(
        Some("409".to_owned()),
        "no",
        Reaction::RetryWithBackoff,
    ));
    let later = wired(wiring(), conflict, false);
    assert_eq!(
        (later.state, later.due_at, later.retries),
        (Wiring, Some(NOW + BACKOFF), 1)
    );
    let useless = wired(wiring(), Ok(WiringState::Failed("no SMS".to_owned())), false);
    assert_eq!(
        (useless.state, useless.is_ours),
        (Refused, true),
        "it stays on the bill"
    );
    assert_eq!(
        wiring().prove(LineProof::Sms),
        Err(ProofRefusal::OtherState(LineState::Wiring))
    );
}

#[test]
fn a_number_of_the_inventory_keeps_its_state_while_its_sms_are_set_up_again() {
    let moved = stocked().wired(Ok(WiringState::Done), [8; 32], true, TIMES).unwrap();
    assert_eq!((moved.state, moved.sms_url_hash), (Stocked, Some([8; 32])));
    let failed = wired(stocked(), Ok(WiringState::Failed("no".to_owned())), false);
    assert_eq!(
        (failed.state, failed.reason.as_deref(), failed.due_at),
        (Stocked, Some("no"), None)
    );
}

#[test]
fn rule_16_a_number_is_given_back_only_when_the_supplier_confirmed_it() {
    let giving = stocked().ask_back("too dear", false, NOW).unwrap();
    assert_eq!((giving.state, giving.due_at), (GivingBack, Some(NOW)));
    let given = giving.clone().given_back(Ok(()), TIMES).unwrap();
    assert_eq!((given.state, given.is_ours), (GivenBack, false));
    let lost = giving
        .clone()
        .given_back(Err(CallFailure::NoAnswer("timeout".to_owned())), TIMES)
        .unwrap();
    assert_eq!((lost.state, lost.due_at), (GivingBack, Some(NOW + BACKOFF)));
    let no = Err(CallFailure::refused(
        Some("-1210".to_owned()),
        "no",
        Reaction::OtherNumber,
    ));
    let kept = lost.given_back(no, TIMES).unwrap();
    assert_eq!(
        (kept.state, kept.is_ours, kept.due_at),
        (Stocked, true, None),
        "as it was"
    );
    let useless = wired(wiring(), Ok(WiringState::Failed("no SMS".to_owned())), false);
    let giving = useless.ask_back("useless", true, NOW).unwrap();
    let refused = giving.given_back(Err(CallFailure::NotOffered), TIMES).unwrap();
    assert_eq!((refused.state, refused.is_ours), (Refused, true));
    let never_ours = answered(attempted(true), refused_for_good()).line;
    assert!(never_ours.ask_back("?", true, NOW).is_err());
    assert!(wiring().ask_back("?", true, NOW).is_err());
}

fn refused_for_good() -> CallResult<Purchase> {
    refused(Reaction::BadRequest)
}

#[test]
fn only_what_was_not_called_is_cancelled() {
    assert_eq!(planned(true).cancel("changed").unwrap().state, Cancelled);
    assert!(attempted(true).cancel("changed").is_err());
    assert!(stocked().cancel("changed").is_err());
    let unknown = attempted(true).lose_answer(NOW).unwrap();
    assert!(unknown.clone().cancel("changed").is_err());
    assert_eq!(unknown.resolve_as_not_ours("asked them").unwrap().state, Refused);
}

/// Sold before: with which address for SMS, nobody knows.
#[test]
fn rule_15_a_number_that_was_ours_before_the_purchase_is_proven_first() {
    let not_offered = || Err(CallFailure::NotOffered);
    let with_hash = |line| OrderLine {
        sms_url_hash: Some(HASH),
        ..line
    };
    let ours = || Ok(Ownership::Ours(vec![supplied("46701234567", "1")]));
    let sold = with_hash(answered(attempted(true), refused(Reaction::LookUp)).line);
    let found = sold.look_up(ours(), NOW, TIMES.now).unwrap().line;
    assert_eq!(wired(found, not_offered(), false).state, Unproven);
    let lost = with_hash(attempted(true).lose_answer(NOW).unwrap());
    let found = lost.look_up(ours(), NOW, TIMES.now).unwrap().line;
    assert_eq!(wired(found, not_offered(), false).state, Stocked);
    assert_eq!(wired(with_hash(wiring()), not_offered(), false).state, Stocked);
    let other = wired(with_hash(wiring()), not_offered(), false);
    let moved = other.wired(not_offered(), [8; 32], false, TIMES).unwrap();
    assert_eq!(moved.state, Stocked, "it is in the inventory");
}

/// Wired by a purchase that was called with an earlier address.
#[test]
fn a_number_whose_address_is_not_certain_is_rewired_until_that_is_proven() {
    let not_offered = || Err(CallFailure::NotOffered);
    let earlier = OrderLine {
        sms_url_hash: Some([8; 32]),
        ..wiring()
    };
    let of = |by_sms| Some(PendingRewire { since: NOW, by_sms });
    let unproven = wired(earlier, not_offered(), false);
    assert_eq!((unproven.state, unproven.rewire), (Unproven, of(false)));
    assert_eq!(wired(wiring(), not_offered(), false).rewire, of(true), "not known");
    let by_sms = unproven.prove(LineProof::Sms).unwrap();
    assert_eq!((by_sms.state, by_sms.rewire), (Stocked, of(false)), "the earlier way");
    let other_state = Err(ProofRefusal::OtherState(Stocked));
    assert_eq!(by_sms.clone().prove(LineProof::Sms), other_state);
    let rewired = by_sms.prove(LineProof::Address(HASH)).unwrap();
    assert_eq!(
        (rewired.state, rewired.rewire, rewired.sms_url_hash),
        (Stocked, None, Some(HASH))
    );
    assert_eq!(rewired.prove(LineProof::Address(HASH)), other_state);
    // What the API can wire is wired by it.
    let due = OrderLine {
        due_at: Some(NOW),
        ..wired(wiring(), Ok(WiringState::Done), true)
    };
    let proven = due.prove(LineProof::Address([8; 32])).unwrap();
    assert_eq!((proven.sms_url_hash, proven.due_at), (Some(HASH), Some(NOW)));
}

#[test]
fn a_number_that_is_gone_at_its_supplier_is_not_proven() {
    let gone = |line| OrderLine {
        gone_since: Some(NOW),
        ..line
    };
    let unproven = wired(wiring(), Ok(WiringState::Done), true);
    assert_eq!(unproven.state, Unproven);
    assert_eq!(gone(unproven).prove(LineProof::Sms), Err(ProofRefusal::Gone));
    let other_state = Err(ProofRefusal::OtherState(LineState::Wiring));
    assert_eq!(gone(wiring()).prove(LineProof::Sms), other_state);
}
