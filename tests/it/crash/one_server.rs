//! One server for one file, by whatever name it is called; and who else may read that file.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use super::process::{BINARY, Place};

const SERVED: &str = "leaseline: storage.url: another leaseline serves this database already\n";

/// The error of a second server that is started on that name.
async fn second(place: &Place, name: &str) -> String {
    let mut command = place.command(BINARY, &["serve"]);
    command.env(
        "LEASELINE_STORAGE__URL",
        format!("sqlite:{}", place.path(name).display()),
    );
    let ended = place.end(command).await;
    assert_eq!(ended.status.code(), Some(1), "{name}");
    assert!(ended.stdout.is_empty(), "an address at which it does not serve");
    String::from_utf8(ended.stderr).unwrap()
}

#[tokio::test]
async fn a_second_server_on_one_file_refuses_by_whatever_name() {
    let place = Place::new().await;
    let server = place.start().await;
    symlink(place.file(), place.path("link.db")).unwrap();
    symlink(place.path(""), place.path("folder")).unwrap();
    for name in ["leaseline.db", "link.db", "folder/leaseline.db"] {
        assert_eq!(second(&place, name).await, SERVED, "{name}");
    }
    fs::remove_file(place.path("leaseline.db-lock")).unwrap();
    for name in ["leaseline.db", "link.db"] {
        assert_eq!(second(&place, name).await, SERVED, "{name} without -lock");
    }
    // SQLite would keep another log for this name, and find in the file what it does not expect.
    fs::hard_link(place.file(), place.path("hard.db")).unwrap();
    for name in ["hard.db", "leaseline.db"] {
        let error = second(&place, name).await;
        assert!(
            error.contains(&format!("{name} has several names (hard links)")),
            "{error}"
        );
    }
    assert!(
        !place.path("hard.db-wal").exists(),
        "it is refused before SQLite opens it"
    );
    assert_eq!(server.client.readyz().await.0, 200);
    fs::remove_file(place.path("hard.db")).unwrap();
    // A file whose server is dead is free, also by another name.
    server.kill();
    let mut command = place.command(BINARY, &["serve"]);
    command.env(
        "LEASELINE_STORAGE__URL",
        format!("sqlite:{}", place.path("link.db").display()),
    );
    let server = super::process::Server::start(command).await;
    assert_eq!(server.client.readyz().await.0, 200);
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn the_files_belong_to_their_owner_alone_whatever_the_umask() {
    let place = Place::new().await;
    for umask in ["000", "022"] {
        let server = place.start_by(&format!("umask {umask}; exec \"$0\" serve 2>log")).await;
        for ending in ["", "-wal", "-shm", "-lock"] {
            let path = place.path(&format!("leaseline.db{ending}"));
            assert_eq!(mode(&path), 0o600, "umask {umask}: {}", path.display());
        }
        server.terminate();
        assert_eq!(server.ended().await.code(), Some(0));
        // The log is made anew by the next server.
        assert!(!place.path("leaseline.db-wal").exists());
        assert_eq!(fs::read_to_string(place.path("log")).unwrap(), "");
    }
}

#[tokio::test]
async fn a_file_that_others_may_read_is_named_at_the_start() {
    let place = Place::new().await;
    let server = place.start().await;
    server.terminate();
    server.ended().await;
    fs::set_permissions(place.file(), Permissions::from_mode(0o640)).unwrap();
    let server = place.start_by("exec \"$0\" serve 2>log").await;
    let log = fs::read_to_string(place.path("log")).unwrap();
    let warned = |ending: &str| log.contains(&format!("leaseline.db{ending}\""));
    assert!(log.contains("chmod 600"), "{log}");
    assert!(
        warned("") && warned("-wal") && warned("-shm") && !warned("-lock"),
        "{log}"
    );
    assert_eq!(mode(&place.file()), 0o640, "it is the operator's to change");
    server.kill();
}
