//! `leaseline rehearse` against this server, which passes, and against bad ones, which do not.

mod bad_server;
mod fair;
mod fault;
mod faults;
mod lost;
mod pushing;
mod secrets;
mod stop;
mod wire;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::process::{Command, Output};
use std::sync::Mutex;
use std::time::Duration;

use clap::Parser;
use leaseline::rehearsal::report::{CheckStatus, RehearsalReport};
use leaseline::rehearsal::{RehearsalPlan, rehearse};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use self::bad_server::{BadServer, Fault};
use crate::support::certificates::{Authority, long};
use crate::support::postgres;
use crate::support::wire::Listening;
use crate::support::{KEY, TestServer};

/// Limits that no loaded machine reaches: faults that are about time set their own.
const LENIENT: [&str; 10] = [
    "--request-timeout",
    "60s",
    "--rent-limit",
    "60s",
    "--push-limit",
    "60s",
    "--retry-tolerance",
    "60s",
    // No number rests, unless a test is about that.
    "--rest",
    "0s",
];

/// Longer than a test lasts.
const KEEP_OPEN: Duration = Duration::from_secs(19 * 60);

/// After which time this server repeats a push.
const RETRY_EVERY: Duration = Duration::from_millis(300);

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    plan: RehearsalPlan,
}

fn plan(server: &Listening, more: &[&str]) -> RehearsalPlan {
    let url = server.url("");
    let line = [
        "rehearse",
        "--key",
        KEY,
        "--url",
        &url,
        "--keep-open",
        "0s",
        "--retry-every",
        "50ms",
        "--pause",
        "0s",
    ];
    let line = line.iter().chain(&LENIENT);
    Line::parse_from(line.chain(more)).plan
}

/// The program itself.
async fn run(server: &Listening, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leaseline"));
    command.env_remove(postgres::REQUIRED);
    command.arg("rehearse").args(["--url", &server.url("")]);
    command.args(LENIENT).args(more);
    command.env("REHEARSE_KEY", KEY);
    let output = tokio::task::spawn_blocking(move || command.output());
    output.await.unwrap().unwrap()
}

fn status(report: &RehearsalReport, id: &str) -> CheckStatus {
    let check = report.checks.iter().find(|check| check.id == id);
    check.expect("there is such a check").status
}

/// Why it failed or was skipped.
fn reason<'a>(report: &'a RehearsalReport, id: &str) -> &'a str {
    let check = report.checks.iter().find(|check| check.id == id);
    let reason = check.expect("there is such a check").reason.as_deref();
    reason.unwrap_or_default()
}

/// An address that nobody else takes before it is used: the host is this process's own, the port is given once.
fn free_address() -> String {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    let host = Ipv4Addr::new(127, 64 | (high & 0x3f), middle, low);
    loop {
        let listener = std::net::TcpListener::bind((host, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        if GIVEN.lock().unwrap().insert(address.port()) {
            return address.to_string();
        }
    }
}

/// A rehearsal during which `workers` are run again and again.
async fn rehearse_while(plan: &RehearsalPlan, workers: impl AsyncFn()) -> RehearsalReport {
    let done = Cell::new(false);
    let rehearsal = async {
        let report = rehearse(plan, CancellationToken::new()).await.unwrap();
        done.set(true);
        report
    };
    let workers = async {
        while !done.get() {
            workers().await;
        }
    };
    tokio::join!(rehearsal, workers).0
}

#[tokio::test]
async fn this_server_passes_every_check() {
    this_server_passes(&[], &[]).await;
}

/// HTTPS by the server itself.
#[tokio::test]
async fn this_server_passes_every_check_over_https() {
    let place = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let pem = authority.certificate(&["127.0.0.1"], long());
    let [cert, key] = [("cert.pem", &pem.certificate), ("key.pem", &pem.key)].map(|(name, text)| {
        let path = place.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    });
    let root = authority.root_file(place.path()).display().to_string();
    this_server_passes(&[("TLS__CERT", &cert), ("TLS__KEY", &key)], &["--ca-file", &root]).await;
}

async fn this_server_passes(settings: &[(&str, &str)], more: &[&str]) {
    let push_listen = free_address();
    let push_url = format!("http://{push_listen}");
    // The path of newer accounts; the others' servers are rehearsed with the older one.
    let path = "/v1/PUSH_SMS_RENT";
    let push = [("PUSH__URL", push_url.as_str()), ("PUSH__PATH", path)];
    let settings = [&push[..], &[("PUSH__RETRY_EVERY", "300ms")], settings].concat();
    let test_server = TestServer::with(&settings).await;
    let gateway = test_server.stocked(40).await;
    let transport = test_server.app().onlinesim_transport();
    let server = Listening::start_with(transport, test_server.onlinesim_router()).await;
    let gateway_url = server.url(&format!("/in/{}", gateway.token));
    let usual = [
        "--yes-rent-real-numbers",
        "--push-listen",
        &push_listen,
        "--push-path",
        path,
        "--gateway-url",
        &gateway_url,
    ];
    let mut plan = plan(&server, &[&usual, more].concat());
    plan.retry_every = RETRY_EVERY;

    let report = rehearse_while(&plan, async || {
        test_server.tick().await;
        // The clock stands still but for a push that was not accepted: its time has come at once.
        let due = test_server.admin_list("/v1/messages?delivery=due").await;
        if due.iter().any(|message| message["delivery"]["attempts"] != 0) {
            test_server.advance(RETRY_EVERY);
        }
    })
    .await;
    assert_eq!(report.failed(), [""; 0], "{}", report.text());
    assert_eq!(report.skipped(), ["https"], "{}", report.text());
    assert!(report.rented > 30 && report.left_open.is_empty(), "{}", report.text());
    assert!(!report.text().contains(KEY) && !report.json().contains(KEY));
    assert!(!report.text().contains(&gateway.token));
    assert!(test_server.open_operations().await.is_empty());
    server.stop().await;
    test_server.close().await;
}

/// With few numbers each group of rentals needs those that the one before gave back.
#[tokio::test]
async fn numbers_that_rest_are_waited_for() {
    let test_server = TestServer::with(&[("RENT__REST", "60s")]).await;
    test_server.stocked(6).await;
    let server = Listening::start(test_server.onlinesim_router()).await;
    let mut plan = plan(&server, &["--yes-rent-real-numbers"]);
    plan.rest = Duration::from_secs(60);
    plan.pause = Duration::from_millis(20);
    plan.keep_open = Duration::from_millis(100);
    let report = rehearse_while(&plan, async || {
        if test_server.promised().await < 6 && test_server.open_operations().await.is_empty() {
            test_server.tick_after(Duration::from_secs(60)).await;
        }
        tokio::task::yield_now().await;
    })
    .await;
    assert_eq!(report.failed(), [""; 0], "{}", report.text());
    let mut skipped = report.skipped();
    skipped.retain(|check| !check.starts_with("push-"));
    assert_eq!(skipped, ["https"], "{}", report.text());
    server.stop().await;
    test_server.close().await;
}

#[tokio::test]
async fn without_permission_nothing_is_rented() {
    let test_server = TestServer::build().await;
    test_server.stocked(3).await;
    let server = Listening::start(test_server.onlinesim_router()).await;
    let output = run(&server, &["--json"]).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["failed"], &report["rented"]), (&json!(0), &json!(0)));
    assert!(report["passed"].as_u64() >= Some(6), "{report}");
    let reasons = report["checks"].as_array().unwrap().iter();
    // The address is not https:// here.
    let skipped = reasons.filter(|check| check["status"] == "skipped" && check["id"] != "https");
    for check in skipped {
        assert!(
            check["reason"].as_str().unwrap().contains("--yes-rent-real-numbers"),
            "{check}"
        );
    }
    assert!(test_server.admin_list("/v1/operations").await.is_empty());
    server.stop().await;
    test_server.close().await;
}

#[tokio::test]
async fn the_program_prints_what_failed() {
    let server = Listening::start(BadServer::new(Fault::KeyIgnored).router(false)).await;
    let output = run(&server, &["--yes-rent-real-numbers", "--keep-open", "0s"]).await;
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("FAIL     wrong-key"), "{text}");
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("failed: wrong-key, malformed-rent"), "{error}");
    server.stop().await;
}

#[tokio::test]
async fn a_stopped_rehearsal_gives_everything_back() {
    let test_server = TestServer::build().await;
    test_server.stocked(5).await;
    let server = Listening::start(test_server.onlinesim_router()).await;
    let stop = CancellationToken::new();
    // After the first rentals one is kept open until the rehearsal is stopped.
    let mut plan = plan(&server, &["--yes-rent-real-numbers"]);
    plan.keep_open = KEEP_OPEN;
    let seen = async {
        while test_server.open_operations().await.is_empty() {
            tokio::task::yield_now().await;
        }
        stop.cancel();
    };
    let both = async { tokio::join!(rehearse(&plan, stop.clone()), seen).0 };
    let report = timeout(Duration::from_secs(120), both).await.expect("it stops");
    let report = report.unwrap();
    assert_eq!(reason(&report, "push-at-once"), "not reached", "{}", report.text());
    assert_eq!((report.rented > 0, report.left_open), (true, Vec::new()));
    assert!(test_server.open_operations().await.is_empty());
    server.stop().await;
    test_server.close().await;
}

#[tokio::test]
async fn a_wrong_command_line_has_its_own_exit_code() {
    let server = Listening::start(BadServer::new(Fault::None).router(false)).await;
    for line in [
        &["--most", "0"] as &[&str],
        &["--push-listen", "127.0.0.1:0"],
        &["--auth", "cookie"],
        &["--key", ""],
        &["--gateway-url", "g4tew4y-t0ken"],
        &["--keep-open", "20m"],
        &["--url", "https://user:word@localhost"],
        &["--url", "http://localhost/getServicesRent"],
    ] {
        let output = run(&server, line).await;
        assert_eq!(output.status.code(), Some(2), "{line:?}");
        assert!(!format!("{output:?}").contains("g4tew4y-t0ken"), "{output:?}");
    }
    server.stop().await;
}
