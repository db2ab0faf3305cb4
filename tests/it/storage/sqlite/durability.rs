//! How the file is opened. A connection's settings cannot be asked for from outside, so the real program is watched
//! while it opens one, and what can be seen in the file and in its behaviour is looked at there.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use leaseline::domain::ledger::reserve;
use leaseline::storage::ledger;

use super::super::store::{NOW, id, kopecks, sqlite};

use crate::support::postgres;

/// The first statements that the program sends to a new file.
fn statements_of_opening() -> String {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", directory.path().join("new.db").display());
    let mut server = Command::new(env!("CARGO_BIN_EXE_leaseline"))
        .env_remove(postgres::REQUIRED)
        .arg("serve")
        .envs([
            ("LEASELINE_STORAGE__URL", url.as_str()),
            ("LEASELINE_TELEMETRY__LEVEL", "sqlx=debug"),
            ("LEASELINE_ONLINESIM__KEYS", "key-of-onlinesim"),
            ("LEASELINE_ONLINESIM__LISTEN", "127.0.0.1:0"),
            ("LEASELINE_ADMIN__TOKEN", "token-of-the-admin"),
            ("LEASELINE_ADMIN__LISTEN", "127.0.0.1:0"),
            ("LEASELINE_PUSH__URL", "http://127.0.0.1:1"),
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(server.stderr.take().unwrap()).lines();
    let opening = lines
        .map(Result::unwrap)
        .find(|line| line.contains("PRAGMA journal_mode"));
    server.kill().unwrap();
    server.wait().unwrap();
    opening.expect("the program opens its file")
}

#[test]
fn rule_2_a_commit_is_synced_to_the_disk() {
    let opening = statements_of_opening();
    for pragma in ["synchronous = FULL;", "journal_mode = WAL;", "foreign_keys = ON;"] {
        assert!(opening.contains(&format!("PRAGMA {pragma}")), "{pragma} {opening}");
    }
    assert_eq!(
        opening.matches("synchronous").count(),
        opening.matches("synchronous = FULL").count()
    );
}

#[tokio::test]
async fn the_file_has_a_write_ahead_log() {
    let store = sqlite().await;
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut store.raw().await)
        .await
        .unwrap();
    assert_eq!(mode, "wal");
}

#[tokio::test]
async fn references_are_enforced_on_our_own_connections() {
    let store = sqlite().await;
    for database in [store.database.clone(), store.another().await] {
        let mut tx = database.write().await.unwrap();
        ledger::append(&mut tx, &[(id(1), reserve(kopecks(1)))], NOW);
        let refused = tx.flush().await;
        let words = refused.unwrap_err().to_string();
        assert!(words.contains("FOREIGN KEY"), "{words}");
    }
}

#[tokio::test]
async fn every_table_is_strict() {
    let store = sqlite().await;
    let lax = "SELECT count(*) FROM pragma_table_list
               WHERE type = 'table' AND strict = 0 AND schema = 'main' AND name NOT LIKE 'sqlite_%'
                 AND name <> '_sqlx_migrations'";
    assert_eq!(store.count(lax).await, 0);
    assert!(
        store
            .count("SELECT count(*) FROM pragma_table_list WHERE strict = 1")
            .await
            > 5
    );
}

#[tokio::test]
async fn one_process_serves_the_file() {
    let store = sqlite().await;
    let (database, another) = (&store.database, store.another().await);
    let lock = database.sqlite().unwrap().lock().unwrap().expect("nobody has it");
    assert!(another.sqlite().unwrap().lock().unwrap().is_none());
    drop(lock);
    assert!(another.sqlite().unwrap().lock().unwrap().is_some());
}
