//! A number rests between two rentals (rules 3 and 4): what comes late for the last renter reaches nobody else.

use std::time::Duration;

use axum::http::Method;
use leaseline::domain::time::Timestamp;
use serde_json::json;

use crate::support::{Gateway, MILLISECOND, NUMBER, Rented, TestServer, hours, minutes, seconds};

const REST: Duration = seconds(60);
/// A server with one number, whose rental just ended.
async fn rested() -> (TestServer, Gateway, Rented) {
    let server = TestServer::with(&[("RENT__REST", "60s")]).await;
    let gateway = server.stocked(1).await;
    let rented = server.rent().await;
    server.sms(&gateway, NUMBER, "code").await;
    server.tick().await;
    server.finish(rented.id, 3, "320").await;
    (server, gateway, rented)
}

/// That long after now it is still off sale, and 1 ms later it is not.
async fn comes_back_after(server: &TestServer, span: Duration) {
    server.tick_after(span - MILLISECOND).await;
    assert_eq!(server.promised().await, 0, "rule 4");
    assert_eq!(server.get_number().await, None, "rule 3");
    server.tick_after(MILLISECOND).await;
    assert_eq!(server.promised().await, 1);
    assert_eq!(server.number_state(NUMBER).await, "available");
}

#[tokio::test]
async fn rule_3_a_number_rests_between_two_rentals() {
    let (server, gateway, rented) = rested().await;
    server.tick().await;
    let resting = server.number(NUMBER).await;
    assert_eq!(
        (&resting["state"], &resting["operation"]),
        (&json!("resting"), &json!(null))
    );
    assert_eq!(resting["rests_until"], "2026-11-20T12:01:00.000Z");
    assert_eq!(server.admin_list("/v1/numbers?state=resting").await, [resting]);
    assert!(server.admin_list("/v1/numbers?state=available").await.is_empty());
    let gateways = server.admin_list("/v1/gateways").await;
    assert_eq!(gateways[0]["numbers"], 1, "it still belongs to its gateway");
    // What comes late is nobody's.
    server.sms(&gateway, NUMBER, "late").await;
    comes_back_after(&server, REST).await;
    assert_eq!(server.number(NUMBER).await["rests_until"], json!(null));
    let next = server.rent().await;
    assert_eq!(next.number, rented.number);
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["code"], "rule 8");
    server.close().await;
}

#[tokio::test]
async fn rule_3_however_a_rental_ends_its_number_rests() {
    let server = TestServer::with(&[("RENT__REST", "60s")]).await;
    server.stocked(1).await;
    for end in ["finished", "forced", "lost", "silent"] {
        if end == "lost" {
            server.lose_an_answer().await;
            server.tick().await;
        } else {
            let rented = server.rent().await;
            match end {
                "finished" => server.finish(rented.id, 4, "0").await,
                "forced" => assert_eq!(server.force(rented.id).await.code(), 200),
                _ => server.tick_after(minutes(21)).await,
            }
        }
        assert_eq!(server.number_state(NUMBER).await, "resting", "{end}");
        comes_back_after(&server, REST).await;
    }
    server.close().await;
}

#[tokio::test]
async fn rule_3_nothing_that_the_admin_does_ends_a_rest_early() {
    let (server, _, _) = rested().await;
    server.advance(seconds(10));
    server.enable(NUMBER, false).await;
    assert_eq!(server.number_state(NUMBER).await, "disabled");
    server.enable(NUMBER, true).await;
    assert_eq!(server.number_state(NUMBER).await, "resting");
    let ban = json!({"number": NUMBER.to_string(), "reason": "noise"});
    server.admin_post("/v1/bans", ban).await.ok();
    assert_eq!(server.number_state(NUMBER).await, "banned");
    let path = format!("/v1/bans/{NUMBER}");
    server.admin(Method::DELETE, &path, None).await.ok();
    assert_eq!(server.number_state(NUMBER).await, "resting");
    server.gateway("other").await;
    let row = json!([{"number": NUMBER.to_string(), "country": "sweden", "operator": "tele2", "gateway": "other"}]);
    let report = server.admin_post("/v1/numbers", row).await.ok().json();
    assert_eq!(report["updated"], 1, "{report}");
    server.audit().await;
    comes_back_after(&server, seconds(50)).await;
    assert_eq!(server.services().await["sweden"]["tele2"], 1);
    server.close().await;
}

#[tokio::test]
async fn a_rest_that_ends_while_the_number_is_off_sale_is_over() {
    let (server, _, _) = rested().await;
    server.enable(NUMBER, false).await;
    server.tick_after(REST).await;
    assert_eq!(server.number_state(NUMBER).await, "disabled");
    assert_eq!(server.promised().await, 0);
    server.enable(NUMBER, true).await;
    assert_eq!(server.promised().await, 1);
    server.close().await;
}

#[tokio::test]
async fn a_rest_outlives_the_server_and_does_not_outlast_a_clock_that_is_set_back() {
    let (mut server, _, _) = rested().await;
    server.stop_for(seconds(20)).await;
    server.tick().await;
    assert_eq!(server.number_state(NUMBER).await, "resting");
    let now = server.clock.now().as_ms();
    let back = i64::try_from(hours(5).as_millis()).unwrap();
    server.clock.set(Timestamp::from_ms(now - back));
    server.tick().await;
    // Nobody knows how long it rested: it rests once more.
    comes_back_after(&server, REST).await;
    server.close().await;
}

#[tokio::test]
async fn without_a_rest_a_number_is_on_sale_at_once() {
    let (mut server, _, _) = rested().await;
    // Switched off, it ends the rests that are under way.
    server.restart_with(&[("RENT__REST", "0s")]).await;
    server.tick().await;
    let rented = server.rent().await;
    server.finish(rented.id, 4, "0").await;
    assert_eq!(server.number_state(NUMBER).await, "available");
    server.rent().await;
    server.close().await;
}
