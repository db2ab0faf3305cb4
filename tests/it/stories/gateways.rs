//! Gateways come and go, numbers are taken out of use: rule 3 from the partner's side.

use std::sync::Arc;

use axum::http::Method;
use insta::assert_snapshot;
use leaseline::flow::change_gateway::{GatewayChange, change_gateway};
use leaseline::storage::Database;
use serde_json::json;

use crate::support::{Gateway, House, MILLISECOND, hours, minutes, seconds};

const NUMBER: u64 = 46_700_000_001;

#[tokio::test]
async fn rule_3_a_gateway_is_on_line_while_it_gives_signs_of_life() {
    let house = House::build().await;
    let phone = house.gateway_with("phone", json!({"heartbeat_timeout": "90s"})).await;
    house.import(&phone, "sweden", "telia", [NUMBER]).await;
    assert_eq!(house.get_number().await, None, "it was never heard");
    assert_eq!(house.promised().await, 0);

    house.heartbeat(&phone).await;
    house.advance(seconds(90) - MILLISECOND);
    assert_eq!(house.promised().await, 1);
    let rented = house.rent().await;
    house.finish(rented.id, 4, "0").await;

    house.advance(seconds(2));
    assert_eq!(house.promised().await, 0, "off line");
    assert_eq!(house.get_number().await, None);
    // An SMS is a sign of life, too.
    house.sms(&phone, NUMBER, "hello").await;
    assert_eq!(house.promised().await, 1);
    assert_eq!(house.rent().await.number, NUMBER);
    house.close().await;
}

#[tokio::test]
async fn rule_3_a_rental_outlives_the_silence_of_its_gateway() {
    let mut house = House::build().await;
    let phone = house.gateway_with("phone", json!({"heartbeat_timeout": "90s"})).await;
    house.import(&phone, "sweden", "telia", [NUMBER, NUMBER + 1]).await;
    house.heartbeat(&phone).await;
    let rented = house.rent().await;
    house.advance(minutes(5));
    assert_eq!(house.get_number().await, None);
    assert_eq!(house.fate(rented.id).await, "waiting");
    // Off line for GET_NUMBER, but what it brings is taken, also after a restart.
    house.restart().await;
    house.sms(&phone, rented.number, "code").await;
    house.tick().await;
    assert_eq!(house.onlinesim.texts(), ["code"]);
    house.finish(rented.id, 3, "320").await;
    house.close().await;
}

#[tokio::test]
async fn rule_3_a_gateway_without_a_timeout_is_always_on_line() {
    let house = House::build().await;
    house.stocked(1).await;
    house.advance(hours(1000));
    assert_eq!(house.rent().await.number, NUMBER);
    house.close().await;
}

#[tokio::test]
async fn rule_3_capacity_counts_what_is_rented_not_what_is_there() {
    let house = House::build().await;
    let bank = house.gateway_with("bank", json!({"capacity": 2})).await;
    house
        .import(&bank, "sweden", "telia", 46_700_000_001..=46_700_000_005)
        .await;
    let first = house.rent().await;
    let second = house.rent().await;
    assert_eq!(house.get_number().await, None);
    house.finish(first.id, 3, "320").await;
    let third = house.rent().await;
    assert_ne!(third.number, second.number);
    assert_eq!(house.get_number().await, None);

    // Less than what is rented already: nothing is taken away, and nothing is given.
    let less = json!({"capacity": 1});
    house.admin(Method::PATCH, "/v1/gateways/bank", Some(less)).await.ok();
    assert_eq!(house.promised().await, 0);
    assert_eq!(house.get_number().await, None);
    house.finish(second.id, 3, "320").await;
    assert_eq!(house.promised().await, 0);
    house.finish(third.id, 3, "320").await;
    assert_eq!(house.promised().await, 1);
    house.close().await;
}

#[tokio::test]
async fn rule_3_a_disabled_number_is_not_issued() {
    let house = House::build().await;
    let gateway = house.stocked(2).await;
    house.enable(NUMBER, false).await;
    assert_eq!(house.number_state(NUMBER).await, "disabled");
    assert_eq!(house.promised().await, 1);
    let other = house.rent().await;
    assert_ne!(other.number, NUMBER);
    assert_eq!(house.get_number().await, None);
    house.audit().await;

    // A rented number becomes disabled when its operation closes, and not before.
    house.enable(other.number, false).await;
    assert_eq!(house.number_state(other.number).await, "rented");
    house.sms(&gateway, other.number, "code").await;
    house.tick().await;
    assert_eq!(house.onlinesim.texts(), ["code"]);
    house.finish(other.id, 3, "320").await;
    assert_eq!(house.number_state(other.number).await, "disabled");
    assert_eq!(house.get_number().await, None);

    house.enable(NUMBER, true).await;
    house.enable(NUMBER, true).await;
    assert_eq!(house.rent().await.number, NUMBER);
    house.close().await;
}

#[tokio::test]
async fn rule_3_a_number_that_the_admin_banned_is_not_issued() {
    let house = House::build().await;
    house.stocked(2).await;
    let ban = json!({"number": NUMBER.to_string(), "reason": "the operator asked", "for": "1h"});
    house.admin_post("/v1/bans", ban).await.ok();
    assert_eq!(house.number_state(NUMBER).await, "banned");
    assert_ne!(house.rent().await.number, NUMBER);
    assert_eq!(house.get_number().await, None);
    house.tick_after(minutes(15)).await;
    assert_eq!(house.number_state(NUMBER).await, "banned");
    house.tick_after(minutes(45)).await;
    assert_eq!(house.rent().await.number, NUMBER);
    house.close().await;
}

/// Both at once: what is disabled while it is banned stays off sale when the ban is over, and the other way round.
#[tokio::test]
async fn rule_3_banned_and_disabled_are_two_things() {
    let house = House::build().await;
    house.stocked(1).await;
    let ban = json!({"number": NUMBER.to_string(), "reason": "x", "for": "1h"});
    house.admin_post("/v1/bans", ban.clone()).await.ok();
    house.enable(NUMBER, false).await;
    house.tick_after(hours(1)).await;
    assert_eq!(house.number_state(NUMBER).await, "disabled");
    house.audit().await;
    house.enable(NUMBER, true).await;
    assert_eq!(house.number_state(NUMBER).await, "available");

    house.enable(NUMBER, false).await;
    house.admin_post("/v1/bans", ban).await.ok();
    house.enable(NUMBER, true).await;
    assert_eq!(house.number_state(NUMBER).await, "banned");
    assert_eq!(house.get_number().await, None);
    house.tick_after(hours(1)).await;
    assert_eq!(house.rent().await.number, NUMBER);
    house.close().await;
}

async fn enable(house: &House, name: &str, enabled: bool) {
    let path = format!("/v1/gateways/{name}");
    let body = json!({ "enabled": enabled });
    house.admin(Method::PATCH, &path, Some(body)).await.ok();
}

/// What an SMS for that number is answered.
async fn sms(house: &House, gateway: &Gateway, text: &str) -> u16 {
    let sms = json!({"from": "Service", "to": NUMBER.to_string(), "text": text});
    house.sms_answer(&gateway.token, sms).await.code()
}

#[tokio::test]
async fn rule_3_a_disabled_gateway_is_silent_until_it_is_enabled() {
    let house = House::build().await;
    let bank = house.gateway_with("bank", json!({"capacity": 2})).await;
    house.import(&bank, "sweden", "telia", NUMBER..=NUMBER + 2).await;
    let rented = house.rent().await;
    assert_eq!(house.promised().await, 1);

    enable(&house, "bank", false).await;
    assert_eq!(house.promised().await, 0);
    assert_eq!(house.get_number().await, None);
    assert_eq!(house.fate(rented.id).await, "waiting", "it stays open");
    let refused = json!({"from": "Service", "to": rented.number.to_string(), "text": "code"});
    assert_snapshot!(house.sms_answer(&bank.token, refused).await.golden(), @r#"
    HTTP 403
    content-type: application/json

    {"error":"the gateway is disabled: nothing is stored"}
    "#);
    let heartbeat = house.gateway_post(&format!("/in/{}/heartbeat", bank.token), "").await;
    assert_eq!(heartbeat.code(), 403);
    assert_eq!(sms(&house, &bank, "again").await, 403);
    let shown = house.admin_get("/v1/gateways/bank").await;
    assert_eq!(
        (&shown["enabled"], &shown["refused_since_start"]),
        (&json!(false), &json!(2))
    );
    assert!(house.admin_list("/v1/messages").await.is_empty());
    house.audit().await;

    enable(&house, "bank", true).await;
    assert_eq!(house.promised().await, 1);
    house.sms(&bank, rented.number, "code").await;
    house.tick().await;
    assert_eq!(house.onlinesim.texts(), ["code"]);
    house.finish(rented.id, 3, "320").await;
    assert!(house.get_number().await.is_some());
    let shown = house.admin_get("/v1/gateways/bank").await;
    assert_eq!(shown["refused_since_start"], 2);
    house.close().await;
}

/// Between one rental and the next, whatever the server remembers of its stock.
#[tokio::test]
async fn rule_3_a_gateway_that_another_process_disables_is_not_issued_from_that_moment() {
    let house = House::build().await;
    let one = house.gateway("one").await;
    let two = house.gateway("two").await;
    house.import(&one, "sweden", "telia", [NUMBER, NUMBER + 1]).await;
    house.rent().await;
    house.import(&two, "sweden", "telia", [NUMBER + 2]).await;
    assert_eq!(house.promised().await, 2);

    let url = format!("sqlite:{}", house.file().display());
    let other = Database::open(&url).await.unwrap();
    let disabled = GatewayChange {
        enabled: Some(false),
        ..GatewayChange::default()
    };
    change_gateway(&other, &house.clock, &Arc::default(), "one", disabled)
        .await
        .unwrap();
    other.close().await;
    assert_eq!(house.promised().await, 1);
    assert_eq!(house.rent().await.number, NUMBER + 2);
    assert_eq!(house.get_number().await, None);
    // Its token is remembered for 10 s.
    house.advance(seconds(10));
    assert_eq!(sms(&house, &one, "late").await, 403);
    house.close().await;
}

#[tokio::test]
async fn a_token_that_was_taken_back_opens_nothing() {
    let mut house = House::build().await;
    let bank = house.stocked(1).await;
    let rotate = async |house: &House, body| {
        let made = house.admin_post("/v1/gateways/bank/token", body).await.ok().json();
        Gateway {
            name: "bank".to_owned(),
            token: made["token"].as_str().unwrap().to_owned(),
        }
    };
    let second = rotate(&house, json!({"keep_old": "24h"})).await;
    assert_eq!(
        (sms(&house, &bank, "1").await, sms(&house, &second, "2").await),
        (200, 200)
    );
    // It is stored, so a restart changes nothing.
    house.stop_for(hours(24) - MILLISECOND).await;
    assert_eq!(sms(&house, &bank, "3").await, 200);
    house.advance(MILLISECOND);
    assert_eq!(
        (sms(&house, &bank, "4").await, sms(&house, &second, "5").await),
        (404, 200)
    );
    let third = rotate(&house, json!({})).await;
    assert_eq!(
        (sms(&house, &second, "6").await, sms(&house, &third, "7").await),
        (404, 200)
    );
    house.close().await;
}
