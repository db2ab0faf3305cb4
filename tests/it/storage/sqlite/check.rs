//! Faults that are planted in the file one at a time, behind the storage's back: each is found and named.

use std::time::Duration;

use leaseline::storage::check::{CheckPart, Fault};
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use super::super::store::{NOW, Store, sqlite};

/// Two numbers, one of them rented, with an SMS; one operation is sold.
async fn furnished() -> Store {
    let store = sqlite().await;
    let pool = store.stock(1, None, &["46701", "46702", "46703"]).await;
    let rented = store.rent(pool, "46701").await;
    store.message(rented, "code", NOW).await;
    store.rent(pool, "46702").await;
    store
        .sql(
            "UPDATE operations SET closed_at = 5, outcome = 'sold' WHERE id = 2;
             UPDATE pools SET rented = rented - 1, free = free + 1;
             INSERT INTO available_numbers (pool_id, number) VALUES (1, '46702');
             INSERT INTO ledger (operation_id, kind, kopecks, booked_at) VALUES (2, 'post', 32000, 5)",
        )
        .await
        .unwrap();
    store
}

/// Without the database's own guards.
async fn plant(store: &Store, statements: &'static str) {
    let path = store.url.strip_prefix("sqlite:").unwrap();
    let options = SqliteConnectOptions::new().filename(path).foreign_keys(false);
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
}

#[tokio::test]
async fn every_planted_fault_is_found() {
    let dangling = |table: &str, parent: &str| Fault::Dangling {
        table: table.to_owned(),
        parent: parent.to_owned(),
        rows: 1,
    };
    let plants: [(&str, Vec<Fault>); 15] = [
        ("SELECT 1", vec![]),
        ("UPDATE pools SET free = free + 1", vec![Fault::PoolMiscounted(1)]),
        ("UPDATE pools SET rented = rented + 1", vec![Fault::PoolMiscounted(1)]),
        (
            "DROP TRIGGER available_numbers_may_be_issued; INSERT INTO available_numbers (pool_id, number) VALUES (1, '46701');
             UPDATE pools SET free = free + 1",
            vec![Fault::RentedTwice(1)],
        ),
        (
            "UPDATE operations SET sms_count = 2 WHERE id = 1",
            vec![Fault::SmsMiscounted(1)],
        ),
        (
            "INSERT INTO messages (gateway_id, number, operation_id, sender, text, received_at, withheld)
             VALUES (1, '46701', 1, 'x', 'x', 9000000000000, 1)",
            vec![Fault::SmsMiscounted(1)],
        ),
        (
            "INSERT INTO messages (gateway_id, number, operation_id, sender, text, received_at, withheld)
             VALUES (1, '46701', 1, 'x', 'x', 9000000000000, 1);
             UPDATE operations SET message_count = message_count + 1 WHERE id = 1",
            vec![],
        ),
        (
            "UPDATE operations SET outcome = 'cancelled' WHERE id = 2",
            vec![Fault::Unbalanced(2)],
        ),
        (
            "UPDATE operations SET sum_kopecks = 1 WHERE id = 1",
            vec![Fault::Unbalanced(1)],
        ),
        (
            "DROP TRIGGER ledger_is_not_deleted; DELETE FROM ledger WHERE kind = 'post'",
            vec![Fault::Unbalanced(2)],
        ),
        (
            "DROP TRIGGER ledger_is_not_changed; UPDATE ledger SET kopecks = 1 WHERE id = 1",
            vec![Fault::Unbalanced(1)],
        ),
        ("UPDATE ledger_totals SET posted = 1", vec![Fault::TotalsDiffer]),
        ("UPDATE ledger_totals SET folded_to = 99", vec![Fault::TotalsDiffer]),
        (
            "INSERT INTO archives (closed_before, sha256, begun_at, finished_at, reserved, voided)
             VALUES (0, zeroblob(32), 1, 2, 1, 1)",
            vec![Fault::TotalsDiffer],
        ),
        (
            "DROP TRIGGER operations_are_not_deleted; DELETE FROM deliveries; DELETE FROM operations WHERE id = 1;
             INSERT INTO available_numbers (pool_id, number) VALUES (1, '46701'); UPDATE pools SET rented = 0, free = 3",
            vec![dangling("ledger", "operations"), dangling("messages", "operations")],
        ),
    ];
    for (statements, faults) in plants {
        let store = furnished().await;
        plant(&store, statements).await;
        let report = store.database.check(None).await.unwrap();
        assert_eq!((report.faults, report.unfinished), (faults, vec![]), "{statements}");
    }
}

#[tokio::test]
async fn checks_that_the_time_was_too_short_for_are_named() {
    let store = furnished().await;
    plant(
        &store,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
         INSERT INTO audit (at, actor, kind) SELECT i, 'server', 'nothing' FROM n;
         INSERT INTO ledger (operation_id, kind, kopecks, booked_at) SELECT 1, 'reserve', 0, 0 FROM audit",
    )
    .await;
    let report = store.database.check(Some(Duration::ZERO)).await.unwrap();
    assert_eq!(report.faults, vec![]);
    assert!(report.unfinished.contains(&CheckPart::Operations), "{report:?}");
    // With time enough it comes to the end of it.
    let report = store.database.check(Some(Duration::from_secs(600))).await.unwrap();
    assert_eq!((report.faults, report.unfinished), (vec![], vec![]));
}
