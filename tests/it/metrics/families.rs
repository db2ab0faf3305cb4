//! Which families there are, from the start.

use axum::body::Body;
use axum::http::{Method, Request};

use super::Scrape;
use crate::support::{NUMBER, TestServer};

/// The series of families whose labels are closed, or that have none. Those of histograms are their counts.
const SERIES: [(&str, &[&str]); 22] = [
    (
        "operations_closed_total",
        &[
            "sold",
            "cancelled",
            "refunded",
            "not_ordered",
            "no_sms",
            "undelivered",
            "forced",
        ],
    ),
    ("push_seconds_count", &["accepted", "refused", "declined", "failed"]),
    ("bans_total", &["strikes", "admin"]),
    (
        "batch_requests_count",
        &["rent_number", "finish_operation", "accept_sms"],
    ),
    ("operations_open", &["waiting", "receiving"]),
    ("deliveries", &["due", "delivered", "refused", "parked"]),
    ("gateways", &["online", "offline", "disabled"]),
    (
        "ledger_kopecks",
        &["expected", "reserved", "posted", "voided", "reversed"],
    ),
    ("connections", &["onlinesim", "admin"]),
    ("connections_max", &["onlinesim", "admin"]),
    (
        "onlinesim_last_request_timestamp_seconds",
        &["get_services", "get_number", "finish_activation", "unknown"],
    ),
    (
        "worker_last_pass_timestamp_seconds",
        &["deliveries", "watchdog", "troubles", "row_counter", "checkpoints"],
    ),
    (
        "worker_failures_total",
        &["deliveries", "watchdog", "troubles", "row_counter", "checkpoints"],
    ),
    (
        "troubles_open",
        &["pushes_failing", "disk_low", "stock_differs", "gateway_silent"],
    ),
    (
        "onlinesim_request_seconds_count",
        &["get_number,success", "get_number,no_numbers", "unknown,unauthorized"],
    ),
    ("first_sms_seconds_count", &[]),
    ("sms_acceptance_seconds_count", &[]),
    ("strikes_total", &[]),
    ("discrepancies_total", &[]),
    ("deliveries_oldest_due_seconds", &[]),
    ("commit_seconds_count", &[]),
    ("database_readable", &[]),
];

/// Families with an open label: without a gateway or a country they have no series.
const OPEN: [&str; 8] = [
    "numbers",
    "numbers_promised",
    "gateway_online",
    "gateway_rented",
    "gateway_capacity",
    "gateway_last_sms_timestamp_seconds",
    "sms_received",
    "storage_bytes",
];

/// Of these, not all series are 0 when nothing has happened yet.
const NOT_ZERO: [&str; 6] = [
    "build_info",
    "database_readable",
    "commit",
    "storage_bytes",
    "disk_",
    "troubles_open",
];

#[tokio::test]
async fn every_family_is_there_from_the_start() {
    let server = TestServer::build().await;
    let scrape = Scrape::of(&server).await;
    for (family, values) in SERIES {
        if values.is_empty() {
            assert!(scrape.has(family), "{family}\n{}", scrape.text);
        }
        for value in values {
            let quoted: Vec<String> = value.split(',').map(|value| format!("\"{value}\"")).collect();
            let fits = |sample: &str| {
                sample.starts_with(&format!("leaseline_{family}{{"))
                    && quoted.iter().all(|value| sample.contains(value))
            };
            assert!(
                scrape.samples().any(|(sample, _)| fits(sample)),
                "{family} {value}\n{}",
                scrape.text
            );
        }
    }
    for family in OPEN {
        assert!(
            scrape.text.contains(&format!("# TYPE leaseline_{family} ")),
            "{family}\n{}",
            scrape.text
        );
    }
    for (sample, value) in scrape.samples() {
        let name = sample.strip_prefix("leaseline_");
        let is_zero = name.is_none_or(|name| NOT_ZERO.iter().any(|start| name.starts_with(start))) || value == 0.0;
        assert!(is_zero, "{sample} is {value}");
    }
    for name in [
        "cpu_seconds_total",
        "resident_memory_bytes",
        "open_fds",
        "max_fds",
        "start_time_seconds",
    ] {
        let (_, value) = scrape
            .samples()
            .find(|(sample, _)| *sample == format!("process_{name}"))
            .expect(name);
        assert!(value > 0.0, "{name}");
    }
    assert!(scrape.has(&format!("build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"))));
    assert!(scrape.text.ends_with("\n# EOF\n"));
    server.close().await;
}

/// A family is described once, before its samples; that is what a scraper requires.
#[tokio::test]
async fn each_sample_follows_the_description_of_its_family() {
    let server = TestServer::build().await;
    server.stocked(1).await;
    let scrape = Scrape::of(&server).await;
    let mut family = "";
    let mut described = Vec::new();
    for line in scrape.text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            family = rest.split(' ').next().unwrap();
            assert!(!described.contains(&family), "{family} stands there twice");
            described.push(family);
        } else if !line.starts_with('#') {
            let name = line.split(['{', ' ']).next().unwrap();
            let rest = name.strip_prefix(family).unwrap_or("-");
            let suffixes = ["", "_total", "_info", "_bucket", "_count", "_sum"];
            assert!(suffixes.contains(&rest), "{line} stands below {family}");
        }
    }
    server.close().await;
}

#[tokio::test]
async fn only_the_admin_may_scrape() {
    let server = TestServer::build().await;
    for token in [None, Some("Bearer wrong"), Some("Bearer key-of-onlinesim")] {
        let mut request = Request::get("/metrics");
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        let answer = server.admin_raw(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.code(), 401, "{token:?}");
        assert!(!answer.text().contains("leaseline_"));
    }
    let public = server.ask(Request::get("/metrics").body(Body::empty()).unwrap()).await;
    assert_eq!(public.code(), 404, "the listener of Onlinesim does not have it");
    server.close().await;
}

#[tokio::test]
async fn a_deleted_gateway_has_no_series() {
    let server = TestServer::build().await;
    let gateway = server.gateway("short-lived").await;
    server.sms(&gateway, NUMBER, "code").await;
    let series = "sms_received_total{gateway=\"short-lived\",result=\"unassigned\"}";
    assert_eq!(Scrape::of(&server).await.value(series), 1.0);
    server
        .admin(Method::DELETE, "/v1/gateways/short-lived", None)
        .await
        .ok();
    assert!(!Scrape::of(&server).await.text.contains("short-lived"));
    server.gateway("short-lived").await;
    assert_eq!(Scrape::of(&server).await.value(series), 0.0, "another gateway");
    server.close().await;
}
