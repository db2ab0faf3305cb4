//! What the database keeps of blanked messages, and of how far they were looked at.

use leaseline::domain::delivery::{AttemptResult, ParkReason};

use super::messages::settle;
use super::raw::RefusedBy;
use super::store::{NOW, Store};

pub async fn rule_7_a_blanked_message_stays_blanked_and_settled(store: Store) {
    let operation = Store::with_rental(&["46701", "46702"], &store).await;
    store.message(operation, "parked", NOW).await;
    let blank = "UPDATE messages SET text = '', text_blanked_at = 5";
    let refused = async |statement: &str| {
        let error = store.sql(statement).await.expect_err(statement);
        assert_eq!(error.by, RefusedBy::Trigger, "{statement}: {error:?}");
    };
    store.close(operation).await;
    // Still to be pushed.
    refused(blank).await;
    settle(
        &store,
        AttemptResult::Parked(ParkReason::OperationClosed("HTTP 500".to_owned())),
    )
    .await;
    let again = "UPDATE deliveries SET state = 'due', settled_at = NULL";
    store
        .sql(&format!("{blank}; UPDATE deliveries SET reason = NULL"))
        .await
        .unwrap();
    refused(again).await;
    refused("UPDATE messages SET text_blanked_at = NULL").await;
    store
        .sql("UPDATE messages SET sender = '', sender_blanked_at = 6")
        .await
        .unwrap();
    refused("UPDATE messages SET sender_blanked_at = NULL").await;
}

pub async fn wrong_rows_of_retention_are_refused(store: Store) {
    let operation = Store::with_rental(&["46701", "46702"], &store).await;
    store.message(operation, "one", NOW).await;
    let blanked = |column: &str, sender: &str, text: &str| {
        format!(
            "INSERT INTO messages (id, gateway_id, number, unassigned_reason, sender, text, {column}, received_at)
             VALUES (2, 1, '46701', 'not_rented', '{sender}', '{text}', 1, 1)"
        )
    };
    for statement in [
        blanked("text_blanked_at", "", "x"),
        blanked("sender_blanked_at", "x", ""),
        "UPDATE messages SET text = '', text_blanked_at = 5".to_owned(),
        "UPDATE messages SET sender = '', sender_blanked_at = 5".to_owned(),
        "UPDATE retention_progress SET transfer_id = -1".to_owned(),
        "UPDATE retention_progress SET message_id = -1".to_owned(),
        "UPDATE retention_progress SET undelivered_id = -1".to_owned(),
        "INSERT INTO retention_progress (data) VALUES ('rows')".to_owned(),
        "INSERT INTO retention_postponed (message_id, data) VALUES (1, 'rows')".to_owned(),
        "INSERT INTO retention_postponed (message_id, data) VALUES (9, 'texts')".to_owned(),
    ] {
        store.sql(&statement).await.expect_err(&statement);
    }
    // Without the mistake they are taken; a message takes along that it is postponed.
    for statement in [
        blanked("text_blanked_at", "x", ""),
        "INSERT INTO retention_postponed (message_id, data) VALUES (2, 'texts')".to_owned(),
        "DELETE FROM messages WHERE id = 2".to_owned(),
    ] {
        store.sql(&statement).await.unwrap();
    }
    assert_eq!(store.rows("retention_postponed").await, 0);
}
