//! Gateways come and go, numbers are taken out of use: rule 3 from the partner's side.

use axum::http::Method;
use insta::assert_snapshot;
use leaseline::flow::change_gateway::GatewayPatch;
use serde_json::json;

use crate::support::{Gateway, MILLISECOND, NUMBER, TestServer, hours, minutes, seconds};

#[tokio::test]
async fn rule_3_a_gateway_is_online_while_it_sends_heartbeats() {
    let server = TestServer::build().await;
    let phone = server.gateway_with("phone", json!({"heartbeat_timeout": "90s"})).await;
    server.import(&phone, "sweden", "telia", [NUMBER]).await;
    assert_eq!(server.get_number().await, None, "it never sent a heartbeat");
    assert_eq!(server.promised().await, 0);

    server.heartbeat(&phone).await;
    server.advance(seconds(90) - MILLISECOND);
    assert_eq!(server.promised().await, 1);
    let rented = server.rent().await;
    server.finish(rented.id, 4, "0").await;

    server.advance(seconds(2));
    assert_eq!(server.promised().await, 0, "offline");
    assert_eq!(server.get_number().await, None);
    // An SMS counts as a heartbeat, too.
    server.sms(&phone, NUMBER, "hello").await;
    assert_eq!(server.promised().await, 1);
    assert_eq!(server.rent().await.number, NUMBER);
    server.close().await;
}

#[tokio::test]
async fn rule_3_a_rental_outlives_the_silence_of_its_gateway() {
    let mut server = TestServer::build().await;
    let phone = server.gateway_with("phone", json!({"heartbeat_timeout": "90s"})).await;
    server.import(&phone, "sweden", "telia", [NUMBER, NUMBER + 1]).await;
    server.heartbeat(&phone).await;
    let rented = server.rent().await;
    server.advance(minutes(5));
    assert_eq!(server.get_number().await, None);
    assert_eq!(server.fate(rented.id).await, "waiting");
    // Offline for GET_NUMBER, but what it brings is taken, also after a restart.
    server.restart().await;
    server.sms(&phone, rented.number, "code").await;
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["code"]);
    server.finish(rented.id, 3, "320").await;
    server.close().await;
}

#[tokio::test]
async fn rule_3_capacity_counts_what_is_rented_not_what_is_there() {
    let server = TestServer::build().await;
    let bank = server.gateway_with("bank", json!({"capacity": 2})).await;
    server
        .import(&bank, "sweden", "telia", 46_700_000_001..=46_700_000_005)
        .await;
    let first = server.rent().await;
    let second = server.rent().await;
    assert_eq!(server.get_number().await, None);
    server.finish(first.id, 3, "320").await;
    let third = server.rent().await;
    assert_ne!(third.number, second.number);
    assert_eq!(server.get_number().await, None);

    // Less than what is rented already: nothing is taken away, and nothing is given.
    let less = json!({"capacity": 1});
    server.admin(Method::PATCH, "/v1/gateways/bank", Some(less)).await.ok();
    assert_eq!(server.promised().await, 0);
    assert_eq!(server.get_number().await, None);
    server.finish(second.id, 3, "320").await;
    assert_eq!(server.promised().await, 0);
    server.finish(third.id, 3, "320").await;
    assert_eq!(server.promised().await, 1);
    server.close().await;
}

#[tokio::test]
async fn rule_3_a_disabled_number_is_not_issued() {
    let server = TestServer::build().await;
    let gateway = server.stocked(2).await;
    server.enable(NUMBER, false).await;
    assert_eq!(server.number_state(NUMBER).await, "disabled");
    assert_eq!(server.promised().await, 1);
    let other = server.rent().await;
    assert_ne!(other.number, NUMBER);
    assert_eq!(server.get_number().await, None);
    server.audit().await;

    // A rented number becomes disabled when its operation closes, and not before.
    server.enable(other.number, false).await;
    assert_eq!(server.number_state(other.number).await, "rented");
    server.sms(&gateway, other.number, "code").await;
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["code"]);
    server.finish(other.id, 3, "320").await;
    assert_eq!(server.number_state(other.number).await, "disabled");
    assert_eq!(server.get_number().await, None);

    server.enable(NUMBER, true).await;
    server.enable(NUMBER, true).await;
    assert_eq!(server.rent().await.number, NUMBER);
    server.close().await;
}

#[tokio::test]
async fn rule_3_a_number_that_the_admin_banned_is_not_issued() {
    let server = TestServer::build().await;
    server.stocked(2).await;
    let ban = json!({"number": NUMBER.to_string(), "reason": "the operator asked", "for": "1h"});
    server.admin_post("/v1/bans", ban).await.ok();
    assert_eq!(server.number_state(NUMBER).await, "banned");
    assert_ne!(server.rent().await.number, NUMBER);
    assert_eq!(server.get_number().await, None);
    server.tick_after(minutes(15)).await;
    assert_eq!(server.number_state(NUMBER).await, "banned");
    server.tick_after(minutes(45)).await;
    assert_eq!(server.rent().await.number, NUMBER);
    server.close().await;
}

/// Both at once: what is disabled while it is banned stays off sale when the ban is over, and the other way round.
#[tokio::test]
async fn rule_3_banned_and_disabled_are_two_things() {
    let server = TestServer::build().await;
    server.stocked(1).await;
    let ban = json!({"number": NUMBER.to_string(), "reason": "x", "for": "1h"});
    server.admin_post("/v1/bans", ban.clone()).await.ok();
    server.enable(NUMBER, false).await;
    server.tick_after(hours(1)).await;
    assert_eq!(server.number_state(NUMBER).await, "disabled");
    server.audit().await;
    server.enable(NUMBER, true).await;
    assert_eq!(server.number_state(NUMBER).await, "available");

    server.enable(NUMBER, false).await;
    server.admin_post("/v1/bans", ban).await.ok();
    server.enable(NUMBER, true).await;
    assert_eq!(server.number_state(NUMBER).await, "banned");
    assert_eq!(server.get_number().await, None);
    server.tick_after(hours(1)).await;
    assert_eq!(server.rent().await.number, NUMBER);
    server.close().await;
}

async fn enable(server: &TestServer, name: &str, enabled: bool) {
    let path = format!("/v1/gateways/{name}");
    let body = json!({ "enabled": enabled });
    server.admin(Method::PATCH, &path, Some(body)).await.ok();
}

/// What an SMS for that number is answered.
async fn sms(server: &TestServer, gateway: &Gateway, text: &str) -> u16 {
    let sms = json!({"from": "Service", "to": NUMBER.to_string(), "text": text});
    server.sms_answer(&gateway.token, sms).await.code()
}

#[tokio::test]
async fn rule_3_a_disabled_gateway_is_silent_until_it_is_enabled() {
    let server = TestServer::build().await;
    let bank = server.gateway_with("bank", json!({"capacity": 2})).await;
    server.import(&bank, "sweden", "telia", NUMBER..=NUMBER + 2).await;
    let rented = server.rent().await;
    assert_eq!(server.promised().await, 1);

    enable(&server, "bank", false).await;
    assert_eq!(server.promised().await, 0);
    assert_eq!(server.get_number().await, None);
    assert_eq!(server.fate(rented.id).await, "waiting", "it stays open");
    let refused = json!({"from": "Service", "to": rented.number.to_string(), "text": "code"});
    assert_snapshot!(server.sms_answer(&bank.token, refused).await.golden(), @r#"
    HTTP 403
    content-type: application/json

    {"error":"the gateway is disabled: nothing is stored"}
    "#);
    let heartbeat = server.gateway_post(&format!("/in/{}/heartbeat", bank.token), "").await;
    assert_eq!(heartbeat.code(), 403);
    assert_eq!(sms(&server, &bank, "again").await, 403);
    let shown = server.admin_get("/v1/gateways/bank").await;
    assert_eq!(
        (&shown["enabled"], &shown["refused_since_start"]),
        (&json!(false), &json!(2))
    );
    assert!(server.admin_list("/v1/messages").await.is_empty());
    server.audit().await;

    enable(&server, "bank", true).await;
    assert_eq!(server.promised().await, 1);
    server.sms(&bank, rented.number, "code").await;
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["code"]);
    server.finish(rented.id, 3, "320").await;
    assert!(server.get_number().await.is_some());
    let shown = server.admin_get("/v1/gateways/bank").await;
    assert_eq!(shown["refused_since_start"], 2);
    server.close().await;
}

/// Between one rental and the next, whatever the server remembers of its stock.
#[tokio::test]
async fn rule_3_a_gateway_that_another_process_disables_is_not_issued_any_more() {
    let server = TestServer::build().await;
    let one = server.gateway("one").await;
    let two = server.gateway("two").await;
    server.import(&one, "sweden", "telia", [NUMBER, NUMBER + 1]).await;
    server.rent().await;
    server.import(&two, "sweden", "telia", [NUMBER + 2]).await;
    assert_eq!(server.promised().await, 2);

    let disabled = GatewayPatch {
        enabled: Some(false),
        ..GatewayPatch::default()
    };
    let changed = server.in_another_process(async |flows| flows.change_gateway("one", disabled).await);
    changed.await.unwrap();
    assert_eq!(server.promised().await, 1);
    assert_eq!(server.rent().await.number, NUMBER + 2);
    assert_eq!(server.get_number().await, None);
    // Its token is remembered for 10 s.
    server.advance(seconds(10));
    assert_eq!(sms(&server, &one, "late").await, 403);
    server.close().await;
}

#[tokio::test]
async fn a_revoked_token_is_refused() {
    let mut server = TestServer::build().await;
    let bank = server.stocked(1).await;
    let rotate = async |server: &TestServer, body| {
        let made = server.admin_post("/v1/gateways/bank/token", body).await.ok().json();
        Gateway {
            name: "bank".to_owned(),
            token: made["token"].as_str().unwrap().to_owned(),
        }
    };
    let second = rotate(&server, json!({"keep_old": "24h"})).await;
    assert_eq!(
        (sms(&server, &bank, "1").await, sms(&server, &second, "2").await),
        (200, 200)
    );
    // It is stored, so a restart changes nothing.
    server.stop_for(hours(24) - MILLISECOND).await;
    assert_eq!(sms(&server, &bank, "3").await, 200);
    server.advance(MILLISECOND);
    assert_eq!(
        (sms(&server, &bank, "4").await, sms(&server, &second, "5").await),
        (404, 200)
    );
    let third = rotate(&server, json!({})).await;
    assert_eq!(
        (sms(&server, &second, "6").await, sms(&server, &third, "7").await),
        (404, 200)
    );
    server.close().await;
}
