//! The admin API: every resource with arbitrary bodies, parameters and names.

use axum::body::Body;
use axum::http::Request;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::input::{self, near};
use super::{Tally, each_in_a_server, sentence};
use crate::support::test_server::ADMIN_TOKEN;
use crate::support::{Answer, TestServer};

const LISTS: [(&str, &[&str]); 10] = [
    ("/v1/gateways", &["limit", "cursor"]),
    (
        "/v1/numbers",
        &["limit", "cursor", "state", "country", "operator", "gateway", "prefix"],
    ),
    ("/v1/operations", &["limit", "cursor", "state", "discrepancy", "number"]),
    ("/v1/messages", &["limit", "cursor", "delivery", "number"]),
    ("/v1/bans", &["limit", "cursor"]),
    ("/v1/ledger", &["limit", "cursor"]),
    ("/v1/troubles", &["limit", "cursor", "state"]),
    ("/v1/orders", &["limit", "cursor", "state", "supplier", "reference"]),
    ("/v1/costs", &["limit", "cursor"]),
    ("/v1/idle", &["limit", "cursor", "days"]),
];

/// Where a body is taken; `*` stands for the name of one thing.
const TAKERS: [(&str, &str); 20] = [
    ("POST", "/v1/gateways"),
    ("PATCH", "/v1/gateways/*"),
    ("POST", "/v1/gateways/*/token"),
    ("DELETE", "/v1/gateways/*"),
    ("POST", "/v1/numbers"),
    ("PATCH", "/v1/numbers/*"),
    ("POST", "/v1/operations/*/close"),
    ("POST", "/v1/messages/*/resend"),
    ("POST", "/v1/bans"),
    ("DELETE", "/v1/bans/*"),
    ("GET", "/v1/operations/*"),
    ("POST", "/v1/orders"),
    ("GET", "/v1/orders/*"),
    ("POST", "/v1/orders/*/cancel"),
    ("POST", "/v1/order-lines/*/resolve"),
    ("POST", "/v1/order-lines/*/prove"),
    ("POST", "/v1/numbers/*/give-back"),
    ("POST", "/v1/numbers/*/restore"),
    ("POST", "/v1/suppliers/*/resume"),
    ("PUT", "/v1/restock/*/sweden"),
];

const RIGHT: [&str; 9] = [
    r#"{"keep_old":"24h"}"#,
    r#"{"name":"bank2","capacity":64,"heartbeat_timeout":"5m"}"#,
    r#"{"capacity":null,"heartbeat_timeout":300}"#,
    r#"{"enabled":true}"#,
    r#"{"reason":"SIM card lost"}"#,
    r#"{"number":"46700000001","reason":"noise","for":"1h"}"#,
    r#"{"supplier":"carrierx","country":"sweden","prefix":"4670","quantity":5,"max_monthly":"1.00"}"#,
    r#"{"ours":true,"number":"46701234567","reason":"in their list"}"#,
    r#"{"floor":20,"target":50,"max_monthly":"1.00","batch_max":10,"enabled":true}"#,
];

async fn furnish(server: &TestServer) {
    let gateway = server.stocked(3).await;
    let rented = server.rent().await;
    server.sms(&gateway, rented.number, "code").await;
    server.tick().await;
}

async fn ask(server: &TestServer, method: &str, path: &str, body: impl Into<Body>) -> Option<Answer> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {ADMIN_TOKEN}"))
        .header("content-type", "application/json");
    // What is not a URI never reaches the server.
    let answer = server.admin_raw(request.body(body.into()).ok()?).await;
    if answer.code() >= 400 {
        assert_eq!(
            answer.header("content-type"),
            "application/problem+json",
            "{path}: {}",
            answer.golden()
        );
    }
    Some(answer)
}

/// What a path names: a thing of ours, one that nobody has, or anything.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => select(vec!["bank", "1", "46700000001", "46700000002"]).prop_map(str::to_owned),
        1 => select(vec!["0", "-1", "9223372036854775807", "9223372036854775808", "%00", "%ff", "%2e%2e", "+1"])
            .prop_map(str::to_owned),
        1 => "[!-~]{1,12}",
        1 => vec(any::<u8>(), 1..8).prop_map(|bytes| percent(&bytes)),
    ]
}

fn percent(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("%{byte:02x}")).collect()
}

#[test]
fn any_bytes_under_any_name_are_answered() {
    let inputs = (select(&TAKERS[..]), name(), input::bytes(&RIGHT));
    let tally = Tally::default();
    each_in_a_server(
        500,
        &inputs,
        furnish,
        async |server, (), ((method, path), name, body)| {
            if let Some(answer) = ask(server, method, &path.replace('*', &name), body).await {
                sentence(&answer, "detail");
                tally.note(&answer);
            }
        },
    );
    tally.has(&[200, 400, 404]);
}

#[test]
fn a_refused_body_names_its_field() {
    let gateway = near(&[
        ("capacity", "64"),
        ("heartbeat_timeout", "\"5m\""),
        ("allow", "[\"203.0.113.0/24\"]"),
        ("enabled", "true"),
        ("colour", "1"),
    ]);
    let ban = near(&[
        ("number", "\"46700000002\""),
        ("reason", "\"noise\""),
        ("for", "\"1h\""),
    ]);
    let enabled = near(&[("enabled", "true")]);
    let close = near(&[("reason", "\"SIM card lost\"")]);
    let inputs = prop_oneof![
        3 => gateway.prop_map(|mut near| { near.changed.insert("colour".to_owned()); ("PATCH", "/v1/gateways/bank", near) }),
        3 => ban.prop_map(|near| ("POST", "/v1/bans", near)),
        1 => enabled.prop_map(|near| ("PATCH", "/v1/numbers/46700000003", near)),
        1 => close.prop_map(|near| ("POST", "/v1/operations/1/close", near)),
    ];
    let tally = Tally::default();
    each_in_a_server(500, &inputs, furnish, async |server, (), (method, path, near)| {
        let answer = ask(server, method, path, near.text()).await.unwrap();
        tally.note(&answer);
        let sentence = sentence(&answer, "detail");
        match answer.code() {
            400 => near.names_what_is_wrong(&sentence.unwrap()),
            404 => assert!(near.changed.contains("number"), "{near:?}"),
            409 => assert_eq!(path, "/v1/operations/1/close", "{near:?}"),
            _ => assert_eq!(sentence, None, "{near:?}"),
        }
    });
    tally.has(&[200, 201, 400, 409]);
}

#[test]
fn a_refused_parameter_is_named() {
    let value = prop_oneof![
        2 => select(vec![
            "", "1", "0", "1000", "1001", "-1", "true", "open", "due", "none", "sweden", "46700000001", "4670", "available",
        ])
        .prop_map(str::to_owned),
        1 => vec(any::<u8>(), 0..12).prop_map(|bytes| percent(&bytes)),
        // Cursors: hexadecimal, of any list and any place in it.
        2 => ("(gateways|numbers|operations|messages|bans|ledger)", " ?.{0,20}")
            .prop_map(|(list, place)| hex::encode(format!("{list}{place}"))),
        1 => ("(numbers|operations|messages|bans|ledger)", any::<i64>(), "( [1-9][0-9]{4,14})?")
            .prop_map(|(list, place, more)| hex::encode(format!("{list} {place}{more}"))),
    ];
    let parameters = vec((any::<prop::sample::Index>(), value), 0..3);
    let inputs = (select(&LISTS[..]), parameters);
    let tally = Tally::default();
    each_in_a_server(
        600,
        &inputs,
        furnish,
        async |server, (), ((path, names), parameters)| {
            let parameters: Vec<(&str, String)> = parameters
                .into_iter()
                .map(|(index, value)| (*index.get(names), value))
                .collect();
            let query: Vec<String> = parameters
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let path = format!("{path}?{}", query.join("&"));
            let answer = ask(server, "GET", &path, Body::empty()).await.unwrap();
            tally.note(&answer);
            match sentence(&answer, "detail") {
                None => assert!(answer.json()["items"].is_array(), "{path}"),
                Some(sentence) => {
                    let is_named = parameters.iter().any(|(name, _)| sentence.starts_with(name));
                    assert!(is_named || sentence.starts_with("the query"), "{path}: {sentence}");
                }
            }
        },
    );
    tally.has(&[200, 400]);
}
