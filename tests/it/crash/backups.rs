//! `leaseline backup` next to the real server: under load, on a full disk, killed, and on names that belong to others.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::clients::{Caller, Dice, Load};
use super::process::{BINARY, Place, Server, WAIT_MAX};
use super::{CALLERS, CAPACITY, audit, until};
use crate::faults::disk::{Disk, Orders};

pub(super) async fn run(place: &Place, arguments: &[&str]) -> Output {
    place.end(place.command(BINARY, arguments)).await
}

/// The sentence with which a command fails.
pub(super) fn sentence(output: &Output) -> String {
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(output.stdout.is_empty() && stderr.lines().count() == 1, "{stderr}");
    stderr
}

/// What it printed.
#[track_caller]
pub(super) fn printed(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A server with ten numbers.
pub(super) async fn stocked(place: &Place) -> Server {
    let server = place.start().await;
    let bank = json!({"name": "bank"});
    server.client.stock(bank, "sweden", "telia", 46_700_000_001, 10).await;
    server
}

#[tokio::test]
async fn nothing_that_was_acknowledged_before_a_backup_is_missing_after_its_restore() {
    let place = Arc::new(Place::new().await);
    let mut dice = Dice::new(7);
    let server = place.start().await;
    let client = server.client.clone();
    let bank = json!({"name": "bank"});
    let bank = client.stock(bank, "sweden", "telia", 46_700_000_001, 1500).await;
    let small = json!({"name": "small", "capacity": CAPACITY});
    let small = client.stock(small, "poland", "play", 48_600_000_001, 500).await;
    // Answers that came before the backup find this file empty.
    let marks = place.path("marks");
    fs::write(&marks, "").unwrap();
    let load = Arc::new(Load::new(Arc::clone(&place), [bank, small], Some(marks.clone())));
    let mut working = JoinSet::new();
    for name in 0..CALLERS {
        working.spawn(Caller::new(name, dice.roll(u64::MAX)).work(client.clone(), Arc::clone(&load)));
    }
    until(&load.answers, 400).await;
    fs::write(&marks, "the backup begins").unwrap();
    let before = *load.answers.borrow();
    let made = printed(&run(&place, &["backup", "backup.db"]).await);
    let during = *load.answers.borrow() - before;
    assert!(
        made.starts_with("backup.db: ") && made.contains("checked: pages"),
        "{made}"
    );
    until(&load.answers, before + during + 300).await;
    load.dying.store(true, Ordering::SeqCst);
    server.kill();
    working.join_all().await;

    let restored = printed(&run(&place, &["restore", "backup.db", "--no-rest"]).await);
    assert!(restored.contains("is kept as"), "{restored}");
    let server = place.start().await;
    let seen = load.take();
    let acknowledged = seen.by(0);
    audit::audit(&server.client, &acknowledged, CAPACITY).await;
    let listed = server.client.list("/v1/operations").await;
    let known: Vec<i64> = listed.iter().map(|one| one["id"].as_i64().unwrap()).collect();
    let lost: Vec<i64> = seen.rented.keys().copied().filter(|id| !known.contains(id)).collect();
    eprintln!(
        "{} rentals, {} finished and {} SMS were acknowledged before the backup; {during} answers during it; {} rentals lost",
        acknowledged.rented.len(),
        acknowledged.finished.len(),
        acknowledged.accepted.len(),
        lost.len()
    );
    assert!(!lost.is_empty() && !acknowledged.rented.is_empty());
    // No id is issued twice, and what is reported of the lost ones is listed.
    let rented = server.client.get_number(&json!({})).await.unwrap().1;
    let next = rented["activationId"].as_i64().unwrap();
    assert!(seen.rented.keys().all(|id| *id + 1_000_000 < next), "{next}");
    for id in &lost {
        let answer = server.client.finish(*id, 3, &json!(320)).await.unwrap().1;
        assert_eq!(answer["status"], "ERROR", "{answer}");
    }
    let listed = server.client.list("/v1/operations?discrepancy=true").await;
    let reported = listed.iter().filter(|one| one["state"] == "lost");
    assert_eq!(reported.count(), lost.len());
    server.kill();
}

#[tokio::test]
async fn a_backup_is_made_next_to_the_server_or_without_it_and_can_be_piped() {
    let place = Place::new().await;
    let server = stocked(&place).await;
    printed(&run(&place, &["backup", "with.db"]).await);
    let piped = run(&place, &["backup", "-"]).await;
    assert_eq!(piped.status.code(), Some(0));
    assert!(piped.stdout.starts_with(b"SQLite format 3\0"));
    server.terminate();
    server.ended().await;
    printed(&run(&place, &["backup", "without.db"]).await);
    // A backup of that name is replaced.
    printed(&run(&place, &["backup", "without.db"]).await);
    fs::write(place.path("piped.db"), &piped.stdout).unwrap();
    for name in ["with.db", "without.db", "piped.db"] {
        let restored = printed(&run(&place, &["restore", name, "--no-rest"]).await);
        assert!(restored.starts_with(&format!("{name} is restored\n")), "{restored}");
        let server = place.start().await;
        assert_eq!(server.client.list("/v1/numbers").await.len(), 10, "{name}");
        server.terminate();
        server.ended().await;
    }
    let mode = fs::metadata(place.path("with.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let left = fs::read_dir(place.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_str().unwrap().contains("partial")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn what_is_not_a_backup_is_not_replaced_by_one() {
    let place = Place::new().await;
    let server = stocked(&place).await;
    for name in ["notes.txt", "notes.partial"] {
        fs::write(place.path(name), "mine").unwrap();
    }
    symlink(place.path("notes.txt"), place.path("linked.partial")).unwrap();
    fs::create_dir(place.path("folder")).unwrap();
    symlink(place.file(), place.path("link.db")).unwrap();
    for (name, expected) in [
        (
            "notes.txt",
            "notes.txt is not a backup of leaseline and is left as it is",
        ),
        ("folder", "folder is not a backup of leaseline and is left as it is"),
        ("leaseline.db", "leaseline.db is a database in use"),
        ("link.db", "link.db is a database in use"),
        ("leaseline.db-wal", "leaseline.db-wal is a database in use"),
        ("leaseline.db-lock", "leaseline.db-lock is a database in use"),
        (
            "notes",
            "notes.partial cannot be used: it is not an unfinished file of leaseline",
        ),
        (
            "linked",
            "linked.partial cannot be used: it is not an unfinished file of leaseline",
        ),
        ("missing/backup.db", "missing cannot be used: No such file or directory"),
    ] {
        let error = sentence(&run(&place, &["backup", name]).await);
        assert!(error.contains(expected), "{name}: {error}");
    }
    for name in ["notes.txt", "notes.partial"] {
        assert_eq!(fs::read_to_string(place.path(name)).unwrap(), "mine");
    }
    assert_eq!(server.client.readyz().await.0, 200);
}

#[tokio::test]
async fn a_full_disk_or_a_damaged_database_makes_no_backup_and_keeps_the_one_before() {
    let place = Place::new().await;
    let server = stocked(&place).await;
    printed(&run(&place, &["backup", "backup.db"]).await);
    let before = fs::read(place.path("backup.db")).unwrap();
    // 16 KiB: less than the copy, and enough for what the command prints.
    let full = place.command(
        "/bin/sh",
        &["-c", "trap '' XFSZ; ulimit -f 32; exec \"$0\" backup backup.db", BINARY],
    );
    let error = sentence(&place.end(full).await);
    assert!(
        error.contains("the backup backup.db.partial could not be made"),
        "{error}"
    );
    assert_eq!(
        server.client.get_number(&json!({})).await.unwrap().0,
        200,
        "what ran goes on"
    );
    server.terminate();
    server.ended().await;
    // The last two are indexes, which a copy does not read.
    super::damage::damage_end(&place, 8);
    let error = sentence(&run(&place, &["backup", "backup.db"]).await);
    assert!(error.contains("damaged") || error.contains("malformed"), "{error}");
    assert!(fs::read(place.path("backup.db")).unwrap() == before);
    assert!(!place.path("backup.db.partial").exists());
}

#[tokio::test]
async fn a_backup_that_is_killed_leaves_no_file_of_its_name() {
    let mut place = Place::new().await;
    let server = stocked(&place).await;
    // It delays the syncs of files whose names begin like that.
    let disk = Disk::under(&mut place);
    disk.does(Orders {
        sync_delay: Duration::from_secs(60),
        ..Orders::default()
    });
    let mut backup = place.command(BINARY, &["backup", "leaseline.db-copy"]).spawn().unwrap();
    let copied = async {
        while !place.path("leaseline.db-copy.partial").exists() {
            tokio::task::yield_now().await;
        }
    };
    timeout(WAIT_MAX, copied)
        .await
        .expect("it is written under another name");
    // Two at once do not write the same file.
    let error = sentence(&run(&place, &["backup", "leaseline.db-copy"]).await);
    assert!(
        error.contains("another backup to leaseline.db-copy.partial is being made"),
        "{error}"
    );
    backup.kill().unwrap();
    backup.wait().unwrap();
    assert!(!place.path("leaseline.db-copy").exists());
    disk.is_well();
    printed(&run(&place, &["backup", "leaseline.db-copy"]).await);
    assert!(
        !place.path("leaseline.db-copy.partial").exists(),
        "the next one uses it"
    );
    assert_eq!(server.client.readyz().await.0, 200);
}
