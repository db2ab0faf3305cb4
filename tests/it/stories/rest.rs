//! A number rests between two rentals (rules 3 and 4): what comes late for the last renter reaches nobody else.

use std::time::Duration;

use axum::http::Method;
use leaseline::domain::time::Timestamp;
use serde_json::json;

use crate::support::{Gateway, House, MILLISECOND, Rented, hours, minutes, seconds};

const REST: Duration = seconds(60);
const NUMBER: u64 = 46_700_000_001;

/// A house with one number, whose rental just ended.
async fn rested() -> (House, Gateway, Rented) {
    let house = House::with(&[("RENT__REST", "60s")]).await;
    let gateway = house.stocked(1).await;
    let rented = house.rent().await;
    house.sms(&gateway, NUMBER, "code").await;
    house.tick().await;
    house.finish(rented.id, 3, "320").await;
    (house, gateway, rented)
}

/// That long after now it is still off sale, and a moment later it is not.
async fn comes_back_after(house: &House, span: Duration) {
    house.tick_after(span - MILLISECOND).await;
    assert_eq!(house.promised().await, 0, "rule 4");
    assert_eq!(house.get_number().await, None, "rule 3");
    house.tick_after(MILLISECOND).await;
    assert_eq!(house.promised().await, 1);
    assert_eq!(house.number_state(NUMBER).await, "available");
}

#[tokio::test]
async fn rule_3_a_number_rests_between_two_rentals() {
    let (house, gateway, rented) = rested().await;
    house.tick().await;
    let resting = house.number(NUMBER).await;
    assert_eq!(
        (&resting["state"], &resting["operation"]),
        (&json!("resting"), &json!(null))
    );
    assert_eq!(resting["rests_until"], "2026-11-20T12:01:00.000Z");
    assert_eq!(house.admin_list("/v1/numbers?state=resting").await, [resting]);
    assert!(house.admin_list("/v1/numbers?state=available").await.is_empty());
    let gateways = house.admin_list("/v1/gateways").await;
    assert_eq!(gateways[0]["numbers"], 1, "it still belongs to its gateway");
    // What comes late is nobody's.
    house.sms(&gateway, NUMBER, "late").await;
    comes_back_after(&house, REST).await;
    assert_eq!(house.number(NUMBER).await["rests_until"], json!(null));
    let next = house.rent().await;
    assert_eq!(next.number, rented.number);
    house.tick().await;
    assert_eq!(house.onlinesim.texts(), ["code"], "rule 8");
    house.close().await;
}

#[tokio::test]
async fn rule_3_however_a_rental_ends_its_number_rests() {
    let house = House::with(&[("RENT__REST", "60s")]).await;
    house.stocked(1).await;
    for end in ["finished", "forced", "lost", "silent"] {
        if end == "lost" {
            house.lose_an_answer().await;
            house.tick().await;
        } else {
            let rented = house.rent().await;
            match end {
                "finished" => house.finish(rented.id, 4, "0").await,
                "forced" => assert_eq!(house.force(rented.id).await.code(), 200),
                _ => house.tick_after(minutes(21)).await,
            }
        }
        assert_eq!(house.number_state(NUMBER).await, "resting", "{end}");
        comes_back_after(&house, REST).await;
    }
    house.close().await;
}

#[tokio::test]
async fn rule_3_nothing_that_the_admin_does_ends_a_rest_early() {
    let (house, _, _) = rested().await;
    house.advance(seconds(10));
    house.enable(NUMBER, false).await;
    assert_eq!(house.number_state(NUMBER).await, "disabled");
    house.enable(NUMBER, true).await;
    assert_eq!(house.number_state(NUMBER).await, "resting");
    let ban = json!({"number": NUMBER.to_string(), "reason": "noise"});
    house.admin_post("/v1/bans", ban).await.ok();
    assert_eq!(house.number_state(NUMBER).await, "banned");
    let path = format!("/v1/bans/{NUMBER}");
    house.admin(Method::DELETE, &path, None).await.ok();
    assert_eq!(house.number_state(NUMBER).await, "resting");
    house.gateway("other").await;
    let row = json!([{"number": NUMBER.to_string(), "country": "sweden", "operator": "tele2", "gateway": "other"}]);
    let report = house.admin_post("/v1/numbers", row).await.ok().json();
    assert_eq!(report["updated"], 1, "{report}");
    house.audit().await;
    comes_back_after(&house, seconds(50)).await;
    assert_eq!(house.services().await["sweden"]["tele2"], 1);
    house.close().await;
}

#[tokio::test]
async fn a_rest_that_ends_while_the_number_is_off_sale_is_over() {
    let (house, _, _) = rested().await;
    house.enable(NUMBER, false).await;
    house.tick_after(REST).await;
    assert_eq!(house.number_state(NUMBER).await, "disabled");
    assert_eq!(house.promised().await, 0);
    house.enable(NUMBER, true).await;
    assert_eq!(house.promised().await, 1);
    house.close().await;
}

#[tokio::test]
async fn a_rest_outlives_the_server_and_does_not_outlast_a_clock_that_is_set_back() {
    let (mut house, _, _) = rested().await;
    house.stop_for(seconds(20)).await;
    house.tick().await;
    assert_eq!(house.number_state(NUMBER).await, "resting");
    let now = house.clock.now().as_ms();
    let back = i64::try_from(hours(5).as_millis()).unwrap();
    house.clock.set(Timestamp::from_ms(now - back));
    house.tick().await;
    // Nobody knows how long it rested: it rests once more.
    comes_back_after(&house, REST).await;
    house.close().await;
}

#[tokio::test]
async fn without_a_rest_a_number_is_on_sale_at_once() {
    let (mut house, _, _) = rested().await;
    // Switched off, it ends the rests that are under way.
    house.restart_with(&[("RENT__REST", "0s")]).await;
    house.tick().await;
    let rented = house.rent().await;
    house.finish(rented.id, 4, "0").await;
    assert_eq!(house.number_state(NUMBER).await, "available");
    house.rent().await;
    house.close().await;
}
