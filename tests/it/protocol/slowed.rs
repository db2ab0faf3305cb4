//! Failed authentications are slowed per address; right ones never are.

use axum::body::Body;
use axum::http::{Method, Request};
use futures_util::FutureExt as _;
use insta::assert_snapshot;
use leaseline::http::auth_failures::ClientAddress;
use serde_json::json;

use super::get_services;
use crate::support::test_server::ADMIN_TOKEN;
use crate::support::{Answer, KEY, MILLISECOND, TestServer, seconds};

/// What an address may get wrong in a minute.
const PER_MINUTE: usize = 30;

fn request(address: &str, method: Method, path: &str, token: &str, body: String) -> Request<Body> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .extension(ClientAddress(address.parse().unwrap()));
    request.body(Body::from(body)).unwrap()
}

async fn onlinesim(server: &TestServer, address: &str, key: &str) -> Answer {
    let body = get_services().changed(&format!("key=\"{key}\"")).json();
    server
        .ask(request(address, Method::POST, "/getServicesRent", key, body))
        .await
}

async fn gateway(server: &TestServer, address: &str, token: &str) -> Answer {
    let path = format!("/in/{token}/heartbeat");
    server
        .ask(request(address, Method::POST, &path, token, String::new()))
        .await
}

async fn admin(server: &TestServer, address: &str, token: &str) -> Answer {
    server
        .admin_raw(request(address, Method::GET, "/v1/gateways", token, String::new()))
        .await
}

#[tokio::test]
async fn an_address_with_too_many_wrong_keys_is_answered_429_and_right_ones_are_served_at_once() {
    let server = TestServer::build().await;
    let bank = server.stocked(1).await;
    let attacker = "203.0.113.7";
    for _ in 0..PER_MINUTE {
        assert_eq!(onlinesim(&server, attacker, "wrong-key").await.code(), 401);
    }
    let slowed = onlinesim(&server, attacker, "wrong-key").await;
    assert_eq!(slowed.header("retry-after"), "2");
    assert_snapshot!(slowed.golden(), @r#"
    HTTP 429
    content-type: application/json; charset=utf-8

    {"status":"ERROR","error":"the key is wrong, and was so too often"}
    "#);
    let [at_gateways, at_admin] = [
        gateway(&server, attacker, "wrong-token").await,
        admin(&server, attacker, "wrong-token").await,
    ];
    for slowed in [&at_gateways, &at_admin] {
        assert_eq!(
            (slowed.code(), slowed.header("retry-after")),
            (429, "2"),
            "{}",
            slowed.golden()
        );
    }
    // Behind a proxy all have one address.
    for _ in 0..2 * PER_MINUTE {
        assert_eq!(onlinesim(&server, attacker, KEY).await.code(), 200);
        assert_eq!(gateway(&server, attacker, &bank.token).await.code(), 200);
        assert_eq!(admin(&server, attacker, ADMIN_TOKEN).await.code(), 200);
    }
    // Others have a quota of their own, and a client of IPv6 has one for its whole network.
    assert_eq!(onlinesim(&server, "203.0.113.8", "wrong-key").await.code(), 401);
    for host in 0..PER_MINUTE {
        assert_eq!(
            onlinesim(&server, &format!("2001:db8::{host:x}"), "wrong-key")
                .await
                .code(),
            401
        );
    }
    assert_eq!(onlinesim(&server, "2001:db8::ffff", "wrong-key").await.code(), 429);
    server.advance(seconds(2));
    assert_eq!(onlinesim(&server, attacker, "wrong-key").await.code(), 401);
    assert_eq!(onlinesim(&server, attacker, "wrong-key").await.code(), 429);
    server.close().await;
}

#[tokio::test]
async fn wrong_keys_and_tokens_are_troubles_of_their_api_with_the_address() {
    let server = TestServer::build().await;
    for _ in 0..12 {
        onlinesim(&server, "198.51.100.1", "wrong-key").await;
    }
    gateway(&server, "198.51.100.2", "wrong-token").await;
    admin(&server, "198.51.100.3", "wrong-token").await;
    server.watch().await;
    let mut listed = server.admin_list("/v1/troubles?state=open").await;
    listed.sort_by_key(|one| one["kind"].to_string());
    let lines: Vec<_> = listed
        .iter()
        .map(|one| json!([one["kind"], one["count"], one["detail"]]).to_string())
        .collect();
    assert_eq!(
        lines,
        [
            r#"["wrong_admin_token",1,"1 a minute, the last from 198.51.100.3"]"#,
            r#"["wrong_gateway_token",1,"1 a minute, the last from 198.51.100.2"]"#,
            r#"["wrong_onlinesim_key",12,"12 a minute, the last from 198.51.100.1"]"#,
        ]
    );
    server.close().await;
}

#[tokio::test]
async fn a_wrong_signature_is_a_trouble_of_its_gateway() {
    let server = TestServer::build().await;
    let phone = server
        .gateway_with(
            "phone",
            json!({"kind": "sms-gate", "secrets": ["a secret of the phone"]}),
        )
        .await;
    let sms = json!({"event": "sms:received", "payload": {"message": "code"}});
    for _ in 0..2 {
        assert_eq!(server.sms_answer(&phone.token, sms.clone()).await.code(), 401);
    }
    server.watch().await;
    let listed = server.admin_list("/v1/troubles").await;
    let [only] = listed.as_slice() else {
        panic!("{listed:?}");
    };
    assert_eq!(
        (&only["kind"], &only["gateway"]),
        (&json!("wrong_gateway_signature"), &json!("phone"))
    );
    assert_eq!(only["count"], 2);
    server.close().await;
}

/// From any address: the readers are for GET_SERVICES and for valid tokens.
#[tokio::test]
async fn rule_12_unknown_gateway_tokens_cost_few_reads_a_second() {
    let server = TestServer::build().await;
    let bank = server.stocked(1).await;
    let gateways = &server.app().gateways;
    let find = |token: String| async move {
        let found = gateways.find(&token).await;
        found.unwrap().is_some()
    };
    assert!(find(bank.token.clone()).await);
    for guess in 0..=20 {
        assert!(!find(format!("wrong{guess}")).await);
    }
    let mut readers = Vec::new();
    for _ in 0..4 {
        readers.push(server.app().database.read().await.unwrap());
    }
    server.advance(seconds(1) - MILLISECOND);
    for guess in 0..1000 {
        assert_eq!(find(format!("wrong{guess}")).now_or_never(), Some(false));
        assert_eq!(find(bank.token.clone()).now_or_never(), Some(true));
    }
    server.advance(MILLISECOND);
    assert_eq!(find("wrong".to_owned()).now_or_never(), None, "it is looked for again");
    assert_eq!(find(bank.token.clone()).now_or_never(), Some(true));
    drop(readers);
    assert!(!find("wrong".to_owned()).await);
    server.close().await;
}

#[tokio::test]
async fn a_new_gateway_token_is_let_in_from_an_address_with_too_many_wrong_ones() {
    let server = TestServer::build().await;
    let proxy = "203.0.113.7";
    for _ in 0..=PER_MINUTE {
        gateway(&server, proxy, "wrong-token").await;
    }
    assert_eq!(gateway(&server, proxy, "wrong-token").await.code(), 429);
    let bank = server.gateway("bank").await;
    assert_eq!(gateway(&server, proxy, &bank.token).await.code(), 200);

    // Made by another process while somebody tries a few tokens, then many.
    let rotated = server.in_another_process(async |flows| flows.rotate_token("bank", seconds(60)).await);
    let token = rotated.await.unwrap();
    let token = secrecy::ExposeSecret::expose_secret(&token);
    assert_eq!(gateway(&server, proxy, token).await.code(), 200);
    for _ in 0..=20 {
        gateway(&server, proxy, "wrong-token").await;
    }
    let rotated = server.in_another_process(async |flows| flows.rotate_token("bank", seconds(60)).await);
    let token = rotated.await.unwrap();
    let token = secrecy::ExposeSecret::expose_secret(&token);
    assert_eq!(gateway(&server, proxy, token).await.code(), 429);
    server.advance(seconds(1));
    assert_eq!(gateway(&server, proxy, token).await.code(), 200);
    assert_eq!(gateway(&server, proxy, &bank.token).await.code(), 200, "it is kept");
    server.close().await;
}
