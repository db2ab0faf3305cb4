//! `leaseline restore`: what it refuses, and what it keeps.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _, chown};
use std::path::PathBuf;

use serde_json::json;

use super::backups::{printed, run, sentence, stocked};
use super::commands::sql;
use super::process::{BINARY, Place};

/// The content of every file.
fn files(place: &Place) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(place.path("")).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// The name under which the database before the restore is kept.
fn kept(place: &Place) -> PathBuf {
    let kept = files(place).into_keys().find(|path| {
        let name = path.to_str().unwrap();
        name.contains(".before-restore-") && name.ends_with('Z')
    });
    kept.expect("it is kept")
}

/// A stopped server with ten numbers, and its backup.
async fn backed_up() -> Place {
    let place = Place::new().await;
    let server = stocked(&place).await;
    printed(&run(&place, &["backup", "backup.db"]).await);
    server.terminate();
    server.ended().await;
    place
}

#[tokio::test]
async fn what_is_not_a_whole_backup_of_this_version_or_an_earlier_one_is_refused() {
    let place = backed_up().await;
    let backup = fs::read(place.path("backup.db")).unwrap();
    fs::write(place.path("notes.txt"), "number,gateway\n").unwrap();
    fs::write(place.path("empty.db"), "").unwrap();
    fs::write(place.path("half.db"), &backup[..backup.len() / 2]).unwrap();
    fs::write(place.path("damaged.db"), &backup).unwrap();
    let damaged = fs::File::options().write(true).open(place.path("damaged.db")).unwrap();
    damaged.write_all_at(&[0xff; 8192], backup.len() as u64 - 8192).unwrap();
    fs::write(place.path("newer.db"), &backup).unwrap();
    sql(
        &place.path("newer.db"),
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'later', 1, x'00', 1)",
    )
    .await;
    sql(&place.path("other.db"), "CREATE TABLE a (b); INSERT INTO a VALUES (1)").await;
    fs::write(place.path("books.db"), &backup).unwrap();
    sql(
        &place.path("books.db"),
        "DROP TRIGGER ledger_is_not_changed; UPDATE pools SET free = free + 1",
    )
    .await;
    let before = files(&place);
    for (name, expected) in [
        ("missing.db", "missing.db: No such file or directory"),
        ("notes.txt", "notes.txt is not a backup of leaseline"),
        ("empty.db", "empty.db is not a backup of leaseline"),
        ("other.db", "other.db is not a backup of leaseline"),
        (".", ". is not a backup of leaseline"),
        ("half.db", "half.db"),
        ("damaged.db", "damaged.db is damaged and was not restored"),
        (
            "books.db",
            "books.db is damaged and was not restored (faults: 1; the first: the counters of pool 1 are wrong)",
        ),
        (
            "newer.db",
            "newer.db: this database was written by a newer leaseline (it had migration 9999",
        ),
        (
            "leaseline.db",
            "leaseline.db is a database in use: restore a backup of it",
        ),
    ] {
        let error = sentence(&run(&place, &["restore", name]).await);
        assert!(error.contains(expected), "{name}: {error}");
        assert!(files(&place) == before, "{name}: nothing is changed");
    }
    // The disk is full.
    let full = place.command(
        "/bin/sh",
        &[
            "-c",
            "trap '' XFSZ; ulimit -f 32; exec \"$0\" restore backup.db",
            BINARY,
        ],
    );
    let error = sentence(&place.end(full).await);
    assert!(error.contains("leaseline.db.restoring: File too large"), "{error}");
    assert!(files(&place) == before);
}

#[tokio::test]
async fn a_running_server_is_not_replaced_and_nothing_is_lost_of_what_was_there() {
    let place = Place::new().await;
    let server = stocked(&place).await;
    printed(&run(&place, &["backup", "backup.db"]).await);
    let rented = server.client.get_number(&json!({})).await.unwrap().1;
    let id = rented["activationId"].as_i64().unwrap();
    let error = sentence(&run(&place, &["restore", "backup.db"]).await);
    assert!(
        error.contains("storage.url: a leaseline serves this database"),
        "{error}"
    );
    // What was committed last stands only in the log.
    server.kill();
    let printed = printed(&run(&place, &["restore", "backup.db"]).await);
    let kept = kept(&place);
    assert!(
        printed.contains(&format!("kept as {}", kept.display()))
            && printed.contains(&format!("their ids are among 1 to {}", id + 1_000_000))
            && printed.contains("numbers rest until 2"),
        "{printed}"
    );
    assert_eq!(fs::metadata(place.file()).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!place.path("leaseline.db.restoring").exists());
    let server = place.start().await;
    let next = server.client.get_number(&json!({})).await.unwrap().1;
    assert_eq!(next["status"], "NO_NUMBERS", "they rest");
    server.terminate();
    server.ended().await;
    // What was kept is whole, with its log.
    let mut old = place.command(
        BINARY,
        &["restore", kept.to_str().unwrap(), "--no-rest", "--ids-above", "5000000"],
    );
    old.env("LEASELINE_STORAGE__URL", "sqlite:old.db");
    let printed = super::backups::printed(&place.end(old).await);
    assert!(printed.contains(&format!("among {} to 6000000", id + 1)), "{printed}");
    let mut command = place.command(BINARY, &["serve"]);
    command.env("LEASELINE_STORAGE__URL", "sqlite:old.db");
    let server = super::process::Server::start(command).await;
    assert_eq!(server.client.list("/v1/operations").await[0]["id"], id);
    server.kill();
}

#[tokio::test]
async fn a_database_that_cannot_be_read_is_replaced_and_kept() {
    let place = backed_up().await;
    fs::write(place.file(), "nothing but letters").unwrap();
    let printed = printed(&run(&place, &["restore", "backup.db"]).await);
    assert!(
        printed.contains("it cannot be read: ids go on above those of the backup (and of --ids-above)"),
        "{printed}"
    );
    assert_eq!(fs::read_to_string(kept(&place)).unwrap(), "nothing but letters");
    let server = place.start().await;
    assert_eq!(server.client.list("/v1/numbers").await.len(), 10);
    server.kill();
}

#[tokio::test]
async fn the_restored_file_belongs_to_the_owner_of_the_database() {
    let place = backed_up().await;
    // Only root can give files away.
    if chown(place.file(), Some(12_345), Some(12_345)).is_err() {
        return;
    }
    printed(&run(&place, &["restore", "backup.db"]).await);
    let restored = fs::metadata(place.file()).unwrap();
    assert_eq!((restored.uid(), restored.gid()), (12_345, 12_345));
}

#[tokio::test]
async fn a_restore_that_stopped_half_way_is_repeated() {
    let place = Place::new().await;
    let server = stocked(&place).await;
    printed(&run(&place, &["backup", "backup.db"]).await);
    let rented = server.client.get_number(&json!({})).await.unwrap().1;
    server.kill();
    let before = fs::read(place.file()).unwrap();
    // The database has both names, and its log only the second one: a server would miss what stands in it.
    fs::hard_link(place.file(), place.path("leaseline.db.before-restore-x")).unwrap();
    fs::rename(
        place.path("leaseline.db-wal"),
        place.path("leaseline.db.before-restore-x-wal"),
    )
    .unwrap();
    fs::remove_file(place.path("leaseline.db-shm")).unwrap();
    let half = fs::read(place.path("backup.db")).unwrap();
    fs::write(place.path("leaseline.db.restoring"), &half[..half.len() / 2]).unwrap();
    let error = sentence(&run(&place, &["serve"]).await);
    assert!(error.contains("has several names (hard links)"), "{error}");
    let printed = printed(&run(&place, &["restore", "backup.db", "--no-rest"]).await);
    // The ids in the log count, and the name is the one that has the log.
    let id = rented["activationId"].as_i64().unwrap();
    assert!(
        printed.contains(&format!("among {id} to {}", id + 1_000_000))
            && printed.contains("leaseline.db.before-restore-x\n"),
        "{printed}"
    );
    assert!(fs::read(place.path("leaseline.db.before-restore-x")).unwrap() == before);
    let server = place.start().await;
    assert_eq!(
        server.client.get_number(&json!({})).await.unwrap().1["status"],
        "SUCCESS"
    );
    server.kill();
}
