//! A file that is damaged: found at the start and by `leaseline check`, and named.

use std::fs;
use std::os::unix::fs::FileExt as _;

use serde_json::json;
use tokio::time::timeout;

use super::process::{BINARY, Place, WAIT_MAX};

/// A file with numbers, whose server stopped.
async fn stocked() -> Place {
    let place = Place::new().await;
    let server = place.start().await;
    let bank = json!({"name": "bank"});
    server.client.stock(bank, "sweden", "telia", 46_700_000_001, 2000).await;
    assert_eq!(server.client.readyz().await.1["database"], "writable");
    server.terminate();
    assert_eq!(server.ended().await.code(), Some(0));
    place
}

async fn check(place: &Place) -> (Option<i32>, String) {
    let ended = place.end(place.command(BINARY, &["check"])).await;
    let output = [ended.stdout, ended.stderr].map(|output| String::from_utf8(output).unwrap());
    (ended.status.code(), output.concat())
}

/// Overwrites the last two pages.
fn damage(place: &Place) {
    damage_end(place, 2);
}

/// Overwrites the last pages.
pub(super) fn damage_end(place: &Place, pages: usize) {
    let file = fs::File::options().write(true).open(place.file()).unwrap();
    let garbage = vec![0xff; pages * 4096];
    let begin = file.metadata().unwrap().len() - garbage.len() as u64;
    file.write_all_at(&garbage, begin).unwrap();
}

#[tokio::test]
async fn a_damaged_file_turns_readiness_to_no_and_is_named() {
    let place = stocked().await;
    assert_eq!(check(&place).await.0, Some(0));
    damage(&place);
    let (code, output) = check(&place).await;
    assert_eq!(code, Some(1), "{output}");
    assert!(
        output.contains("pages: ") && output.contains("the database is damaged"),
        "{output}"
    );

    let server = place.start_by("exec \"$0\" serve 2>log").await;
    let damaged = async {
        while server.client.readyz().await.0 == 200 {
            tokio::task::yield_now().await;
        }
    };
    timeout(WAIT_MAX, damaged).await.expect("readiness turns to no");
    let (status, body) = server.client.readyz().await;
    assert_eq!((status, &body["database"]), (503, &json!("damaged")), "{body}");
    let log = fs::read_to_string(place.path("log")).unwrap();
    assert!(
        log.contains("the database is damaged") && log.contains("fault=pages: "),
        "{log}"
    );
}

#[tokio::test]
async fn the_check_at_the_start_can_be_switched_off() {
    let mut place = stocked().await;
    damage(&place);
    place.set("LEASELINE_STORAGE__CHECK", "off");
    let server = place.start_by("exec \"$0\" serve 2>log").await;
    assert_eq!(server.client.readyz().await.0, 200);
    server.terminate();
    server.ended().await;
    let log = fs::read_to_string(place.path("log")).unwrap();
    assert!(!log.contains("damaged"), "{log}");
}
