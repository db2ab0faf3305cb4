//! `leaseline doctor`: the program itself, on a good setup and on one planted fault after the other.

mod certificates;
mod files;
mod network;
mod report;

use serde_json::json;

use self::report::{CHECKS, Report, Setup};
use crate::crash::commands::sql;
use crate::support::KEY;
use crate::support::test_server::ADMIN_TOKEN;

#[tokio::test]
async fn nothing_is_wrong_with_a_good_setup_beside_a_server_and_without_one() {
    let setup = Setup::new().await;
    let without = setup.examine().await;
    without.is_well();
    for check in ["server", "listeners", "gateways", "certificate"] {
        assert_eq!(without.state(check), "skipped", "{check}: {}", without.what(check));
    }
    assert!(
        without
            .what("server")
            .starts_with("no server runs: nothing listens at 127.0.0.1:")
    );

    let server = setup.place.start().await;
    server
        .client
        .sms(
            &setup.token,
            &json!({"id": "1", "from": "VK", "to": "46701234567", "text": "Code 4821"}),
        )
        .await
        .unwrap();
    let beside = setup.examine().await;
    beside.is_well();
    let skipped = CHECKS.into_iter().filter(|check| beside.state(check) == "skipped");
    assert_eq!(skipped.collect::<Vec<_>>(), ["certificate"], "plain HTTP");
    assert!(
        beside.what("server").ends_with(", and is ready"),
        "{}",
        beside.what("server")
    );
    assert!(
        beside
            .what("gateways")
            .starts_with("none is silent; the last signs: bank1 "),
        "{}",
        beside.what("gateways")
    );
    assert!(
        beside.what("open_files").contains(" files are open"),
        "{}",
        beside.what("open_files")
    );
    assert!(
        beside.what("push_url").contains("answered a HEAD request"),
        "{}",
        beside.what("push_url")
    );

    // For people: the same, one line each.
    let ended = setup.run(&[]).await;
    let text = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(ended.status.code(), Some(0), "{text}");
    let checks: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(checks, CHECKS, "{text}");
}

#[tokio::test]
async fn no_secret_is_shown() {
    let mut setup = Setup::new().await;
    setup.place.set(
        "LEASELINE_PUSH__URL",
        "http://127.0.0.1:1/secret-path?token=secret-query",
    );
    for (name, value) in [
        ("LEASELINE_NOTIFY__WEBHOOK__URL", "http://127.0.0.1:1"),
        ("LEASELINE_NOTIFY__WEBHOOK__SECRET", "secret-of-the-webhook"),
    ] {
        setup.place.set(name, value);
    }
    assert_eq!(setup.examine().await.state("push_url"), "wrong");
    for arguments in [&[][..], &["--json"]] {
        let ended = setup.run(arguments).await;
        let text = [ended.stdout, ended.stderr].concat();
        let text = String::from_utf8(text).unwrap();
        assert!(!text.contains("secret-"), "{text}");
        for secret in [KEY, ADMIN_TOKEN, &setup.token] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[tokio::test]
async fn each_fault_of_the_configuration_is_a_line_and_the_rest_is_looked_at_where_that_is_possible() {
    let mut setup = Setup::new().await;
    setup.place.set("LEASELINE_PUSH__PARALLEL", "0");
    setup.place.set("LEASELINE_RENT__STRIKES_MAX", "0");
    let report = setup.examine().await;
    report.is_wrong("config", "push.parallel is 0: set 1 to 1024");
    report.is_wrong("config", "rent.strikes_max is 0: set 1 to 100");
    assert_eq!(report.lines("config"), 2);
    assert_eq!(report.state("database"), "skipped");

    let mut setup = Setup::new().await;
    setup.leave_out("LEASELINE_PUSH__URL");
    let report = setup.examine().await;
    report.is_wrong("config", "push.url is missing");
    assert_eq!(
        (report.state("push_url"), report.state("clock")),
        ("skipped", "skipped")
    );
    assert_eq!(report.state("database"), "ok", "{}", report.what("database"));
}

#[tokio::test]
async fn a_gateway_that_is_offline_or_silent_is_named() {
    /// As a server stores it that has noticed; the next one goes on from there.
    const SILENT: &str = "INSERT INTO troubles (kind, gateway_id, began_at, count, detail)
                          VALUES ('gateway_silent', 1, unixepoch() * 1000, 3, '3 rentals in a row without an SMS')";
    let setup = Setup::new().await;
    sql(&setup.place.file(), SILENT).await;
    let server = setup.place.start().await;
    let bank = json!({"name": "bank2", "heartbeat_timeout": "1ms"});
    server.client.stock(bank, "sweden", "telia", 46_700_000_001, 3).await;
    let report = setup.examine().await;
    report.is_wrong(
        "gateways",
        "bank2 is offline: its last sign is not known; numbers that are not promised: 3",
    );
    report.is_wrong("gateways", "bank1 is silent: 3 rentals in a row without an SMS");
    assert_eq!(report.lines("gateways"), 2);
}

#[tokio::test]
async fn too_few_open_files_are_named() {
    let setup = Setup::new().await;
    let report = Report::of(setup.run_by("ulimit -n 300; exec \"$0\" doctor --json").await);
    report.is_wrong(
        "open_files",
        "300 files may be open: too few for 22 connections of each listener and push.parallel = 8",
    );
    let report = Report::of(setup.run_by("ulimit -n 1024; exec \"$0\" doctor --json").await);
    report.is_a_warning(
        "open_files",
        "1024 files may be open: each listener has 384 connections instead of 8192",
    );
    report.is_well();

    // The limit of the running server counts, not that of the command.
    let script = "ulimit -n 300; exec \"$0\" serve";
    let server = setup.place.start_by(script).await;
    setup
        .examine()
        .await
        .is_wrong("open_files", " of 300 files are open: too few");
    drop(server);
}
