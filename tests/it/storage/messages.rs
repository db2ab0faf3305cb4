//! Messages: stored once, forgotten late.

use std::time::Duration;

use leaseline::domain::delivery::{AttemptResult, MessageId, ParkReason};
use leaseline::domain::fingerprint::SmsId;
use leaseline::domain::operation::OperationId;
use leaseline::domain::stock::{GatewayId, PoolId};
use leaseline::storage::{Error, deliveries, messages};

use super::deliveries::{claim, record};
use super::store::{NOW, Store, after, id, new, number, seconds, sms};

async fn store_one(
    store: &Store,
    gateway: i64,
    external_id: Option<&str>,
    operation: Option<OperationId>,
) -> Result<MessageId, Error> {
    store_text(store, gateway, external_id, operation, "text").await
}

async fn store_text(
    store: &Store,
    gateway: i64,
    external_id: Option<&str>,
    operation: Option<OperationId>,
    text: &str,
) -> Result<MessageId, Error> {
    let mut tx = store.write().await;
    let message = MessageId(tx.read(messages::next_id()).await?);
    let sms = sms(number("46701"), external_id, text);
    messages::insert(&mut tx, &[new(message, GatewayId(gateway), operation, &sms)]);
    tx.commit().await?;
    Ok(message)
}

pub async fn rule_7_a_message_is_stored_once_for_its_gateway(store: Store) {
    store.stock(1, None, &["46701"]).await;
    store.stock(2, None, &[]).await;
    store_one(&store, 1, Some("a"), None).await.unwrap();
    let refused = store_one(&store, 1, Some("a"), None).await.unwrap_err();
    assert!(matches!(refused, Error::Refused { .. }), "{refused}");
    // With another content it is another message.
    store_text(&store, 1, Some("a"), None, "other").await.unwrap();
    // Another gateway counts for itself; ids differ by case; without an id each one is new.
    for (gateway, external_id) in [(2, Some("a")), (1, Some("A")), (1, None), (1, None)] {
        store_one(&store, gateway, external_id, None).await.unwrap();
    }
    assert_eq!(store.rows("messages").await, 6);
    // Two of one batch are two of one gateway.
    let twice = sms(number("46701"), Some("b"), "text");
    let mut tx = store.write().await;
    let batch = [7, 8].map(|id| new(MessageId(id), GatewayId(1), None, &twice));
    messages::insert(&mut tx, &batch);
    assert!(tx.flush().await.unwrap_err().is_refused());
}

pub async fn rule_7_what_is_stored_is_known(store: Store) {
    store.stock(1, None, &["46701"]).await;
    store.stock(2, None, &[]).await;
    store_one(&store, 1, Some("a"), None).await.unwrap();
    store_one(&store, 2, Some("7"), None).await.unwrap();
    store_one(&store, 1, None, None).await.unwrap();
    store
        .sql("UPDATE messages SET fingerprint = 0 WHERE gateway_id = 2")
        .await
        .unwrap();
    let content = |gateway, text: &str| {
        let sms = sms(number("46701"), None, text);
        new(MessageId(9), GatewayId(gateway), None, &sms).fingerprint
    };
    let asked = [
        (1, "a", "text"),
        (2, "a", "text"),
        (1, "a", "other"),
        (1, "7", "text"),
        (1, "", "text"),
        // Of what an older server stored only the id is known.
        (2, "7", "other"),
    ];
    let ids = asked.map(|(gateway, external_id, text)| {
        let id = SmsId {
            gateway: GatewayId(gateway),
            external_id,
            sequence: None,
        };
        (id, content(gateway, text))
    });
    let mut session = store.database.read().await.unwrap();
    let mut known = session.read(messages::existing_ids(&ids)).await.unwrap();
    known.sort_unstable();
    assert_eq!(known, [(0, true), (2, false), (5, true)]);
}

pub async fn rule_8_a_message_needs_an_operation_that_exists(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await;
    store_one(&store, 1, None, Some(operation.id)).await.unwrap();
    for (gateway, operation) in [(1, Some(id(9))), (9, None)] {
        let refused = store_one(&store, gateway, None, operation).await.unwrap_err();
        assert!(matches!(refused, Error::Refused { .. }), "{refused}");
    }
    let mut tx = store.write().await;
    deliveries::insert(&mut tx, &[(MessageId(1), id(9))], NOW);
    let refused = tx.flush().await.unwrap_err();
    assert!(matches!(refused, Error::Refused { .. }), "{refused}");
}

async fn forget(store: &Store, until: Duration, limit: u32) -> usize {
    let mut tx = store.write().await;
    let gone = messages::forget(&mut tx, after(until), limit).await.unwrap();
    tx.commit().await.unwrap();
    gone
}

pub async fn settle(store: &Store, next: AttemptResult) {
    for claim in claim(store, after(seconds(100)), 100).await {
        assert!(record(store, &claim, &next, NOW).await);
    }
}

pub async fn rule_12_old_messages_are_forgotten(store: Store) {
    let operation = Store::with_rental(&["46701", "46702"], &store).await;
    for (text, at) in [("1", 1), ("2", 2), ("3", 3)] {
        store.message(operation, text, after(seconds(at))).await;
        settle(&store, AttemptResult::Delivered).await;
    }
    store_one(&store, 1, Some("newest"), None).await.unwrap();
    store.close(operation).await;
    assert_eq!(forget(&store, seconds(1), 10).await, 0, "as old as that is not older");
    assert_eq!(forget(&store, seconds(3), 1).await, 1, "at most one");
    assert_eq!(
        store.column("SELECT id FROM messages ORDER BY id").await,
        [2, 3, 4],
        "the oldest first"
    );
    assert_eq!(forget(&store, seconds(3), 10).await, 1);
    assert_eq!(
        store
            .column("SELECT message_id FROM deliveries ORDER BY message_id")
            .await,
        [3]
    );
    assert_eq!(forget(&store, seconds(3), 10).await, 0);
}

pub async fn rule_7_messages_that_somebody_waits_for_are_not_forgotten(store: Store) {
    let first = Store::with_rental(&["46701", "46702", "46703"], &store).await;
    let second = store.rent(PoolId(1), "46702").await;
    store.message(first, "delivered, but its operation is open", NOW).await;
    settle(&store, AttemptResult::Delivered).await;
    store.message(second, "closed, but due", NOW).await;
    store.close(second).await;
    store_one(&store, 1, None, None).await.unwrap();
    assert_eq!(forget(&store, seconds(99), 10).await, 0);
    settle(
        &store,
        AttemptResult::Parked(ParkReason::OperationClosed("HTTP 500".to_owned())),
    )
    .await;
    assert_eq!(forget(&store, seconds(99), 10).await, 1);
    assert_eq!(store.column("SELECT id FROM messages ORDER BY id").await, [1, 3]);
    store.close(first).await;
    assert_eq!(forget(&store, seconds(99), 10).await, 1);
    assert_eq!(
        store.column("SELECT id FROM messages ORDER BY id").await,
        [3],
        "the newest stays"
    );
}

pub async fn ids_only_rise(store: Store) {
    store.stock(1, None, &["46701"]).await;
    for expected in 1..=3 {
        assert_eq!(store_one(&store, 1, None, None).await.unwrap(), MessageId(expected));
        forget(&store, seconds(99), 10).await;
    }
    assert_eq!(store.rows("messages").await, 1);
}
