//! Backups that the server makes by itself, with a clock that the test moves.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use leaseline::worker::Worker as _;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{TestServer, hours, minutes, seconds};

/// A server that makes a backup each hour and keeps two.
async fn server(folder: &TempDir) -> TestServer {
    let server = TestServer::with(&[
        ("BACKUP__EVERY", "1h"),
        ("BACKUP__KEEP", "2"),
        ("BACKUP__FOLDER", folder.path().to_str().unwrap()),
        ("TROUBLES__ONLINESIM_SILENT", "30d"),
    ])
    .await;
    server.stocked(2).await;
    server
}

/// One pass; the seconds until the next one.
async fn pass(server: &TestServer) -> u64 {
    let backups = server.app().backups.as_ref().expect("they are configured");
    backups.pass().await.unwrap().expect("a pause").as_secs()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

async fn open(server: &TestServer) -> Vec<Value> {
    server.watch().await;
    server.admin_list("/v1/troubles?state=open").await
}

#[tokio::test]
async fn backups_are_made_when_they_are_due_and_the_oldest_are_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = server(&folder).await;
    // Files of others are not touched, however similar their names are.
    let others = ["leaseline-2020-01-01T00-00-00Z.db-wal", "leaseline-old.db", "notes.txt"];
    for other in others {
        fs::write(folder.path().join(other), "").unwrap();
    }
    let made = |names: Vec<String>| -> Vec<String> {
        let made = names.into_iter().filter(|name| !others.contains(&name.as_str()));
        made.collect()
    };
    assert_eq!(pass(&server).await, 60);
    assert_eq!(made(names(folder.path())), ["leaseline-2026-11-20T12-00-00Z.db"]);
    let first = folder.path().join("leaseline-2026-11-20T12-00-00Z.db");
    assert_eq!(fs::metadata(&first).unwrap().permissions().mode() & 0o777, 0o600);
    server.advance(minutes(59));
    // A restart does not forget when the last one was made.
    server.restart().await;
    assert_eq!(pass(&server).await, 60);
    assert_eq!(made(names(folder.path())).len(), 1);
    for _ in 0..2 {
        server.advance(minutes(61));
        pass(&server).await;
    }
    assert_eq!(
        made(names(folder.path())),
        ["leaseline-2026-11-20T14-00-00Z.db", "leaseline-2026-11-20T15-01-00Z.db"]
    );
    assert_eq!(names(folder.path()).len(), 2 + others.len(), "and no half ones");
    let status = server.app().flows.backup_status();
    assert_eq!((status.last, status.failure), (Some(server.app().flows.now()), None));
    // A backup is a database: it can be served as it is.
    let newest = folder.path().join("leaseline-2026-11-20T15-01-00Z.db");
    let url = format!("sqlite:{}", newest.display());
    let copy = leaseline::storage::Database::open_existing(&url).await.unwrap();
    assert_eq!(copy.pending_migrations().await.unwrap(), 0);
    assert_eq!(copy.check(None).await.unwrap().faults, []);
    copy.close().await;
    server.close().await;
}

#[tokio::test]
async fn a_clock_that_was_set_back_stops_no_backup() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(&folder).await;
    pass(&server).await;
    server.clock.set(server.app().flows.now().minus(hours(48)));
    pass(&server).await;
    server.advance(hours(1));
    pass(&server).await;
    // That of the future is the first to be deleted.
    assert_eq!(
        names(folder.path()),
        ["leaseline-2026-11-18T12-00-00Z.db", "leaseline-2026-11-18T13-00-00Z.db"]
    );
    server.close().await;
}

#[tokio::test]
async fn a_backup_that_is_overdue_is_a_trouble_until_one_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(&folder).await;
    pass(&server).await;
    fs::rename(folder.path(), folder.path().with_extension("away")).unwrap();
    server.advance(minutes(89));
    assert_eq!(pass(&server).await, 60, "it is tried again");
    assert!(server.app().flows.backup_status().failure.is_some());
    assert_eq!(open(&server).await, Vec::<Value>::new());
    server.advance(minutes(2));
    assert_eq!(pass(&server).await, 60);
    let troubles = open(&server).await;
    assert_eq!((troubles.len(), &troubles[0]["kind"]), (1, &"backup_overdue".into()));
    let detail = troubles[0]["detail"].as_str().unwrap();
    let missing = format!("{} cannot be used: No such file or directory", folder.path().display());
    assert!(
        detail.starts_with("the last was begun 1h 31m ago; the last attempt failed: ") && detail.contains(&missing),
        "{detail}"
    );
    // What ran goes on.
    assert_eq!(server.promised().await, 2);
    fs::rename(folder.path().with_extension("away"), folder.path()).unwrap();
    pass(&server).await;
    open(&server).await;
    server.advance(seconds(61));
    assert_eq!(open(&server).await, Vec::<Value>::new());
    server.close().await;
}

#[tokio::test]
async fn a_server_that_was_away_has_time_to_make_the_backup_that_is_overdue() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = server(&folder).await;
    pass(&server).await;
    server.clock.set(server.app().flows.now() + hours(48));
    server.restart().await;
    assert_eq!(open(&server).await, Vec::<Value>::new());
    pass(&server).await;
    server.advance(minutes(6));
    assert_eq!(open(&server).await, Vec::<Value>::new());
    server.close().await;
}
