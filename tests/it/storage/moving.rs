//! `leaseline move`: everything arrives, what is broken off can be repeated, and what differs is found.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use leaseline::domain::stock::PoolId;
use leaseline::storage::check::Fault;
use leaseline::storage::moving::{Compared, Comparison, MoveError, MoveReport, compare, move_everything, undo};
use leaseline::storage::{Error, UnusableFile};

use super::store::{NOW, Store, open_postgres, seconds, sqlite};

/// Rows in all tables that a rental does not write to. Some fill more than a page; a line refers to a later one; the restore
/// is the last, because ids below it are not issued any more.
const ROWS: &str = "
    INSERT INTO old_tokens (token_hash, gateway_id, good_until) VALUES (zeroblob(32), 1, 5);
    INSERT INTO slots (number, gateway_id, line) VALUES ('46701', 1, 'port 1');
    INSERT INTO messages (id, gateway_id, external_id, number, unassigned_reason, sender, text, received_at)
        VALUES (7, 1, 'a' || char(0) || 'b', '112', 'not_ours', 'ÅÄÖ 😀', 'zero' || char(0) || char(10) || '\\N', 6);
    INSERT INTO concatenated_messages
        (id, number, unassigned_reason, sender, received_at, started_at, gateway_id, reference, total)
        VALUES (3, '46701', 'not_rented', 'x', 1, 1, 1, 1, 2);
    INSERT INTO message_parts (concatenated_message_id, sequence, units) VALUES (3, 1, unhex('D83D'));
    INSERT INTO part_ids (gateway_id, external_id, sequence, fingerprint, received_at)
        VALUES (1, 'a', 1, -9223372036854775807 - 1, 1);
    INSERT INTO orders (supplier, numbers, options, operator, setup_max, monthly_max, prove, created_at)
        VALUES ('carrierx', '{}', '[]', 'other', 0, 0, 0, 1);
    INSERT INTO order_lines (order_id, supplier, state, is_number_fixed, setup_max, monthly_max, state_since)
        VALUES (1, 'carrierx', 'planned', 0, 0, 0, 1), (1, 'carrierx', 'planned', 0, 0, 0, 1);
    UPDATE order_lines SET state = 'attempted', attempts = 1, attempted_at = 1, call_line_id = 2 WHERE id = 1;
    INSERT INTO costs (order_line_id, kind, millionths, currency, day, booked_at)
        VALUES (1, 'setup', 5, 'USD', '2026-11-20', 1);
    INSERT INTO order_callbacks (order_line_id, received_at, body) VALUES (1, 1, unhex('00ff'));
    INSERT INTO supplier_pauses (supplier, failures) VALUES ('carrierx', 1);
    INSERT INTO owned_comparisons (supplier, compared_at, gone, unlisted) VALUES ('carrierx', 1, 0, 0);
    INSERT INTO restock_rules (supplier, country, floor, target, monthly_max, batch_max, enabled)
        VALUES ('carrierx', 'sweden', 1, 2, 0, 1, 1);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
        INSERT INTO unavailable_numbers (supplier, number, refused_at) SELECT 'carrierx', CAST(i AS TEXT), 1 FROM n;
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
        INSERT INTO audit (at, actor, kind, operation_id, order_line_id) SELECT i, 'server', 'x', 1, 1 FROM n;
    INSERT INTO troubles (kind, began_at, count, detail) VALUES ('disk_low', 1, 1, 'x');
    INSERT INTO notifications (trouble_id, channel, state, due_at) VALUES (1, 'mail', 'began', 1);
    INSERT INTO notification_channels (channel, failures, paused_until, reason) VALUES ('mail', 1, 1, 'x');
    INSERT INTO retention_postponed (message_id, data) VALUES (1, 'texts');
    INSERT INTO archives (closed_before, sha256, begun_at) VALUES (86400000, zeroblob(32), 86400000);
    INSERT INTO archived_income (order_line_id, day, kopecks) VALUES (1, 86400000, -5);
    INSERT INTO restores (restored_at, first_id, last_id, last_message_id, last_line_id)
        VALUES (5, 1000, 2000, 3000, 4000);
    INSERT INTO lost_operations (position, operation_id, outcome, reported_at) VALUES (1, 1500, 'cancelled', 1);";

/// A file with rows in every table.
async fn furnished() -> Store {
    let store = sqlite().await;
    let pool = store.stock(1, Some(5), &["46701", "46702", "46703"]).await;
    let operation = store.rent(pool, "46701").await;
    store.message(operation, "code", NOW).await;
    store.sql(ROWS).await.unwrap();
    store
}

async fn try_moving(source: &Store, target: &Store) -> Result<MoveReport, MoveError> {
    move_everything(&source.database, &target.database, NOW, false).await
}

async fn moved(source: &Store, target: &Store) -> MoveReport {
    let report = try_moving(source, target).await.unwrap();
    assert!(report.comparison.is_equal(), "{:?}", report.comparison);
    assert_eq!(target.database.pending_migrations().await, Ok(0));
    report
}

fn different(comparison: &Comparison) -> Vec<&'static str> {
    let tables = comparison.tables.iter().filter(|one| !one.is_equal());
    let sums = comparison.sums.iter().filter(|one| !one.is_equal());
    tables.map(|one| one.name).chain(sums.map(|one| one.name)).collect()
}

/// Whether a database says that it was moved.
async fn is_moved(store: &Store) -> bool {
    match store.database.migrate().await {
        Ok(()) => false,
        Err(Error::Unusable(UnusableFile::Moved { .. })) => true,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn everything_goes_there_and_back_again() {
    const KEPT: &str = "SELECT count(*) FROM pg_trigger WHERE tgenabled = 'O' UNION ALL
                        SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated";
    let Some(target) = open_postgres().await else { return };
    let source = furnished().await;
    let kept = target.column(KEPT).await;
    let there = moved(&source, &target).await;
    assert_eq!((there.cleaned, target.column(KEPT).await), (2, kept));
    let every = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
                 AND name NOT IN ('_sqlx_migrations', 'moved')";
    let every: Vec<String> = sqlx::query_scalar(every)
        .fetch_all(&mut source.raw().await)
        .await
        .unwrap();
    let tables = &there.comparison.tables;
    let names: BTreeSet<String> = tables.iter().map(|one| one.name.to_owned()).collect();
    assert_eq!(
        names,
        every.into_iter().collect(),
        "a table is missing: src/storage/moving/tables.rs"
    );
    assert!(tables.iter().all(|one| one.found[0].rows > 0), "{tables:?}");

    let back = sqlite().await;
    let again = moved(&target, &back).await;
    assert_eq!((again.comparison.tables, again.cleaned), (there.comparison.tables, 0));
    let compared = compare(&source.database, &back.database).await.unwrap();
    assert!(compared.is_equal(), "{compared:?}");
    let triggers = "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'";
    assert_eq!(back.count(triggers).await, source.count(triggers).await);
    assert!(is_moved(&source).await && is_moved(&target).await && !is_moved(&back).await);

    // Ids go on above those that were issued or skipped.
    assert_eq!(target.stock(2, None, &["46711"]).await, PoolId(2));
    let message = "INSERT INTO messages (gateway_id, number, unassigned_reason, sender, text, received_at)
                   VALUES (1, '112', 'not_ours', 'x', 'x', 1)";
    target.sql(message).await.unwrap();
    assert_eq!(target.count("SELECT max(id) FROM messages").await, 3001);
}

/// Whether a move ends before it was polled so often. Otherwise it is dropped then.
async fn ends_within(polls: u32, source: &Store, target: &Store) -> bool {
    let mut moving = pin!(try_moving(source, target));
    let mut left = polls;
    poll_fn(|context| match moving.as_mut().poll(context) {
        Poll::Ready(ended) => Poll::Ready(ended.unwrap().comparison.is_equal()),
        Poll::Pending if left == 0 => Poll::Ready(false),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

async fn broken_off_and_repeated(target: Store) {
    let source = furnished().await;
    let mut polls = 1;
    while !ends_within(polls, &source, &target).await {
        assert!(!is_moved(&source).await, "{polls}");
        polls += polls.div_ceil(2);
    }
    assert!(polls > 50, "it was broken off at several places: {polls}");
    assert!(is_moved(&source).await && !is_moved(&target).await);
    let compared = compare(&source.database, &target.database).await.unwrap();
    assert!(compared.is_equal(), "{compared:?}");
}

#[tokio::test]
async fn a_move_into_a_file_that_is_broken_off_can_be_repeated() {
    broken_off_and_repeated(sqlite().await).await;
}

#[tokio::test]
async fn a_move_into_postgres_that_is_broken_off_can_be_repeated() {
    if let Some(target) = open_postgres().await {
        broken_off_and_repeated(target).await;
    }
}

/// Between the commits of both databases: the copy is there, the source is not marked, and may have gone on since.
#[tokio::test]
async fn a_copy_that_was_not_in_use_yet_is_made_again() {
    let (source, target) = (furnished().await, sqlite().await);
    moved(&source, &target).await;
    assert!(undo(&source.database).await.unwrap() && !undo(&source.database).await.unwrap());
    target
        .sql("INSERT INTO moved (id, moved_at, moved_to) VALUES (1, 5, 'here')")
        .await
        .unwrap();
    source.stock(2, None, &["46720"]).await;
    let refused = target.database.migrate().await.unwrap_err();
    assert_eq!(refused, UnusableFile::CopyUnfinished.into());
    assert_eq!(undo(&target.database).await, Err(refused));
    moved(&source, &target).await;
    assert_eq!(target.rows("gateways").await, 2);
}

/// After both commits: only the mark of the copy is left.
#[tokio::test]
async fn a_move_that_was_broken_off_at_its_end_is_ended() {
    let (source, target) = (furnished().await, sqlite().await);
    moved(&source, &target).await;
    let mark = format!(
        "INSERT INTO moved (id, moved_at, moved_to) VALUES (1, {}, 'here')",
        NOW.as_ms()
    );
    target.sql(&mark).await.unwrap();
    let later = NOW + seconds(60);
    let report = move_everything(&source.database, &target.database, later, false)
        .await
        .unwrap();
    assert!(report.comparison.is_equal() && is_moved(&source).await && !is_moved(&target).await);
}

#[tokio::test]
async fn a_dry_run_leaves_both_as_they_were() {
    let source = furnished().await;
    for target in [Some(sqlite().await), open_postgres().await].into_iter().flatten() {
        for _ in 0..2 {
            let report = move_everything(&source.database, &target.database, NOW, true)
                .await
                .unwrap();
            assert!(report.comparison.is_equal(), "{:?}", report.comparison);
            assert!(!is_moved(&source).await && !is_moved(&target).await);
            assert_eq!(
                (target.rows("audit").await, target.rows("retention_progress").await),
                (0, 3)
            );
        }
        assert_eq!(target.stock(1, None, &["46701"]).await, PoolId(1));
    }
}

async fn refused(source: &Store, target: &Store) -> String {
    try_moving(source, target).await.unwrap_err().to_string()
}

#[tokio::test]
async fn what_cannot_be_moved_is_refused() {
    let (source, target, other) = (furnished().await, sqlite().await, sqlite().await);
    other.stock(1, None, &["46701"]).await;
    let sentence = "--to: the database is not empty (gateways has rows): take a new one";
    assert_eq!(refused(&source, &other).await, sentence);
    let server = source.another().await;
    let lock = server.sqlite().unwrap().lock().unwrap();
    let sentence = "storage.url: a leaseline serves this database: stop it first";
    assert_eq!(refused(&source, &target).await, sentence);
    drop(lock);
    if let Some(server) = open_postgres().await {
        let mut tx = server.write().await;
        leaseline::storage::gateways::named(&mut tx, &[]).await.unwrap();
        assert_eq!(refused(&source, &server).await, sentence.replace("storage.url", "--to"));
    }
    moved(&source, &target).await;
    let again = refused(&source, &sqlite().await).await;
    assert!(
        again.contains("everything was moved from this database to a file of SQLite at 2026-"),
        "{again}"
    );
    assert!(again.contains("`leaseline move --undo`"), "{again}");
}

#[tokio::test]
async fn what_differs_is_found() {
    let source = furnished().await;
    for target in [Some(sqlite().await), open_postgres().await].into_iter().flatten() {
        moved(&source, &target).await;
        assert!(undo(&source.database).await.unwrap());
        let found = async || compare(&source.database, &target.database).await.unwrap();
        target.sql("UPDATE audit SET kind = 'y' WHERE id = 1234").await.unwrap();
        assert_eq!(different(&found().await), ["audit"]);
        target.sql("UPDATE pools SET free = free + 1").await.unwrap();
        let found = found().await;
        assert_eq!(different(&found), ["pools", "audit", "free"]);
        assert_eq!(found.faults, [Fault::PoolMiscounted(1)]);
        let free = found
            .sums
            .iter()
            .find(|one| one.name == "free")
            .map(|one: &Compared<i64>| one.found);
        assert_eq!(free, Some([2, 3]));
    }
}
