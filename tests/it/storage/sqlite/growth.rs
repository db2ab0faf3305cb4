//! What an SMS, the end of a rental and the watchdog cost does not grow with what a rental has received, nor with how often
//! its number was rented (rule 12), counted in steps of SQLite's machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::AssertSqlSafe;

use super::super::statements;
use super::super::store::{Store, sqlite};

/// The statements, by a part of their text, and what is bound to `$1`.
const STATEMENTS: [(&str, &str); 6] = [
    // Sent before the opening, so that the previous operation is asked for.
    ("THEN (SELECT c.closed_at", r#"[{"number": "46701", "sent_at": 0}]"#),
    (
        "messages AS s",
        r#"[{"gateway_id": 1, "external_id": "again", "fingerprint": 7}]"#,
    ),
    (
        "m.external_id IS NULL AND m.fingerprint",
        r#"[{"fingerprint": 7, "operation_id": 1, "since": 0, "until": 9000000000000}]"#,
    ),
    (
        "AS next_id\n               FROM (SELECT max(id) AS id FROM messages",
        "",
    ),
    ("WHERE o.id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1))", "[1]"),
    (
        "UPDATE operations SET sms_count = sms_count + CAST(c.value ->> 'sms' AS BIGINT),",
        r#"[{"id": 1, "messages": 0, "sms": 0}]"#,
    ),
];

/// Messages of the rental up to that one: half of them without an id, and all others with the same one.
async fn receive(store: &Store, last: u32) {
    let messages = format!(
        "INSERT INTO messages (gateway_id, external_id, fingerprint, number, operation_id, sender, text, received_at)
         WITH RECURSIVE n (i) AS (SELECT (SELECT count(*) + 10 FROM messages) UNION ALL SELECT i + 1 FROM n WHERE i < {last})
         SELECT 1, iif(i % 2 = 0, 'again', NULL), i, '46701', 1, 'Service', 'text', opened_at
         FROM n, operations WHERE operations.id = 1;
         INSERT INTO deliveries (message_id, operation_id)
         SELECT id, 1 FROM messages WHERE id NOT IN (SELECT message_id FROM deliveries)"
    );
    store.sql(&messages).await.unwrap();
}

/// How many steps each statement takes.
async fn steps(store: &Store) -> Vec<(&'static str, u64)> {
    let mut connection = store.raw().await;
    let all = statements::all("sqlite");
    let mut steps = Vec::new();
    for (part, argument) in STATEMENTS {
        let (_, sql) = all.iter().find(|(_, sql)| sql.contains(part)).expect(part);
        let count = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&count);
        let mut handle = connection.lock_handle().await.unwrap();
        handle.set_progress_handler(1, move || {
            counter.fetch_add(1, Ordering::Relaxed);
            true
        });
        drop(handle);
        let query = sqlx::query(AssertSqlSafe(sql.clone())).bind(argument);
        query.fetch_all(&mut connection).await.unwrap();
        connection.lock_handle().await.unwrap().remove_progress_handler();
        steps.push((part, count.load(Ordering::Relaxed)));
    }
    steps
}

#[tokio::test]
async fn rule_12_what_a_rental_received_does_not_make_its_next_sms_dearer() {
    let store = sqlite().await;
    Store::with_rental(&["46701"], &store).await;
    receive(&store, 20).await;
    let few = steps(&store).await;
    receive(&store, 5_000).await;
    let many = steps(&store).await;
    assert!(few.iter().all(|(_, count)| *count > 0), "{few:?}");
    assert_eq!(many, few);
}

#[tokio::test]
async fn rule_12_how_often_a_number_was_rented_does_not_make_its_next_sms_dearer() {
    let store = sqlite().await;
    Store::with_rental(&["46701"], &store).await;
    let rent = async |count: u32| {
        let rentals = format!(
            "INSERT INTO operations (number, sum_kopecks, opened_at, closed_at, outcome)
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
             SELECT '46701', 1, i, i, 'cancelled' FROM n"
        );
        store.sql(&rentals).await.unwrap();
    };
    rent(20).await;
    let few = steps(&store).await;
    rent(5_000).await;
    assert_eq!(steps(&store).await, few);
}
