//! Failed authentications are slowed per address; right ones never are.

use axum::body::Body;
use axum::http::{Method, Request};
use insta::assert_snapshot;
use leaseline::web::auth_failures::ClientAddress;
use serde_json::json;

use super::get_services;
use crate::support::house::ADMIN_TOKEN;
use crate::support::{Answer, House, KEY, seconds};

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

async fn onlinesim(house: &House, address: &str, key: &str) -> Answer {
    let body = get_services().changed(&format!("key=\"{key}\"")).json();
    house
        .ask(request(address, Method::POST, "/getServicesRent", key, body))
        .await
}

async fn gateway(house: &House, address: &str, token: &str) -> Answer {
    let path = format!("/in/{token}/heartbeat");
    house
        .ask(request(address, Method::POST, &path, token, String::new()))
        .await
}

async fn admin(house: &House, address: &str, token: &str) -> Answer {
    house
        .admin_raw(request(address, Method::GET, "/v1/gateways", token, String::new()))
        .await
}

#[tokio::test]
async fn an_address_with_too_many_wrong_keys_is_answered_429_and_right_ones_are_served_at_once() {
    let house = House::build().await;
    let bank = house.stocked(1).await;
    let attacker = "203.0.113.7";
    for _ in 0..PER_MINUTE {
        assert_eq!(onlinesim(&house, attacker, "wrong-key").await.code(), 401);
    }
    let slowed = onlinesim(&house, attacker, "wrong-key").await;
    assert_eq!(slowed.header("retry-after"), "2");
    assert_snapshot!(slowed.golden(), @r#"
    HTTP 429
    content-type: application/json; charset=utf-8

    {"status":"ERROR","error":"the key is wrong, and was so too often"}
    "#);
    let [at_gateways, at_admin] = [
        gateway(&house, attacker, "wrong-token").await,
        admin(&house, attacker, "wrong-token").await,
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
        assert_eq!(onlinesim(&house, attacker, KEY).await.code(), 200);
        assert_eq!(gateway(&house, attacker, &bank.token).await.code(), 200);
        assert_eq!(admin(&house, attacker, ADMIN_TOKEN).await.code(), 200);
    }
    // Others have a quota of their own, and a client of IPv6 has one for its whole network.
    assert_eq!(onlinesim(&house, "203.0.113.8", "wrong-key").await.code(), 401);
    for host in 0..PER_MINUTE {
        assert_eq!(
            onlinesim(&house, &format!("2001:db8::{host:x}"), "wrong-key")
                .await
                .code(),
            401
        );
    }
    assert_eq!(onlinesim(&house, "2001:db8::ffff", "wrong-key").await.code(), 429);
    house.advance(seconds(2));
    assert_eq!(onlinesim(&house, attacker, "wrong-key").await.code(), 401);
    assert_eq!(onlinesim(&house, attacker, "wrong-key").await.code(), 429);
    house.close().await;
}

#[tokio::test]
async fn wrong_keys_and_tokens_are_troubles_of_their_api_with_the_address() {
    let house = House::build().await;
    for _ in 0..12 {
        onlinesim(&house, "198.51.100.1", "wrong-key").await;
    }
    gateway(&house, "198.51.100.2", "wrong-token").await;
    admin(&house, "198.51.100.3", "wrong-token").await;
    house.watch().await;
    let mut listed = house.admin_list("/v1/troubles?state=open").await;
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
    house.close().await;
}

#[tokio::test]
async fn a_wrong_signature_is_a_trouble_of_its_gateway() {
    let house = House::build().await;
    let phone = house
        .gateway_with(
            "phone",
            json!({"kind": "sms-gate", "secrets": ["a secret of the phone"]}),
        )
        .await;
    let sms = json!({"event": "sms:received", "payload": {"message": "code"}});
    for _ in 0..2 {
        assert_eq!(house.sms_answer(&phone.token, sms.clone()).await.code(), 401);
    }
    house.watch().await;
    let listed = house.admin_list("/v1/troubles").await;
    let [only] = listed.as_slice() else {
        panic!("{listed:?}");
    };
    assert_eq!(
        (&only["kind"], &only["gateway"]),
        (&json!("wrong_gateway_signature"), &json!("phone"))
    );
    assert_eq!(only["count"], 2);
    house.close().await;
}
