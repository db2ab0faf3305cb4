//! The alerts, their tests, the dashboard and the page: what one of them names is there in the others and in a scrape.

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;
use serde_json::Value;

use super::Scrape;
use crate::support::TestServer;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn found<'t>(text: &'t str, pattern: &str) -> BTreeSet<&'t str> {
    let pattern = Regex::new(pattern).unwrap();
    pattern
        .captures_iter(text)
        .map(|found| found.get(1).unwrap().as_str())
        .collect()
}

fn alerts(rules: &str) -> BTreeSet<&str> {
    let alerts = found(rules, r"(?m)^ +- alert: (\w+)$");
    assert!(alerts.len() > 20, "{alerts:?}");
    alerts
}

/// The names of metrics in expressions; those of other programs are left out.
fn metrics(text: &str) -> BTreeSet<&str> {
    let metrics = found(text, r"\b((?:leaseline|process)_[a-z0-9_]+)");
    assert!(metrics.len() > 20, "{metrics:?}");
    metrics
}

#[test]
fn every_alert_is_on_the_page_and_the_other_way_round() {
    let (rules, page) = (read("deploy/prometheus/leaseline.rules.yml"), read("docs/watching.md"));
    assert_eq!(alerts(&rules), found(&page, r"(?m)^### (Leaseline\w+)$"));
    for alert in alerts(&rules) {
        let link = format!("page: docs/watching.md#{}\n", alert.to_lowercase());
        assert!(rules.contains(&link), "{link}");
    }
}

#[test]
fn every_alert_is_tested_for_firing_and_for_not_firing() {
    let (rules, tests) = (
        read("deploy/prometheus/leaseline.rules.yml"),
        read("deploy/prometheus/leaseline.tests.yml"),
    );
    assert_eq!(alerts(&rules), found(&tests, r"(?m)^  - name: (\w+)$"));
    assert_eq!(alerts(&rules), found(&tests, r"(?m)^  - name: (\w+) does not fire$"));
}

#[tokio::test]
async fn every_metric_that_is_named_exists() {
    let server = TestServer::build().await;
    let more = serde_json::json!({ "capacity": 3 });
    let gateway = server.gateway_with("bank", more).await;
    server.import(&gateway, "sweden", "telia", [46_700_000_001]).await;
    let scrape = Scrape::of(&server).await;
    let there: BTreeSet<&str> = scrape.names().collect();
    let dashboard: Value = serde_json::from_str(&read("deploy/grafana/leaseline.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let expressions: Vec<&str> = targets.map(|target| target["expr"].as_str().unwrap()).collect();
    let rules = read("deploy/prometheus/leaseline.rules.yml");
    let expressions = expressions.join("\n");
    let tests = read("deploy/prometheus/leaseline.tests.yml");
    for (source, text) in [
        ("the rules", &rules),
        ("their tests", &tests),
        ("the dashboard", &expressions),
    ] {
        let unknown: Vec<&str> = metrics(text).difference(&there).copied().collect();
        assert!(unknown.is_empty(), "{source}: {unknown:?}");
    }
    server.close().await;
}

#[tokio::test]
async fn the_page_lists_every_family() {
    let server = TestServer::build().await;
    let scrape = Scrape::of(&server).await;
    let families = found(&scrape.text, r"(?m)^# TYPE (\w+) ");
    let page = read("docs/watching.md");
    let listed = found(&page, r"(?m)^\| `(\w+)` \|");
    let described: BTreeSet<&str> = families
        .iter()
        .map(|name| name.trim_start_matches("leaseline_"))
        .collect();
    assert_eq!(listed, described);
    server.close().await;
}
