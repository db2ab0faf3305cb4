//! `leaseline archive` with the real binary: under load, killed wherever it is, on a full disk, and what it refuses.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, SqliteConnection};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::backups::{printed, run, sentence, stocked};
use super::clients::{Caller, Dice, Load};
use super::commands::sql;
use super::process::{BINARY, Place, WAIT_MAX};
use super::{CALLERS, CAPACITY, until};
use crate::faults::disk::{Disk, Orders};
use crate::support::archive::lines;

/// How many rentals of 2023 there are.
const OLD: i64 = 3_000;
/// Rentals of the first of ten numbers, half of them sold, each with an SMS and an event.
const RENTALS: &str = "
    CREATE TEMP TABLE old AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
        SELECT i, '4670000000' || (1 + i % 9) AS number, 100 + i AS kopecks, 1680000000000 + i * 60000 AS at FROM n;
    INSERT INTO operations (id, number, sum_kopecks, opened_at, sms_count, message_count, closed_at, outcome)
        SELECT i, number, kopecks, at, 1, 1, at + 30000, iif(i % 2, 'sold', 'cancelled') FROM old;
    INSERT INTO ledger (operation_id, kind, kopecks, booked_at) SELECT i, 'reserve', kopecks, at FROM old;
    INSERT INTO ledger (operation_id, kind, kopecks, booked_at)
        SELECT i, iif(i % 2, 'post', 'void'), kopecks, at + 30000 FROM old;
    INSERT INTO messages (id, gateway_id, number, unassigned_reason, sender, text, received_at)
        SELECT i, 1, number, 'not_rented', 'VK', 'code ' || i, at + 1000 FROM old;
    UPDATE messages SET operation_id = id, unassigned_reason = NULL;
    INSERT INTO deliveries (message_id, operation_id, state, settled_at) SELECT i, i, 'delivered', at + 2000 FROM old;
    INSERT INTO audit (at, actor, kind, operation_id, number) SELECT at + 30000, 'onlinesim', 'closed', i, number FROM old;";
const ARCHIVE: [&str; 3] = ["archive", "--before", "2024-01-01"];

async fn archive(place: &Place, file: &str) -> std::process::Output {
    run(place, &[&ARCHIVE[..], &[file]].concat()).await
}

fn begun(place: &Place, file: &str) -> Child {
    let arguments = [&ARCHIVE[..], &[file]].concat();
    place.command(BINARY, &arguments).spawn().unwrap()
}

async fn connect(place: &Place) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(place.file());
    options.connect().await.unwrap()
}

async fn count(connection: &mut SqliteConnection, table: &str) -> i64 {
    let sql = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    sqlx::query_scalar(sql).fetch_one(connection).await.unwrap()
}

/// The operations of an archive, which is whole.
fn operations(file: &Path) -> BTreeMap<i64, Value> {
    let mut lines = lines(file);
    assert_eq!(lines[0]["kind"], "header");
    let trailer = lines.pop().unwrap();
    assert_eq!(trailer["kind"], "trailer");
    lines.retain(|line| line["kind"] == "operation");
    assert_eq!(trailer["operations"], lines.len());
    let id = |line: &Value| line["id"].as_i64().unwrap();
    lines.into_iter().map(|line| (id(&line), line)).collect()
}

async fn wait_for(mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    timeout(WAIT_MAX, waiting).await.expect("it comes so far");
}

/// A server with the rentals, of which the totals are up to date.
async fn filled(place: &Place) -> super::process::Server {
    let server = stocked(place).await;
    sql(&place.file(), RENTALS).await;
    let none = printed(&run(place, &["archive", "--before", "2000-01-01", "none.gz"]).await);
    assert_eq!(
        none,
        "nothing from before 2000-01-01 is to be archived: no file was written\n"
    );
    assert!(!place.path("none.gz").exists() && !place.path("none.gz.partial").exists());
    server
}

#[tokio::test]
async fn an_archive_that_is_killed_anywhere_loses_nothing() {
    let place = Place::new().await;
    let server = filled(&place).await;
    let balance = server.client.admin_get("/v1/balance").await;
    let mut connection = connect(&place).await;
    // Between the file and the first removal.
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
    let mut first = begun(&place, "one.gz");
    wait_for(async || place.path("one.gz").exists()).await;
    first.kill().unwrap();
    first.wait().unwrap();
    sqlx::raw_sql("ROLLBACK").execute(&mut connection).await.unwrap();
    assert_eq!(count(&mut connection, "operations").await, OLD);
    // In the middle of it.
    let mut second = begun(&place, "two.gz");
    wait_for(async || count(&mut connection, "operations").await <= OLD - 500).await;
    second.kill().unwrap();
    second.wait().unwrap();
    let left = count(&mut connection, "operations").await;
    assert!(left > 1, "{left}");
    printed(&run(&place, &["check"]).await);
    assert_eq!(server.client.admin_get("/v1/balance").await, balance);
    // To its end.
    let done = printed(&archive(&place, "three.gz").await);
    assert!(
        done.contains(&format!("removed from the database: {} records", left - 1)),
        "{done}"
    );
    printed(&run(&place, &["check"]).await);
    assert_eq!(server.client.admin_get("/v1/balance").await, balance);

    let [one, two, three] = ["one.gz", "two.gz", "three.gz"].map(|name| operations(&place.path(name)));
    // The newest stays.
    let all: Vec<i64> = (1..OLD).collect();
    assert_eq!(one.keys().copied().collect::<Vec<_>>(), all);
    assert!(two == one);
    assert_eq!(i64::try_from(three.len()).unwrap(), left - 1);
    assert!(three.iter().all(|(id, line)| one[id] == *line), "the same in each file");
    assert_eq!(one[&7]["messages"][0]["text"], "code 7");
    for table in ["operations", "messages", "deliveries"] {
        assert_eq!(count(&mut connection, table).await, 1, "{table}");
    }
    let next = server.client.get_number(&json!({})).await.unwrap().1;
    assert_eq!(next["activationId"], OLD + 1);
    let mode = fs::metadata(place.path("one.gz")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    connection.close().await.unwrap();
}

#[tokio::test]
async fn rentals_go_on_while_old_ones_are_archived() {
    let place = Arc::new(Place::new().await);
    let server = place.start().await;
    let client = server.client.clone();
    let bank = json!({"name": "bank"});
    let bank = client.stock(bank, "sweden", "telia", 46_700_000_001, 1500).await;
    let small = json!({"name": "small", "capacity": CAPACITY});
    let small = client.stock(small, "poland", "play", 48_600_000_001, 500).await;
    sql(&place.file(), RENTALS).await;
    let load = Arc::new(Load::new(Arc::clone(&place), [bank, small], None));
    let (mut dice, mut working) = (Dice::new(11), JoinSet::new());
    for name in 0..CALLERS {
        working.spawn(Caller::new(name, dice.roll(u64::MAX)).work(client.clone(), Arc::clone(&load)));
    }
    until(&load.answers, 100).await;
    let before = *load.answers.borrow();
    let done = printed(&archive(&place, "archive.gz").await);
    let during = *load.answers.borrow() - before;
    assert!(
        done.contains(&format!("removed from the database: {OLD} records")),
        "{done}"
    );
    until(&load.answers, before + during + 100).await;
    load.ending.store(true, Ordering::SeqCst);
    working.join_all().await;
    client.nothing_due(&place.onlinesim).await;
    eprintln!("{during} answers while {OLD} rentals were archived");

    let archived = operations(&place.path("archive.gz"));
    assert_eq!(
        archived.keys().copied().collect::<Vec<_>>(),
        (1..=OLD).collect::<Vec<_>>()
    );
    let listed = client.list("/v1/operations").await;
    let listed: Vec<i64> = listed.iter().map(|one| one["id"].as_i64().unwrap()).collect();
    let seen = load.take();
    assert!(seen.rented.keys().all(|id| listed.contains(id)) && listed.iter().all(|id| *id > OLD));
    // What is left and what was archived are the balance.
    let kopecks = |amount: &Value| -> i64 { amount.as_str().unwrap().replace('.', "").parse().unwrap() };
    let lines_left = client.list("/v1/ledger").await;
    let posted_left = lines_left.iter().filter(|line| line["kind"] == "post");
    let posted: i64 = posted_left.map(|line| kopecks(&line["amount"])).sum();
    let trailer = lines(&place.path("archive.gz")).pop().unwrap();
    let balance = client.admin_get("/v1/balance").await;
    assert_eq!(
        kopecks(&balance["posted"]),
        posted + trailer["posted_kopecks"].as_i64().unwrap()
    );
    printed(&run(&place, &["check"]).await);
}

#[tokio::test]
async fn a_full_disk_or_a_kill_before_the_file_is_whole_removes_nothing() {
    let mut place = Place::new().await;
    let server = filled(&place).await;
    // 16 KiB: less than the archive, and enough for what the command prints.
    let full = "trap '' XFSZ; ulimit -f 32; exec \"$0\" archive --before 2024-01-01 archive.gz";
    let error = sentence(&place.end(place.command("/bin/sh", &["-c", full, BINARY])).await);
    assert!(error.contains("archive.gz.partial: File too large"), "{error}");
    assert!(!place.path("archive.gz").exists() && !place.path("archive.gz.partial").exists());
    assert_eq!(
        server.client.get_number(&json!({})).await.unwrap().0,
        200,
        "what ran goes on"
    );
    // So that nothing is written to the database before the file is whole: the totals are up to date.
    printed(&run(&place, &["archive", "--before", "2000-01-01", "none.gz"]).await);
    // It delays the syncs of files whose names begin like that.
    let disk = Disk::under(&mut place);
    disk.does(Orders {
        sync_delay: Duration::from_secs(60),
        ..Orders::default()
    });
    let mut killed = begun(&place, "leaseline.db-archive");
    wait_for(async || {
        let written = fs::metadata(place.path("leaseline.db-archive.partial"));
        written.is_ok_and(|written| written.len() > 1000)
    })
    .await;
    let error = sentence(&archive(&place, "leaseline.db-archive").await);
    assert!(
        error.contains("another archive is being written to leaseline.db-archive.partial"),
        "{error}"
    );
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(!place.path("leaseline.db-archive").exists());
    let mut connection = connect(&place).await;
    assert_eq!(count(&mut connection, "operations").await, OLD + 1);
    disk.is_well();
    printed(&archive(&place, "leaseline.db-archive").await);
    assert!(
        !place.path("leaseline.db-archive.partial").exists(),
        "the next one uses it"
    );
    assert_eq!(count(&mut connection, "operations").await, 2);
    connection.close().await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_archived_is_refused() {
    let place = Place::new().await;
    stocked(&place).await;
    fs::write(place.path("notes.txt"), "mine").unwrap();
    for (day, file, expected) in [
        (
            "2024-01-01",
            "notes.txt",
            "notes.txt exists, and an archive is always a new file",
        ),
        ("2024-01-01", "missing/a.gz", "missing: No such file or directory"),
        ("2024-01-01", "-", "standard output cannot be read back"),
        ("2999-01-01", "a.gz", "--before must not be later than 2"),
    ] {
        let error = sentence(&run(&place, &["archive", "--before", day, file]).await);
        assert!(error.contains(expected), "{file}: {error}");
    }
    let wrong = run(&place, &["archive", "--before", "2024-02-30", "a.gz"]).await;
    let error = String::from_utf8(wrong.stderr).unwrap();
    assert_eq!(wrong.status.code(), Some(2), "{error}");
    assert!(error.contains("must be a day such as 2026-11-20"), "{error}");
    assert_eq!(fs::read_to_string(place.path("notes.txt")).unwrap(), "mine");
    assert!(!place.path("a.gz").exists());
}
