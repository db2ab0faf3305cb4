//! `leaseline gateway new`, with the real binary.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::crash::process::{BINARY, Place};

/// A machine with a database that is up to date.
pub(super) struct Machine(TempDir);

impl Machine {
    pub(super) fn new() -> Self {
        let machine = Self::empty();
        assert!(machine.run(&["migrate"], "").status.success());
        machine
    }

    fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(super) fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = Command::new(BINARY);
        command
            .args(arguments)
            .env_clear()
            .env(
                "LEASELINE_STORAGE__URL",
                format!("sqlite:{}", self.0.path().join("test.db").display()),
            )
            .env("LEASELINE_ONLINESIM__PUBLIC_URL", "https://sms.example.org/x/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // It may end before it reads.
        let _written = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    fn new_gateway(&self, arguments: &[&str], input: &str) -> Output {
        self.run(&[&["gateway", "new"][..], arguments].concat(), input)
    }

    /// The setup instructions that `gateway new` prints.
    #[track_caller]
    pub(super) fn setup(&self, arguments: &[&str], input: &str) -> String {
        let output = self.new_gateway(arguments, input);
        assert!(output.status.success(), "{}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    fn refuses(&self, arguments: &[&str], code: i32, word: &str) {
        let output = self.new_gateway(arguments, "");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(stderr(&output).contains(word), "{arguments:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

pub(super) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The token in the first URL of setup instructions.
pub(super) fn token<'a>(setup: &'a str, base: &str) -> &'a str {
    let (_, rest) = setup.split_once(&format!("{base}/in/")).expect("the URL");
    let token = &rest[..32];
    assert!(token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
    token
}

#[test]
fn the_setup_instructions_have_the_url_of_the_configuration_or_the_one_that_is_given() {
    let machine = Machine::new();
    let setup = machine.setup(
        &[
            "bank1",
            "--kind",
            "kannel",
            "--capacity",
            "2",
            "--heartbeat-timeout",
            "5m",
        ],
        "",
    );
    assert!(setup.starts_with("Gateway bank1: Kannel"), "{setup}");
    let first = token(&setup, "get-url = \"https://sms.example.org/x").to_owned();
    let given = ["bank2", "--kind", "gammu", "--url", "http://10.0.0.1:8080/"];
    let setup = machine.setup(&given, "");
    assert!(setup.contains("#!/bin/sh\n") && !setup.contains("sms.example.org"));
    assert_ne!(token(&setup, "URL='http://10.0.0.1:8080"), first);
}

#[test]
fn refusals_are_sentences() {
    let machine = Machine::empty();
    machine.refuses(&["bank1", "--kind", "kannel"], 1, "leaseline migrate");
    assert!(machine.run(&["migrate"], "").status.success());
    let empty = machine.write("empty", "\n \n");
    let key = machine.write("key", "k\n");
    for (arguments, code, word) in [
        (&["bank 1", "--kind", "kannel"][..], 2, "a letter a-z"),
        (&["bank1"], 2, "--kind"),
        (&["bank1", "--kind", "canal"], 2, "must be generic, kannel"),
        (
            &["bank1", "--kind", "kannel", "--url", "sms.example.org"],
            2,
            "http or https",
        ),
        (
            &["bank1", "--kind", "kannel", "--url", "https://a.example/?x"],
            2,
            "without ?",
        ),
        (
            &["bank1", "--kind", "kannel", "--heartbeat-timeout", "soon"],
            2,
            "such as 5m",
        ),
        (
            &["bank1", "--kind", "kannel", "--heartbeat-timeout", "0s"],
            2,
            "from 1ms",
        ),
        (&["bank1", "--kind", "kannel", "--capacity", "many"], 2, "--capacity"),
        (
            &["bank1", "--kind", "kannel", "--secret", "s"],
            1,
            "secrets is not for the kind kannel",
        ),
        (&["bank1", "--kind", "twilio", "--secret", " "], 2, "must not be empty"),
        (
            &["bank1", "--kind", "twilio"],
            1,
            "--secret-file is missing: requests of the kind twilio are signed",
        ),
        (
            &["bank1", "--kind", "twilio", "--unsigned", "--secret", "s"],
            2,
            "cannot be used with",
        ),
        (
            &["bank1", "--kind", "kannel", "--unsigned"],
            1,
            "unsigned is not for the kind kannel",
        ),
        (
            &["bank1", "--kind", "twilio", "--secret-file", "/none"],
            1,
            "--secret-file /none",
        ),
        (
            &["bank1", "--kind", "twilio", "--secret-file", &empty],
            1,
            "holds no key",
        ),
        (
            &[
                "bank1",
                "--kind",
                "twilio",
                "--secret-file",
                &key,
                "--url",
                "https://b.example",
            ],
            1,
            "gateway.public_url",
        ),
    ] {
        machine.refuses(arguments, code, word);
    }
    machine.setup(&["bank1", "--kind", "kannel"], "");
    machine.refuses(
        &["bank1", "--kind", "jasmin"],
        1,
        "there is a gateway of the name bank1 already",
    );
}

/// As in `docker exec -i`, where the file is on the other side.
#[test]
fn numbers_are_imported_from_standard_input() {
    let machine = Machine::new();
    machine.setup(&["bank1", "--kind", "kannel"], "");
    let imported = machine.run(&["import", "-"], "number,gateway\n46701234567,bank1\n");
    assert!(imported.status.success(), "{}", stderr(&imported));
    let report = String::from_utf8(imported.stdout).unwrap();
    assert_eq!(report, "added 1, updated 0, unchanged 0, rejected 0\n");
}

/// Rule 11: others read command lines, and setup instructions are handed on.
#[test]
fn a_secret_is_read_from_where_nobody_sees_it() {
    let machine = Machine::new();
    let file = machine.write("keys", "\nfirst-secret\n  second-secret  \n");
    for (name, source, input) in [("a", file.as_str(), ""), ("b", "-", "third-secret")] {
        let setup = machine.setup(&[name, "--kind", "sms-gate", "--secret-file", source], input);
        assert!(
            setup.contains("Signatures are checked") && !setup.contains("-secret\n"),
            "{setup}"
        );
        assert!(!setup.contains("t-secret") && !setup.contains("d-secret"), "{setup}");
    }
    let setup = machine.setup(&["c", "--kind", "twilio", "--unsigned"], "");
    assert!(setup.contains("Signatures are not checked"), "{setup}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_knows_the_new_gateway_at_once() {
    let place = Place::new().await;
    let server = place.start().await;
    let mut command = place.command(BINARY, &["gateway", "new", "bank1", "--kind", "generic"]);
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let setup = String::from_utf8(output.stdout).unwrap();
    let token = token(&setup, "http://127.0.0.1:0");
    let sms = serde_json::json!({"id": "1", "from": "VK", "to": "46701234567", "text": "Code 4821"});
    assert_eq!(server.client.sms(token, &sms).await.unwrap().0, 200);
    assert_eq!(server.client.sms("0123", &sms).await.unwrap().0, 404);
}
