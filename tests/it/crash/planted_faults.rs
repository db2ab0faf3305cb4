//! The audit is itself audited: one fault at a time is planted in the file of a dead server, and it must be found.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::FutureExt as _;
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tokio::task::JoinSet;

use super::clients::{Caller, Dice, Load, Seen};
use super::process::Place;
use super::{CALLERS, CAPACITY, audit, until};

struct Plant {
    what: &'static str,
    sql: &'static str,
    /// What the audit has to report.
    found: &'static str,
}

/// The database refuses most of this; so its own guards go first.
const PLANTS: [Plant; 13] = [
    Plant {
        what: "nothing",
        sql: "SELECT 1",
        found: "",
    },
    Plant {
        what: "a rental is lost",
        sql: "DROP TRIGGER operations_are_not_deleted; DELETE FROM operations WHERE id = 1",
        found: "rule 2: operation 1 is lost",
    },
    Plant {
        what: "a rental has another number",
        sql: "UPDATE operations SET number = '46700001499' WHERE id = 1",
        found: "rule 2",
    },
    Plant {
        what: "a rental has another price",
        sql: "UPDATE operations SET sum_kopecks = sum_kopecks + 1 WHERE id = 1",
        found: "\"id\"",
    },
    Plant {
        what: "a number has two renters",
        sql: "DROP INDEX operations_open;
              INSERT INTO operations (number, sum_kopecks, opened_at)
              SELECT number, sum_kopecks, opened_at + 1 FROM operations WHERE closed_at IS NULL LIMIT 1",
        found: "rule 1",
    },
    Plant {
        what: "two rentals that nobody asked for",
        sql: "INSERT INTO operations (number, sum_kopecks, opened_at, closed_at, outcome)
              SELECT '46700001498', 0, 1, 2, 'no_sms' UNION ALL SELECT '46700001499', 0, 1, 2, 'no_sms'",
        found: "that nobody asked for",
    },
    Plant {
        what: "a line of the ledger is lost",
        sql: "DROP TRIGGER ledger_is_not_deleted;
              DELETE FROM ledger WHERE id = (SELECT max(id) FROM ledger WHERE kind = 'post')",
        found: "rule 6",
    },
    Plant {
        what: "a line of the ledger has another amount",
        sql: "DROP TRIGGER ledger_is_not_changed;
              UPDATE ledger SET kopecks = kopecks + 1 WHERE id = (SELECT max(id) FROM ledger WHERE kind = 'void')",
        found: "rule 6",
    },
    Plant {
        what: "a credit is booked twice, and the balance agrees",
        sql: "DROP INDEX ledger_posted_once; DROP TRIGGER ledger_is_not_replaced;
              DROP TRIGGER ledger_books_what_was_reserved;
              INSERT INTO ledger (operation_id, kind, kopecks, booked_at)
              SELECT operation_id, 'reserve', kopecks, booked_at FROM ledger
              WHERE id = (SELECT max(id) FROM ledger WHERE kind = 'post')
              UNION ALL
              SELECT operation_id, 'post', kopecks, booked_at FROM ledger
              WHERE id = (SELECT max(id) FROM ledger WHERE kind = 'post')",
        found: "\"posted\"",
    },
    Plant {
        what: "a sale is forgotten",
        sql: "UPDATE operations SET outcome = 'cancelled' WHERE id = (SELECT max(id) FROM operations WHERE outcome = 'sold')",
        found: "\"sold\"",
    },
    Plant {
        what: "an SMS is lost",
        sql: "DELETE FROM deliveries WHERE message_id = (SELECT min(message_id) FROM deliveries);
              DELETE FROM messages WHERE id = (SELECT min(id) FROM messages WHERE operation_id IS NOT NULL)",
        found: "rule 7",
    },
    Plant {
        what: "an SMS has another renter",
        sql: "UPDATE deliveries SET operation_id = operation_id + 1
              WHERE message_id = (SELECT min(message_id) FROM deliveries);
              UPDATE messages SET operation_id = operation_id + 1
              WHERE id = (SELECT min(message_id) FROM deliveries)",
        found: "rule 8",
    },
    Plant {
        what: "an SMS is stored twice",
        sql: "INSERT INTO messages (gateway_id, number, unassigned_reason, sender, text, received_at)
              SELECT gateway_id, number, unassigned_reason, sender, text, received_at FROM messages
              WHERE operation_id IS NULL LIMIT 1",
        found: "rule 7: listed twice",
    },
];

/// A server that had a crowd and died; what the crowd saw.
async fn dead_server(place: &Arc<Place>) -> Seen {
    let server = place.start().await;
    let client = server.client.clone();
    let bank = json!({"name": "bank"});
    let bank = client.stock(bank, "sweden", "telia", 46_700_000_001, 1500).await;
    let small = json!({"name": "small", "capacity": CAPACITY});
    let small = client.stock(small, "poland", "play", 48_600_000_001, 100).await;
    let load = Arc::new(Load::new(Arc::clone(place), [bank, small], None));
    let mut dice = Dice::new(3);
    let mut working = JoinSet::new();
    for name in 0..CALLERS {
        let caller = Caller::new(name, dice.roll(u64::MAX));
        working.spawn(caller.work(client.clone(), Arc::clone(&load)));
    }
    until(&load.answers, 400).await;
    load.ending.store(true, Ordering::SeqCst);
    working.join_all().await;
    client.nothing_due(&place.onlinesim).await;
    server.kill();
    let mut seen = load.take();
    // One rental more than was answered is not a fault, in a crowd whose server died.
    seen.unanswered = 1;
    seen
}

async fn plant(place: &Place, sql: &'static str) {
    let options = SqliteConnectOptions::new().filename(place.file()).foreign_keys(false);
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

/// What the audit reports; empty if nothing.
async fn verdict(place: &Place, before: &Place, seen: &Seen) -> String {
    let server = place.start().await;
    let judge = async {
        audit::audit(&server.client, seen, CAPACITY).await;
        audit::settle(&server.client, before, seen, &mut audit::Settled::new()).await;
    };
    match AssertUnwindSafe(judge).catch_unwind().await {
        Ok(()) => String::new(),
        Err(report) => {
            let fixed = report.downcast_ref::<&str>().map(|text| (*text).to_owned());
            report.downcast_ref::<String>().cloned().or(fixed).expect("a message")
        }
    }
}

#[tokio::test]
async fn the_audit_finds_every_planted_fault() {
    let before = Arc::new(Place::new().await);
    let seen = dead_server(&before).await;
    for Plant { what, sql, found } in PLANTS {
        let place = Place::new().await;
        for name in ["leaseline.db", "leaseline.db-wal"] {
            std::fs::copy(before.path(name), place.path(name)).unwrap();
        }
        plant(&place, sql).await;
        let report = verdict(&place, &before, &seen).await;
        assert_eq!(report.is_empty(), found.is_empty(), "{what}: {report}");
        assert!(report.contains(found), "{what}: {report}");
    }
}

/// The part of the audit that looks at the pushes.
#[tokio::test]
async fn the_audit_finds_a_delivery_that_never_was() {
    let before = Arc::new(Place::new().await);
    let seen = dead_server(&before).await;
    let nobody = Place::new().await;
    for name in ["leaseline.db", "leaseline.db-wal"] {
        std::fs::copy(before.path(name), nobody.path(name)).unwrap();
    }
    // An Onlinesim to which nothing was pushed.
    let report = verdict(&nobody, &nobody, &seen).await;
    assert!(report.contains("rule 7: delivered, but never pushed"), "{report}");
}
