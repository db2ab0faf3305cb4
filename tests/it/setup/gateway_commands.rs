//! `leaseline gateway list`, `show`, `rotate`, `disable` and `enable`, with the real binary.

use insta::assert_snapshot;

use super::gateway_new::{Machine, stderr, token};

impl Machine {
    /// What the command prints, as it prints it.
    #[track_caller]
    fn gateway(&self, arguments: &[&str]) -> String {
        let output = self.run(&[&["gateway"][..], arguments].concat(), "");
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The value that `show` prints behind a name.
    #[track_caller]
    fn shown(&self, gateway: &str, name: &str) -> String {
        let shown = self.gateway(&["show", gateway]);
        let mut lines = shown.lines().filter_map(|line| line.strip_prefix(name));
        lines.next().expect(name).trim().to_owned()
    }

    #[track_caller]
    fn fails(&self, arguments: &[&str], code: i32, word: &str) {
        let output = self.run(&[&["gateway"][..], arguments].concat(), "");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(stderr(&output).contains(word), "{arguments:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

fn machine() -> Machine {
    let machine = Machine::new();
    machine.setup(&["bank1", "--kind", "kannel", "--capacity", "64"], "");
    machine.setup(
        &[
            "a-phone",
            "--kind",
            "sms-gate",
            "--unsigned",
            "--heartbeat-timeout",
            "5m",
        ],
        "",
    );
    machine.setup(&["did", "--kind", "twilio", "--secret-file", "-"], "the-auth-token");
    machine
}

#[test]
fn gateways_are_listed_and_shown() {
    let machine = machine();
    machine.gateway(&["disable", "did"]);
    assert_snapshot!(machine.gateway(&["list"]), @r"
    NAME     KIND      STATE     SIGNATURES  NUMBERS  RENTED  CAPACITY
    a-phone  sms-gate  offline   unsigned    0        0       -
    bank1    kannel    online    -           0        0       64
    did      twilio    disabled  checked     0        0       -
    ");
    let shown = machine.gateway(&["show", "a-phone"]);
    let (shown, created) = shown.split_once("created").unwrap();
    assert_snapshot!(shown, @r"
    name               a-phone
    kind               sms-gate
    state              offline
    signatures         unsigned
    numbers            0
    rented             0
    capacity           -
    heartbeat timeout  5m
    allowed from       -
    last heartbeat     -
    older tokens       -
    ");
    assert!(created.trim().ends_with('Z'), "{created}");
    assert!(!machine.gateway(&["show", "did"]).contains("the-auth-token"), "rule 11");
}

#[test]
fn a_gateway_is_disabled_and_enabled() {
    let machine = machine();
    assert!(
        machine
            .gateway(&["disable", "bank1"])
            .starts_with("bank1 is disabled: ")
    );
    assert_eq!(machine.shown("bank1", "state"), "disabled");
    assert!(machine.gateway(&["enable", "bank1"]).starts_with("bank1 is enabled; "));
    assert_eq!(machine.shown("bank1", "state"), "online");
}

#[test]
fn a_new_token_comes_with_setup_instructions() {
    let machine = machine();
    let base = "get-url = \"https://sms.example.org/x";
    let kept = machine.gateway(&["rotate", "bank1", "--keep-old", "24h"]);
    assert!(kept.starts_with("Gateway bank1: Kannel"), "{kept}");
    let last = kept.lines().last().unwrap();
    assert!(
        last.starts_with("The previous token of the gateway is valid until 20"),
        "{last}"
    );
    assert!(machine.shown("bank1", "older tokens").starts_with("until 20"));
    let taken_back = machine.gateway(&["rotate", "bank1"]);
    assert_ne!(token(&kept, base), token(&taken_back, base));
    assert!(taken_back.lines().last().unwrap().contains("is invalid"));
    assert_eq!(machine.shown("bank1", "older tokens"), "-");
    let elsewhere = machine.gateway(&["rotate", "bank1", "--url", "http://10.0.0.1:8080/"]);
    assert!(!elsewhere.contains("sms.example.org"));
}

#[test]
fn refusals_name_what_is_wrong() {
    let machine = machine();
    for command in ["show", "rotate", "disable", "enable"] {
        machine.fails(&[command, "bank9"], 1, "there is no gateway of the name bank9");
        machine.fails(&[command], 2, "<NAME>");
    }
    machine.fails(&["rotate", "bank1", "--keep-old", "soon"], 2, "such as 24h");
    machine.fails(&["rotate", "bank1", "--keep-old", "31d"], 2, "at most 30d");
    machine.fails(
        &["rotate", "did", "--url", "https://b.example"],
        1,
        "gateway.public_url",
    );
    for _ in 0..4 {
        machine.gateway(&["rotate", "bank1", "--keep-old", "1h"]);
    }
    machine.fails(
        &["rotate", "bank1", "--keep-old", "1h"],
        1,
        "--keep-old: 4 older tokens",
    );
    machine.gateway(&["rotate", "bank1"]);
}
