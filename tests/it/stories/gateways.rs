//! Gateways come and go, numbers are taken out of use: rule 3 from the partner's side.

use axum::http::Method;
use serde_json::json;

use crate::support::{House, MILLISECOND, hours, minutes, seconds};

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
