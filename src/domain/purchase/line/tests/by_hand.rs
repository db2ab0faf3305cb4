//! What a person decides.

use super::*;
use crate::domain::purchase::line::by_hand::Resolution;

fn in_state(state: LineState) -> OrderLine {
    OrderLine {
        state,
        ..attempted(false)
    }
}

#[test]
fn a_person_decides_what_became_of_an_unknown_purchase() {
    let resolve = |resolution, reason| in_state(Unknown).resolve(resolution, reason, NOW).unwrap();
    let other = number("46701234568");
    let ours = resolve(Resolution::Ours(other, Some(price("0.5"))), "in their list");
    assert_eq!((ours.state, ours.number, ours.is_ours), (Wiring, Some(other), true));
    assert_eq!(ours.price, Some(price("0.5")), "the one that the configuration states");
    let refused = resolve(Resolution::NotOurs, "not in their list");
    assert_eq!(
        (refused.state, refused.reason.as_deref()),
        (Refused, Some("not in their list"))
    );
    let again = resolve(Resolution::BuyAgain, "not in their list");
    assert_eq!((again.state, again.due_at), (Planned, Some(NOW)));
}

#[test]
fn nothing_but_an_unknown_purchase_is_resolved() {
    for state in LineState::iter().filter(|state| *state != Unknown) {
        let resolved = in_state(state).resolve(Resolution::BuyAgain, "x", NOW);
        assert!(resolved.is_err(), "{state}");
    }
}
