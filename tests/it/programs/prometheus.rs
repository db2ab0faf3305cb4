//! Prometheus scrapes the server with the configuration of `deploy/prometheus`, and evaluates the alerts.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::port;
use super::program::Program;
use super::scenario::WAIT_MAX;
use crate::crash::process::Place;
use crate::support::test_server::ADMIN_TOKEN;
use crate::support::wire;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/prometheus")
}

#[test]
#[ignore = "needs promtool; .ci/run installs it"]
fn promtool_accepts_the_alerts_and_their_tests_pass() {
    for arguments in [
        ["check", "rules", "leaseline.rules.yml"],
        ["test", "rules", "leaseline.tests.yml"],
    ] {
        let ran = Command::new("promtool").args(arguments).current_dir(folder()).output();
        let ran = ran.expect("promtool; .ci/run installs it");
        assert!(ran.status.success(), "{ran:?}");
    }
}

/// The results of a query, each with its value.
async fn query(port: u16, query: &str) -> Vec<Value> {
    let url = format!("http://127.0.0.1:{port}/api/v1/query");
    let asked = wire::client().get(url).query(&[("query", query)]).send().await;
    let answer: Value = asked.unwrap().json().await.unwrap();
    assert_eq!(answer["status"], "success", "{answer}");
    answer["data"]["result"].as_array().unwrap().clone()
}

#[tokio::test]
#[ignore = "needs Prometheus; .ci/run installs it"]
async fn prometheus_scrapes_the_server() {
    let place = Place::new().await;
    let server = place.start().await;
    let admin = server.client.admin.strip_prefix("http://").unwrap();
    let token = place.path("leaseline.token");
    std::fs::write(&token, ADMIN_TOKEN).unwrap();
    let shown = std::fs::read_to_string(folder().join("prometheus.yml")).unwrap();
    let rules = folder().join("leaseline.rules.yml");
    let ours = shown
        .replace("localhost:8081", admin)
        .replace("/etc/prometheus/leaseline.token", token.to_str().unwrap())
        .replace("/etc/prometheus/leaseline.rules.yml", rules.to_str().unwrap())
        .replace("15s", "1s");
    std::fs::write(place.path("prometheus.yml"), ours).unwrap();
    let port = port::free();
    let listen = format!("--web.listen-address=127.0.0.1:{port}");
    let arguments = ["--config.file=prometheus.yml", "--storage.tsdb.path=data", &listen];
    let folder = place.path("prometheus.yml");
    let _prometheus = Program::start(folder.parent().unwrap(), "prometheus", &arguments, &[]);
    port::listens(port).await;
    let scraped = async {
        while query(port, "up{job=\"leaseline\"} == 1").await.is_empty() {
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(WAIT_MAX, scraped).await.expect("it scrapes");
    let version = query(port, "leaseline_build_info{job=\"leaseline\"}").await;
    assert_eq!(version[0]["metric"]["version"], env!("CARGO_PKG_VERSION"));
    let passed = query(
        port,
        "leaseline_worker_last_pass_timestamp_seconds{worker=\"troubles\"} > 0",
    )
    .await;
    assert_eq!(passed.len(), 1, "{passed:?}");
    let own = query(port, "leaseline_connections{listener=\"admin\"}").await;
    assert_eq!(own[0]["value"][1], "1", "Prometheus itself");
    let types = query(
        port,
        "leaseline_onlinesim_request_seconds_bucket{action=\"get_number\",status=\"success\",le=\"10.0\"}",
    );
    assert_eq!(types.await.len(), 1);
}
