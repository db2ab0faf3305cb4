//! Whose file it is.

use std::fs;
use std::path::Path;

use leaseline::storage::Database;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use super::super::store::sqlite;

#[tokio::test]
async fn a_new_file_has_the_application_id() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.db");
    let database = Database::open(&format!("sqlite:{}", path.display())).await.unwrap();
    database.migrate().await.unwrap();
    database.close().await;
    // Where every program looks for it.
    assert_eq!(&fs::read(path).unwrap()[68..72], b"LSLN");
}

/// A file of a version that set no application id, as a kill leaves it: what it holds is in the log still.
#[tokio::test]
async fn a_file_without_an_id_is_adopted_when_its_tables_are_ours() {
    let store = sqlite().await;
    store.sql("PRAGMA application_id = 0").await.unwrap();
    let from = Path::new(store.url.strip_prefix("sqlite:").unwrap());
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("old.db");
    for ending in ["", "-wal"] {
        fs::copy(
            format!("{}{ending}", from.display()),
            format!("{}{ending}", to.display()),
        )
        .unwrap();
    }
    assert!(fs::metadata(format!("{}-wal", to.display())).unwrap().len() > 100_000);
    let database = Database::open_existing(&format!("sqlite:{}", to.display()))
        .await
        .unwrap();
    assert_eq!(database.pending_migrations().await.unwrap(), 0);
    database.close().await;
    // And so is an empty database of nobody's.
    let empty = folder.path().join("empty.db");
    let options = SqliteConnectOptions::new().filename(&empty).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql("VACUUM").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let database = Database::open(&format!("sqlite:{}", empty.display())).await.unwrap();
    database.migrate().await.unwrap();
}

/// The admin's readers are its own: a long listing takes none from a request.
#[tokio::test]
async fn the_admin_takes_no_reader_from_requests() {
    let store = sqlite().await;
    let first = store.database.read_for_admin().await.unwrap();
    let second = store.database.read_for_admin().await.unwrap();
    let third = tokio::spawn({
        let database = store.database.clone();
        async move { database.read_for_admin().await.map(drop) }
    });
    let mut requests = Vec::new();
    for _ in 0..4 {
        requests.push(store.database.read().await.unwrap());
    }
    assert!(!third.is_finished(), "the admin waits for the admin");
    drop((first, second));
    third.await.unwrap().unwrap();
}

/// What was committed lies in the file itself: a commit has no log to move.
#[tokio::test]
async fn a_checkpoint_moves_the_log_into_the_file() {
    let store = sqlite().await;
    store.database.sqlite().unwrap().checkpoint().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("without-its-log.db");
    fs::copy(store.url.strip_prefix("sqlite:").unwrap(), &to).unwrap();
    let database = Database::open_existing(&format!("sqlite:{}", to.display()))
        .await
        .unwrap();
    assert_eq!(database.pending_migrations().await.unwrap(), 0);
}
