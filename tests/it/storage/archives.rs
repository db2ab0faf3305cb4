//! Archives: what the database allows to be removed, and what is written of it.

use std::collections::BTreeSet;
use std::time::Duration;

use leaseline::domain::archive::{ArchiveBound, ArchivedRecord};
use leaseline::domain::day::Day;
use leaseline::domain::ledger::void;
use leaseline::storage::archives::records;
use leaseline::storage::{archives, ledger};
use serde_json::Value;

use super::store::{NOW, PRICE, Store, kopecks};

/// The day after [`NOW`].
fn day() -> Day {
    Day::of(NOW).next()
}

/// An operation that is closed, and a newer one that is open.
async fn furnished(store: &Store) {
    let pool = store.stock(1, None, &["46701", "46702"]).await;
    let closed = store.rent(pool, "46701").await;
    store.message(closed, "code", NOW).await;
    store.close(closed).await;
    let mut tx = store.write().await;
    ledger::append(&mut tx, &[(closed.id, void(kopecks(PRICE)))], NOW);
    tx.commit().await.unwrap();
    store
        .sql(
            "UPDATE deliveries SET state = 'delivered', due_at = NULL, settled_at = 1;
             INSERT INTO audit (at, actor, kind, operation_id) VALUES (1, 'onlinesim', 'closed', 1);
             INSERT INTO audit (at, actor, kind) VALUES (1, 'admin', 'gateway_added'), (2, 'admin', 'gateway_added')",
        )
        .await
        .unwrap();
    let open = store.rent(pool, "46702").await;
    store.message(open, "newest", NOW).await;
}

async fn fold(store: &Store) {
    let tail = ledger::unfolded(&mut store.database.read().await.unwrap(), 100)
        .await
        .unwrap();
    let mut tx = store.write().await;
    ledger::fold(&mut tx, &tail);
    tx.commit().await.unwrap();
}

pub async fn rule_6_lines_leave_only_for_an_archive(store: Store) {
    const OF_THE_CLOSED: &str = "DELETE FROM ledger WHERE operation_id = 1";
    const CLOSED: &str = "DELETE FROM operations WHERE id = 1";
    furnished(&store).await;
    let refused = async |statement: &str, why: &str| {
        let error = store.sql(statement).await.expect_err(why);
        assert!(error.message.contains(why), "{statement}: {error:?}");
    };
    refused(OF_THE_CLOSED, "ledger: append-only").await;
    refused(CLOSED, "operations: it is not in an archive").await;
    let mut tx = store.write().await;
    archives::begin(&mut tx, Day::of(NOW), &[1; 32], NOW).await.unwrap();
    tx.commit().await.unwrap();
    fold(&store).await;
    refused(OF_THE_CLOSED, "ledger: append-only").await;
    refused(CLOSED, "operations: it is not in an archive").await;
    let mut tx = store.write().await;
    let archive = archives::begin(&mut tx, day(), &[2; 32], day().start()).await.unwrap();
    tx.commit().await.unwrap();
    // The first one has ended.
    assert_eq!(
        store
            .count("SELECT count(*) FROM archives WHERE finished_at IS NULL")
            .await,
        1
    );
    let folded_to = "UPDATE ledger_totals SET folded_to = folded_to";
    store.sql(&format!("{folded_to} - 3")).await.unwrap();
    refused(OF_THE_CLOSED, "ledger: append-only").await;
    store.sql(&format!("{folded_to} + 3")).await.unwrap();
    refused("DELETE FROM ledger WHERE operation_id = 2", "ledger: append-only").await;
    refused(
        "DELETE FROM operations WHERE id = 2",
        "operations: it is not in an archive",
    )
    .await;
    // The newest ones stay, although they are closed.
    let close = "UPDATE operations SET closed_at = 5, outcome = 'sold' WHERE id = 2";
    store.sql(close).await.unwrap();
    refused("DELETE FROM ledger WHERE operation_id = 2", "ledger: append-only").await;
    refused(
        "DELETE FROM operations WHERE id = 2",
        "operations: it is not in an archive",
    )
    .await;
    store
        .sql("UPDATE operations SET closed_at = NULL, outcome = NULL WHERE id = 2")
        .await
        .unwrap();
    let mut tx = store.write().await;
    let balance = ledger::recount(&mut tx).await.unwrap();
    let faults = store.database.check(None).await.unwrap().faults;
    archives::remove(&mut tx, archive, ArchivedRecord::Operation, &[1]);
    archives::finish(&mut tx, archive, NOW);
    tx.commit().await.unwrap();
    let mut session = store.database.read().await.unwrap();
    let removed = archives::removed(&mut session).await.unwrap();
    assert_eq!((removed.transfers, removed.sums.voided), (2, kopecks(PRICE)));
    assert_eq!(ledger::recount(&mut session).await.unwrap(), balance);
    assert_eq!(ledger::balance(&mut session).await.unwrap(), balance);
    drop(session);
    assert_eq!(store.column("SELECT id FROM operations").await, [2]);
    assert_eq!(store.column("SELECT operation_id FROM messages").await, [2]);
    assert_eq!(store.rows("deliveries").await, 1);
    assert_eq!(store.rows("audit").await, 2);
    assert_eq!(store.database.check(None).await.unwrap().faults, faults);
    // It has ended, so nothing more is removed.
    let mut tx = store.write().await;
    archives::remove(&mut tx, archive, ArchivedRecord::Operation, &[2]);
    assert!(tx.commit().await.is_err());
}

/// The names of the fields that an object has.
fn fields(object: &Value) -> BTreeSet<String> {
    object.as_object().expect("an object").keys().cloned().collect()
}

pub async fn an_archive_has_every_column(store: Store) {
    furnished(&store).await;
    store
        .sql(
            "INSERT INTO messages (id, gateway_id, number, unassigned_reason, sender, text, slots, received_at)
             VALUES (3, 1, '46709', 'not_ours', 'VK', 'x', '[\"GSM1\"]', 1);
             INSERT INTO messages (id, gateway_id, number, unassigned_reason, sender, text, received_at)
             VALUES (4, 1, '46709', 'not_ours', 'VK', 'newest', 1)",
        )
        .await
        .unwrap();
    fold(&store).await;
    let bound = ArchiveBound {
        before: day(),
        clock_tolerance: Duration::ZERO,
    };
    let mut session = store.database.read().await.unwrap();
    let mut found = Vec::new();
    for record in [
        ArchivedRecord::Operation,
        ArchivedRecord::Message,
        ArchivedRecord::Event,
    ] {
        let to = records::page_end(&mut session, record, 0, 9).await.unwrap().unwrap();
        let page = records::page(&mut session, record, &bound, (0, to)).await.unwrap();
        let ids: Vec<i64> = page.iter().map(|line| line.id).collect();
        let again = records::with_ids(&mut session, record, &bound, &[ids[0], 99])
            .await
            .unwrap();
        assert!(again == page, "{record:?}: {ids:?}");
        let mut lines = page
            .iter()
            .map(|line| serde_json::from_str::<Value>(&line.text).unwrap());
        found.push(lines.next().unwrap());
        assert!(lines.next().is_none(), "the newest stays: {ids:?}");
        assert_eq!(records::page_end(&mut session, record, to, 9).await.unwrap(), None);
    }
    let [operation, message, event] = &found[..] else {
        panic!("one of each")
    };
    assert_eq!(message["slots"][0], "GSM1");
    let of_operation = &operation["messages"][0];
    // Left out: what its place in the file says, what serves open rentals only, and fingerprints.
    for (table, object, left_out, more) in [
        (
            "operations",
            operation,
            "sms_hour_began_at sms_in_hour",
            "kind transfers messages events",
        ),
        ("ledger", &operation["transfers"][0], "operation_id", ""),
        (
            "messages",
            of_operation,
            "gateway_id operation_id fingerprint with_current_token",
            "gateway delivery",
        ),
        (
            "messages",
            message,
            "gateway_id operation_id fingerprint with_current_token",
            "kind gateway delivery",
        ),
        (
            "deliveries",
            &of_operation["delivery"],
            "message_id operation_id due_at leased_until behind_until",
            "",
        ),
        ("audit", event, "kind operation_id", "kind event"),
        ("audit", &operation["events"][0], "kind operation_id", "event"),
    ] {
        let columns: BTreeSet<String> = store.columns(table).await.into_iter().collect();
        let left_out: BTreeSet<String> = left_out.split_whitespace().map(str::to_owned).collect();
        let mut expected: BTreeSet<String> = columns.difference(&left_out).cloned().collect();
        expected.extend(more.split_whitespace().map(str::to_owned));
        assert_eq!(fields(object), expected, "{table}");
    }
}

/// An archive that one database wrote is compared with the rows of the other after a move.
pub async fn an_archive_has_the_same_bytes_on_each_database(store: Store) {
    furnished(&store).await;
    store
        .sql(
            "INSERT INTO messages (id, gateway_id, number, unassigned_reason, sender, text, slots, received_at)
             VALUES (3, 1, '46709', 'not_ours', 'V\"K', 'a\\b\n\u{1}\u{7f} é😀</', '[\"GSM1\",\"2é\"]', 1);
             INSERT INTO messages (id, gateway_id, number, unassigned_reason, sender, text, received_at)
             VALUES (4, 1, '46709', 'not_ours', 'VK', 'newest', 1)",
        )
        .await
        .unwrap();
    fold(&store).await;
    let bound = ArchiveBound {
        before: day(),
        clock_tolerance: Duration::ZERO,
    };
    let mut session = store.database.read().await.unwrap();
    for (record, line) in [
        (
            ArchivedRecord::Operation,
            r#"{"kind":"operation","id":1,"number":"46701","sum_kopecks":32000,"opened_at":1790000000000,"closed_at":1790000000000,"outcome":"cancelled","discrepancies":0,"message_count":1,"sms_count":1,"transfers":[{"id":1,"kind":"reserve","kopecks":32000,"booked_at":1790000000000},{"id":2,"kind":"void","kopecks":32000,"booked_at":1790000000000}],"messages":[{"id":1,"gateway":"bank1","external_id":null,"number":"46701","slots":null,"unassigned_reason":null,"sender":"Service","sender_blanked_at":null,"text":"code","text_blanked_at":null,"sent_at":null,"received_at":1790000000000,"incomplete":0,"withheld":0,"delivery":{"state":"delivered","attempts":0,"declined":0,"refusal":null,"reason":null,"settled_at":1}}],"events":[{"id":1,"at":1,"actor":"onlinesim","event":"closed","number":null,"order_line_id":null,"outcome":null,"kopecks":null,"detail":null,"client":null}]}"#,
        ),
        (
            ArchivedRecord::Message,
            concat!(
                r#"{"kind":"message","id":3,"gateway":"bank1","external_id":null,"number":"46709","slots":["GSM1","2é"],"unassigned_reason":"not_ours","sender":"V\"K","sender_blanked_at":null,"text":"a\\b\n\u0001"#,
                "\u{7f}",
                r#" é😀</","text_blanked_at":null,"sent_at":null,"received_at":1,"incomplete":0,"withheld":0,"delivery":null}"#
            ),
        ),
        (
            ArchivedRecord::Event,
            r#"{"kind":"event","id":2,"at":1,"actor":"admin","event":"gateway_added","number":null,"order_line_id":null,"outcome":null,"kopecks":null,"detail":null,"client":null}"#,
        ),
    ] {
        let page = records::page(&mut session, record, &bound, (0, 9)).await.unwrap();
        assert_eq!(page[0].text, line);
    }
}

pub async fn wrong_archives_are_refused(store: Store) {
    let archive = |columns: &str, values: &str| {
        format!(
            "INSERT INTO archives (closed_before, sha256, begun_at{columns}) VALUES (86400000, zeroblob(32), 86400000{values})"
        )
    };
    for wrong in [
        "INSERT INTO archives (closed_before, sha256, begun_at) VALUES (86400001, zeroblob(32), 86400001)".to_owned(),
        "INSERT INTO archives (closed_before, sha256, begun_at) VALUES (86400000, zeroblob(31), 86400000)".to_owned(),
        "INSERT INTO archives (closed_before, sha256, begun_at) VALUES (86400000, zeroblob(32), 86399999)".to_owned(),
        archive(", operations", ", -1"),
        archive(", transfers", ", -1"),
        archive(", reserved", ", 1"),
        archive(", reserved, voided", ", -1, -1"),
        archive(", posted", ", 1"),
        archive(", reversed", ", 1"),
        archive(", reversed", ", -1"),
        "INSERT INTO archived_income (order_line_id, day, kopecks) VALUES (1, 1, 1)".to_owned(),
        "INSERT INTO archived_income (order_line_id, day, kopecks) VALUES (9, 0, 1)".to_owned(),
    ] {
        assert!(store.sql(&wrong).await.is_err(), "{wrong}");
    }
    for right in [
        archive(", finished_at, reserved, posted, voided, reversed", ", 2, 5, 3, 2, 3"),
        archive("", ""),
    ] {
        let stored = store.sql(&right).await;
        assert!(stored.is_ok(), "{right}: {stored:?}");
    }
    assert!(store.sql(&archive("", "")).await.is_err(), "one is under way");
}
