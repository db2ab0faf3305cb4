//! What the scripts make of a message that they cannot keep: its text stays nowhere, and the program and the log report it.

use std::fs::{self, File};
use std::time::SystemTime;

use super::handler::{KINDS, Place};

const SMS: &str =
    "From: secret\nReceived: 26-11-20 22:34:21\nModem: GSM1\nUDH-DATA: 05 00 03 2C 03 02\nAlphabet: UTF-8\n\nsecret";

/// The program received a part of a message. Whether the script kept it.
async fn receives(place: &Place, kind: &str) -> bool {
    if kind == "gammu" {
        let environment = [
            ("SMS_MESSAGES", "1"),
            ("SMS_1_NUMBER", "secret"),
            ("SMS_1_TEXT", "secret"),
        ];
        return place.run(&[], &environment).await;
    }
    fs::write(place.path("GSM1.1"), SMS).unwrap();
    place
        .run(&["RECEIVED", place.path("GSM1.1").to_str().unwrap()], &[])
        .await
}

fn place(kind: &str) -> Place {
    let place = Place::new(kind, "http://127.0.0.1:1");
    place.without_sender();
    place
}

#[track_caller]
fn is_reported(place: &Place) {
    let log = place.log();
    assert!(
        log.contains("a message could not be kept") && !log.contains("secret"),
        "{log}"
    );
}

/// The disk is full: one field cannot be written, or what was written does not reach the disk.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs curl, flock, iconv and setsid; .ci/run installs them"]
async fn a_message_that_cannot_be_written_leaves_nothing() {
    let field = |name: &str| {
        format!("folder=$(PATH=${{PATH#*:}} mktemp \"$@\") && mkdir \"$folder/{name}\" && echo \"$folder\"")
    };
    let sync = "case $1 in --help) echo 'Usage: sync [OPTION] [FILE]...' ;; '') ;; *) exit 1 ;; esac".to_owned();
    for (kind, program, text) in [
        ("gammu", "mktemp", field("text")),
        ("gammu", "mktemp", field("from")),
        ("gammu", "sync", sync.clone()),
        ("smstools", "mktemp", field("text")),
        ("smstools", "mktemp", field("reference")),
        ("smstools", "mktemp", field("sequence")),
        ("smstools", "sync", sync),
    ] {
        let place = place(kind);
        place.program(&format!("bin/{program}"), &format!("#!/bin/sh\n{text}\n"));
        assert!(!receives(&place, kind).await, "{kind}: {text}");
        assert_eq!(
            (place.unfinished(), place.settled().await),
            (0, (0, 0)),
            "{kind}: {text}"
        );
        is_reported(&place);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs curl, flock, iconv and setsid; .ci/run installs them"]
async fn a_sync_that_takes_no_files_will_do() {
    for kind in KINDS {
        let place = place(kind);
        place.program("bin/sync", "#!/bin/sh\n[ $# -eq 0 ]\n");
        assert!(receives(&place, kind).await, "{kind}");
        assert_eq!((place.unfinished(), place.settled().await), (0, (1, 0)), "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs curl, flock, iconv and setsid; .ci/run installs them"]
async fn without_iconv_no_message_is_kept_empty() {
    let place = place("smstools");
    place.without("iconv");
    assert!(!receives(&place, "smstools").await);
    assert_eq!((place.unfinished(), place.settled().await), (0, (0, 0)));
    is_reported(&place);
    assert!(place.log().contains("iconv is not installed"));
}

/// The machine went down before the message was in its place.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs curl, flock, iconv and setsid; .ci/run installs them"]
async fn an_unfinished_file_is_removed_in_time() {
    for kind in KINDS {
        let place = place(kind);
        for name in ["old", "new"] {
            fs::create_dir_all(place.path("spool/writing").join(name)).unwrap();
            fs::write(place.path("spool/writing").join(name).join("text"), "secret").unwrap();
        }
        let old = File::open(place.path("spool/writing/old")).unwrap();
        old.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert!(place.run(&["send"], &[]).await, "{kind}");
        assert!(!place.path("spool/writing/old").exists(), "{kind}");
        assert!(
            place.path("spool/writing/new/text").exists(),
            "{kind}: somebody may be writing it"
        );
    }
}
