//! `leaseline rehearse` against this server, which passes, and against a bad one, which does not.

use std::cell::Cell;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use axum::routing::post;
use axum::{Json, Router};
use clap::Parser;
use leaseline::cli::rehearse::report::{Report, Verdict};
use leaseline::cli::rehearse::{Plan, rehearse};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::wire::Listening;
use crate::support::{House, KEY};

/// How often the workers look meanwhile.
const PAUSE: Duration = Duration::from_millis(20);

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    plan: Plan,
}

fn plan(server: &Listening, more: &[&str]) -> Plan {
    let url = server.url("");
    let line = ["rehearse", "--key", KEY, "--url", &url];
    Line::parse_from(line.iter().chain(more)).plan
}

/// The program itself.
async fn run(server: &Listening, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leaseline"));
    command.arg("rehearse").args(["--url", &server.url("")]).args(more);
    command.env("REHEARSE_KEY", KEY);
    let output = tokio::task::spawn_blocking(move || command.output());
    output.await.unwrap().unwrap()
}

fn verdict(report: &Report, id: &str) -> Verdict {
    let point = report.points.iter().find(|point| point.id == id);
    point.expect("there is such a point").verdict
}

fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// A server that gives the same number to everybody, in the wrong type, and says SUCCESS to everything else.
fn bad_server() -> Router {
    let services = json!({"status": "SUCCESS", "countryList": [
        {"country": "sweden", "operatorMap": {"any": {"rent": 5}, "telia": {"rent": 2}, "tele2": {"rent": 2}}}]});
    let number = json!({"status": "SUCCESS", "number": "46701234567", "activationId": 1});
    let finish = json!({"status": "SUCCESS"});
    let always = |answer: Value| post(move || async move { Json(answer) });
    Router::new()
        .route("/getServicesRent", always(services))
        .route("/getNumberRent", always(number))
        .route("/finishActivationRent", always(finish))
}

#[tokio::test]
async fn this_server_passes_every_point() {
    let push_listen = free_address();
    let push_url = format!("http://{push_listen}");
    let house = House::with(&[("PUSH__URL", &push_url), ("PUSH__RETRY_EVERY", "300ms")]).await;
    let gateway = house.stocked(40).await;
    let server = Listening::start(house.partner_router()).await;
    let gateway_url = server.url(&format!("/in/{}", gateway.token));
    let more = [
        "--yes-rent-real-numbers",
        "--push-listen",
        &push_listen,
        "--gateway-url",
        &gateway_url,
    ];
    let mut plan = plan(&server, &more);
    plan.retry_every = Duration::from_millis(300);

    let done = Cell::new(false);
    let rehearsal = async {
        let report = rehearse(&plan, CancellationToken::new()).await.unwrap();
        done.set(true);
        report
    };
    let workers = async {
        while !done.get() {
            let started = Instant::now();
            tokio::time::sleep(PAUSE).await;
            house.tick().await;
            house.advance(started.elapsed());
        }
    };
    let (report, ()) = tokio::join!(rehearsal, workers);
    assert_eq!(report.failed(), [""; 0], "{}", report.text());
    assert_eq!(report.skipped(), [""; 0], "{}", report.text());
    assert!(report.rented > 30 && report.left_open.is_empty(), "{}", report.text());
    assert!(!report.text().contains(KEY) && !report.json().contains(KEY));
    assert!(!report.text().contains(&gateway.token));
    assert!(house.open_operations().await.is_empty());
    server.stop().await;
    house.close().await;
}

#[tokio::test]
async fn without_permission_nothing_is_rented() {
    let house = House::build().await;
    house.stocked(3).await;
    let server = Listening::start(house.partner_router()).await;
    let output = run(&server, &["--json"]).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["failed"], &report["rented"]), (&json!(0), &json!(0)));
    assert!(report["passed"].as_u64() >= Some(6), "{report}");
    let reasons = report["points"].as_array().unwrap().iter();
    let skipped = reasons.filter(|point| point["verdict"] == "skipped");
    for point in skipped {
        assert!(
            point["reason"].as_str().unwrap().contains("--yes-rent-real-numbers"),
            "{point}"
        );
    }
    assert!(house.admin_list("/v1/operations").await.is_empty());
    server.stop().await;
    house.close().await;
}

#[tokio::test]
async fn a_bad_server_fails_by_name() {
    let server = Listening::start(bad_server()).await;
    let report = rehearse(&plan(&server, &["--yes-rent-real-numbers"]), CancellationToken::new())
        .await
        .unwrap();
    let failed = [
        "counts",
        "wrong-key",
        "malformed",
        "distinct",
        "types",
        "finish-unknown",
        "excluded-prefixes",
        "malformed-rent",
    ];
    assert_eq!(report.failed(), failed, "{}", report.text());
    assert_eq!(verdict(&report, "push-at-once"), Verdict::Skipped);
    assert!(
        report.text().contains("any is 5, its operators add up to 4"),
        "{}",
        report.text()
    );

    let output = run(&server, &["--yes-rent-real-numbers"]).await;
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("FAIL     distinct"), "{text}");
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("failed: counts, wrong-key")
    );
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_is_not_there_fails() {
    let server = Listening::start(bad_server()).await;
    let plan = plan(&server, &[]);
    server.stop().await;
    let report = rehearse(&plan, CancellationToken::new()).await.unwrap();
    assert_eq!(verdict(&report, "services"), Verdict::Fail);
    assert_eq!(verdict(&report, "ten-seconds"), Verdict::Fail, "{}", report.text());
}

#[tokio::test]
async fn a_stopped_rehearsal_gives_everything_back() {
    let house = House::build().await;
    house.stocked(5).await;
    let server = Listening::start(house.partner_router()).await;
    let stop = CancellationToken::new();
    let plan = plan(&server, &["--yes-rent-real-numbers"]);
    let seen = async {
        while house.open_operations().await.is_empty() {
            tokio::task::yield_now().await;
        }
        stop.cancel();
    };
    let (report, ()) = tokio::join!(rehearse(&plan, stop.clone()), seen);
    let report = report.unwrap();
    assert_eq!((report.rented > 0, report.left_open), (true, Vec::new()));
    assert!(house.open_operations().await.is_empty());
    server.stop().await;
    house.close().await;
}

#[tokio::test]
async fn a_wrong_command_line_is_told_apart() {
    let server = Listening::start(bad_server()).await;
    for line in [
        &["--most", "0"] as &[&str],
        &["--push-listen", "127.0.0.1:0"],
        &["--auth", "cookie"],
    ] {
        assert_eq!(run(&server, line).await.status.code(), Some(2), "{line:?}");
    }
    server.stop().await;
}
