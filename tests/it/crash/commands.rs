//! The commands on a file that they cannot use: a sentence of ours, exit code 1, and nothing is changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use super::process::{BINARY, Place};

/// Every command that opens the database.
const COMMANDS: [&[&str]; 8] = [
    &["serve"],
    &["migrate"],
    &["migrate", "--check"],
    &["check"],
    &["import", "numbers.csv"],
    &["gateway", "new", "bank1", "--kind", "kannel"],
    &["backup", "backup.db"],
    &["archive", "--before", "2026-01-01", "archive.gz"],
];

/// Replaces the database, so it looks at what is there before it reads the backup.
const RESTORE: &[&str] = &["restore", "backup.db"];

pub async fn sql(file: &Path, statements: &'static str) {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// All files of the folder, but for the lock.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .collect()
}

async fn refuses(place: &Place, arguments: &[&str], sentence: &str) {
    let ended = place.end(place.command(BINARY, arguments)).await;
    let stderr = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{arguments:?}: {stderr}");
    assert!(
        stderr.contains(sentence) && stderr.lines().count() == 1,
        "{arguments:?}: {stderr}"
    );
    assert!(ended.stdout.is_empty(), "{arguments:?}");
}

#[tokio::test]
async fn a_file_of_another_program_is_left_as_it_is() {
    const OTHERS: [(&str, &str); 4] = [
        (
            "by its id",
            "PRAGMA application_id = 7; CREATE TABLE a (b); INSERT INTO a VALUES (1)",
        ),
        ("by its tables", "CREATE TABLE a (b); INSERT INTO a VALUES (1)"),
        (
            "with a log",
            "PRAGMA journal_mode = WAL; CREATE TABLE a (b); INSERT INTO a VALUES (1)",
        ),
        (
            "that was migrated by the same library",
            "CREATE TABLE _sqlx_migrations (version INTEGER, description TEXT); CREATE TABLE a (b);
             INSERT INTO _sqlx_migrations VALUES (1, 'users')",
        ),
    ];
    for (what, statements) in OTHERS {
        let place = Place::new().await;
        sql(&place.file(), statements).await;
        fs::write(place.path("numbers.csv"), "number,gateway\n46701234567,bank1\n").unwrap();
        let before = files(&place.path(""));
        for arguments in COMMANDS.into_iter().chain([RESTORE]) {
            refuses(&place, arguments, "is not a database of leaseline and is left as it is").await;
        }
        assert!(files(&place.path("")) == before, "{what}");
    }
    for text in ["a", "number,gateway\n46701234567,bank1\n", &"x".repeat(5000)] {
        let place = Place::new().await;
        fs::write(place.file(), text).unwrap();
        fs::write(place.path("numbers.csv"), "number,gateway\n46701234567,bank1\n").unwrap();
        let before = files(&place.path(""));
        for arguments in COMMANDS {
            refuses(&place, arguments, "is not a database of leaseline and is left as it is").await;
        }
        assert!(files(&place.path("")) == before, "no database at all");
    }
}

#[tokio::test]
async fn a_file_that_is_missing_is_made_by_serve_and_migrate_only() {
    let place = Place::new().await;
    fs::write(place.path("numbers.csv"), "number,gateway\n46701234567,bank1\n").unwrap();
    for arguments in &COMMANDS[2..] {
        refuses(&place, arguments, "there is no file").await;
    }
    assert!(!place.file().exists());
    // Nothing is as good as an empty file.
    fs::write(place.file(), "").unwrap();
    for arguments in &COMMANDS[3..6] {
        refuses(&place, arguments, "run leaseline migrate first").await;
    }
    for arguments in [COMMANDS[1], COMMANDS[2], COMMANDS[3]] {
        let ended = place.end(place.command(BINARY, arguments)).await;
        assert_eq!(
            ended.status.code(),
            Some(0),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&ended.stderr)
        );
    }
}

#[tokio::test]
async fn a_newer_or_an_altered_database_is_refused() {
    const SCHEMAS: [(&str, &str); 2] = [
        (
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'later', 1, x'00', 1)",
            "this database was written by a newer leaseline (it had migration 9999",
        ),
        (
            "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 5",
            "migration 5 of this database is not the one of this leaseline",
        ),
    ];
    for (statements, sentence) in SCHEMAS {
        let place = Place::new().await;
        let ended = place.end(place.command(BINARY, &["migrate"])).await;
        assert_eq!(ended.status.code(), Some(0));
        fs::write(place.path("numbers.csv"), "number,gateway\n46701234567,bank1\n").unwrap();
        sql(&place.file(), statements).await;
        for arguments in COMMANDS {
            refuses(&place, arguments, sentence).await;
        }
    }
}
