//! Deliveries: claimed by one, in their order, recorded under the number of the attempt.

use std::time::Duration;

use leaseline::domain::delivery::Claim;
use leaseline::domain::delivery::{AttemptResult, MessageId, ParkReason, PushRefusal};
use leaseline::domain::stock::PoolId;
use leaseline::domain::time::Timestamp;
use leaseline::storage::deliveries;

use super::store::{NOW, Store, after, new, number, seconds, sms};

const LEASE: Duration = seconds(30);

/// Claims what may be claimed, each with the number of the attempt that begins.
pub async fn claim(store: &Store, now: Timestamp, limit: usize) -> Vec<Claim> {
    let mut tx = store.write().await;
    let candidates = deliveries::candidates(&mut tx, now, limit, &[]).await.unwrap();
    let own = candidates.into_iter().filter(|one| !one.is_reassigned);
    let claims: Vec<Claim> = own.map(|one| one.claim).collect();
    let ids: Vec<MessageId> = claims.iter().map(|claim| claim.message).collect();
    deliveries::lease(&mut tx, &ids, now + LEASE);
    tx.commit().await.unwrap();
    claims
}

/// Whether it was still due.
pub async fn record(store: &Store, claim: &Claim, next: &AttemptResult, now: Timestamp) -> bool {
    let mut tx = store.write().await;
    deliveries::record(&mut tx, &[(claim, next.clone())], now);
    match tx.commit().await {
        Ok(()) => true,
        Err(error) => {
            assert!(error.is_refused(), "{error}");
            false
        }
    }
}

pub async fn next_due(store: &Store) -> Option<Timestamp> {
    let mut session = store.database.read().await.unwrap();
    deliveries::due_range(&mut session).await.unwrap().map(|(next, _)| next)
}

pub fn texts(claims: &[Claim]) -> Vec<&str> {
    claims.iter().map(|claim| claim.text.as_str()).collect()
}

pub fn retry(at: Timestamp) -> AttemptResult {
    declined(at, 0)
}

/// Declined so often by now.
pub fn declined(at: Timestamp, declined: u32) -> AttemptResult {
    AttemptResult::Retry {
        at,
        declined,
        failure: "HTTP 500".to_owned(),
    }
}

/// Every way to settle a delivery.
fn settled() -> [AttemptResult; 4] {
    [
        AttemptResult::Delivered,
        AttemptResult::Refused(PushRefusal::NoOperation),
        AttemptResult::Refused(PushRefusal::BadService),
        AttemptResult::Parked(ParkReason::TooOld("HTTP 500".to_owned())),
    ]
}

pub async fn rule_7_a_claim_is_exclusive_until_its_lease_ends(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await;
    let message = store.message(operation, "one", NOW).await;
    assert_eq!(next_due(&store).await, Some(NOW));
    let first = claim(&store, NOW, 10).await;
    assert_eq!(texts(&first), ["one"]);
    assert_eq!(
        (first[0].message, first[0].operation, first[0].attempt),
        (message, operation.id, 1)
    );
    assert_eq!((first[0].number, first[0].received_at), (number("46701"), NOW));
    assert_eq!(claim(&store, NOW, 10).await.len(), 0);
    assert_eq!(claim(&store, after(seconds(29)), 10).await.len(), 0);
    assert_eq!(next_due(&store).await, Some(after(LEASE)));
    let second = claim(&store, after(LEASE), 10).await;
    assert_eq!((texts(&second), second[0].attempt), (vec!["one"], 2));
}

pub async fn rule_7_only_the_first_in_line_is_claimable(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await;
    for text in ["one", "two", "three"] {
        store.message(operation, text, NOW).await;
    }
    assert_eq!(texts(&claim(&store, after(seconds(99)), 10).await), ["one"]);
    assert_eq!(claim(&store, after(seconds(99)), 10).await.len(), 0);
    // Several that arrive at once are a line, too.
    let mut tx = store.write().await;
    let sms = sms(operation.number, None, "text");
    let batch = [4, 5].map(|id| {
        new(
            MessageId(id),
            leaseline::domain::stock::GatewayId(1),
            Some(operation.id),
            &sms,
        )
    });
    leaseline::storage::messages::insert(&mut tx, &batch);
    let line = [(MessageId(5), operation.id), (MessageId(4), operation.id)];
    deliveries::insert(&mut tx, &line, NOW);
    tx.commit().await.unwrap();
    assert_eq!(
        store
            .count("SELECT count(*) FROM deliveries WHERE due_at IS NOT NULL")
            .await,
        1
    );
}

pub async fn rule_7_the_next_in_line_is_due_when_the_first_is_settled(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await;
    for text in ["one", "two", "three", "four", "five"] {
        store.message(operation, text, NOW).await;
    }
    let later = after(seconds(5));
    for (text, next) in ["one", "two", "three", "four"].into_iter().zip(settled()) {
        let claims = claim(&store, later, 10).await;
        assert_eq!(texts(&claims), [text]);
        assert!(record(&store, &claims[0], &next, later).await);
        assert_eq!(next_due(&store).await, Some(later), "after {next:?}");
    }
    let last = claim(&store, later, 10).await;
    assert_eq!(texts(&last), ["five"]);
    assert!(record(&store, &last[0], &AttemptResult::Delivered, later).await);
    assert_eq!(next_due(&store).await, None);
    let states = "SELECT CASE state WHEN 'delivered' THEN 1 WHEN 'refused' THEN 2 WHEN 'parked' THEN 4 ELSE 0 END
                  FROM deliveries ORDER BY message_id";
    assert_eq!(store.column(states).await, [1, 2, 2, 4, 1]);
}

pub async fn rule_7_a_failure_keeps_the_line_waiting(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await;
    store.message(operation, "one", NOW).await;
    store.message(operation, "two", NOW).await;
    let again = after(seconds(10));
    for attempt in 1..=3 {
        let now = again + seconds(10 * attempt);
        let claims = claim(&store, now, 10).await;
        assert_eq!(texts(&claims), ["one"]);
        assert_eq!(claims[0].attempt, i64::try_from(attempt).unwrap());
        assert!(record(&store, &claims[0], &retry(now + seconds(10)), now).await);
        assert_eq!(claim(&store, now + seconds(9), 10).await.len(), 0, "before its time");
    }
}

pub async fn rule_7_what_was_settled_is_not_recorded_again(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await;
    let message = store.message(operation, "one", NOW).await;
    store.message(operation, "two", NOW).await;
    let old = claim(&store, NOW, 10).await.remove(0);
    let new = claim(&store, after(LEASE), 10).await.remove(0);
    let standing = async || {
        let mut tx = store.write().await;
        deliveries::still_due(&mut tx, &[message]).await.unwrap()
    };
    let known = standing().await;
    assert_eq!((known[0].attempt, old.attempt, new.attempt), (2, 1, 2));
    assert!((known[0].declined, known[0].operation_closed) == (0, false));
    assert!(record(&store, &old, &AttemptResult::Delivered, after(LEASE)).await);
    assert_eq!(standing().await, [], "it is no longer due");
    for next in settled().into_iter().chain([retry(NOW)]) {
        assert!(!record(&store, &new, &next, after(LEASE)).await, "{next:?}");
    }
    assert_eq!(texts(&claim(&store, after(LEASE), 10).await), ["two"]);
}

pub async fn rule_7_what_is_settled_is_never_claimed(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await;
    for next in settled() {
        store.message(operation, "one", NOW).await;
        let claims = claim(&store, NOW, 10).await;
        assert!(record(&store, &claims[0], &next, NOW).await);
    }
    assert_eq!(next_due(&store).await, None);
    assert_eq!(claim(&store, after(seconds(86_400)), 10).await.len(), 0);
    let mut tx = store.write().await;
    assert_eq!(deliveries::end_leases(&mut tx, NOW).await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert_eq!(claim(&store, after(seconds(86_400)), 10).await.len(), 0);
}

pub async fn rule_7_leases_of_the_dead_end_at_once(store: Store) {
    let one = Store::with_rental(&["46701", "46702", "46703"], &store).await;
    let two = store.rent(PoolId(1), "46702").await;
    let three = store.rent(PoolId(1), "46703").await;
    store.message(one, "under way", NOW).await;
    store.message(one, "behind it", NOW).await;
    store.message(two, "to be repeated", NOW).await;
    let claims = claim(&store, NOW, 10).await;
    record(&store, &claims[1], &retry(after(seconds(10))), NOW).await;
    store.message(three, "not yet due", after(seconds(20))).await;
    let later = after(seconds(1));
    let mut tx = store.write().await;
    assert_eq!(deliveries::end_leases(&mut tx, later).await.unwrap(), 1);
    tx.commit().await.unwrap();
    let again = claim(&store, later, 10).await;
    assert_eq!(texts(&again), ["under way"], "the others keep their time");
    assert_eq!(again[0].attempt, 2);
    assert!(
        record(&store, &claims[0], &AttemptResult::Delivered, later).await,
        "an acceptance counts under any lease"
    );
}

pub async fn rule_7_operations_do_not_wait_for_each_other(store: Store) {
    let one = Store::with_rental(&["46701", "46702"], &store).await;
    let two = store.rent(PoolId(1), "46702").await;
    for (operation, text) in [(one, "one 1"), (one, "one 2"), (two, "two 1"), (two, "two 2")] {
        store.message(operation, text, NOW).await;
    }
    let claims = claim(&store, NOW, 10).await;
    assert_eq!(texts(&claims), ["one 1", "two 1"]);
    record(&store, &claims[0], &retry(after(seconds(10))), NOW).await;
    record(&store, &claims[1], &AttemptResult::Delivered, NOW).await;
    assert_eq!(texts(&claim(&store, NOW, 10).await), ["two 2"]);
}

pub async fn rule_7_the_longest_due_are_claimed_first(store: Store) {
    let digits = ["46701", "46702", "46703"];
    let mut rented = vec![Store::with_rental(&digits, &store).await];
    rented.push(store.rent(PoolId(1), "46702").await);
    rented.push(store.rent(PoolId(1), "46703").await);
    for (operation, at) in rented.iter().zip([3, 1, 2]) {
        store.message(*operation, &at.to_string(), after(seconds(at))).await;
    }
    assert_eq!(texts(&claim(&store, after(seconds(9)), 1).await), ["1"]);
    assert_eq!(texts(&claim(&store, after(seconds(2)), 9).await), ["2"]);
    assert_eq!(texts(&claim(&store, after(seconds(9)), 9).await), ["3"]);
}

pub async fn a_message_has_one_delivery(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await;
    let message = store.message(operation, "one", NOW).await;
    let mut tx = store.write().await;
    deliveries::insert(&mut tx, &[(message, operation.id)], NOW);
    assert!(tx.flush().await.unwrap_err().is_refused());
    drop(tx);
    let mut tx = store.write().await;
    deliveries::insert(&mut tx, &[(MessageId(9), operation.id)], NOW);
    assert!(tx.flush().await.unwrap_err().is_refused());
}

pub async fn rule_8_nothing_is_pushed_for_a_number_with_another_renter(store: Store) {
    let before = Store::with_rental(&["46701", "46702"], &store).await;
    for text in ["one", "two", "three"] {
        store.message(before, text, NOW).await;
    }
    let claims = claim(&store, NOW, 10).await;
    record(&store, &claims[0], &retry(after(seconds(10))), NOW).await;
    let other = store.rent(PoolId(1), "46702").await;
    store.message(other, "closed, and rented by nobody", NOW).await;
    store.close(other).await;
    store.close(before).await;
    store.rent_again(before).await;
    let due = async |now, limit| {
        let mut tx = store.write().await;
        let due = deliveries::candidates(&mut tx, now, limit, &[]).await.unwrap();
        let due: Vec<_> = due.into_iter().map(|one| (one.claim.text, one.is_reassigned)).collect();
        due
    };
    let open = ("closed, and rented by nobody".to_owned(), false);
    assert_eq!(
        due(after(seconds(9)), 10).await,
        std::slice::from_ref(&open),
        "before its time"
    );
    let late = after(seconds(10));
    assert_eq!(due(late, 10).await, [open.clone(), ("one".to_owned(), true)]);
    assert_eq!(due(late, 1).await, [open], "only what is asked for is looked up");
    for text in ["one", "two", "three"] {
        let mut tx = store.write().await;
        let due = deliveries::candidates(&mut tx, late, 10, &[]).await.unwrap();
        let foreign: Vec<Claim> = due
            .into_iter()
            .filter(|one| one.is_reassigned)
            .map(|one| one.claim)
            .collect();
        assert_eq!(texts(&foreign), [text]);
        deliveries::record(
            &mut tx,
            &[(&foreign[0], AttemptResult::Parked(ParkReason::Reassigned))],
            late,
        );
        tx.commit().await.unwrap();
    }
    let parked = "SELECT count(*) FROM deliveries WHERE state = 'parked'";
    assert_eq!(store.count(parked).await, 3, "the whole line");
    let left = claim(&store, after(seconds(99)), 10).await;
    assert_eq!(texts(&left), ["closed, and rented by nobody"]);
}
