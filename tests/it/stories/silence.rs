//! Rentals without an SMS: the watchdog, strikes and bans. Rules 5 and 9.

use axum::http::Method;

use crate::support::{Gateway, MILLISECOND, NUMBER, TestServer, hours, minutes, seconds};

/// After this the watchdog closes an operation without an SMS.
const GUARD_AND_GRACE: std::time::Duration = minutes(21);

/// A rental that ends without an SMS.
async fn expire(server: &TestServer) {
    let rented = server.rent().await;
    server.tick_after(GUARD_AND_GRACE).await;
    assert_eq!(server.fate(rented.id).await, "no_sms");
}

/// A rental that receives an SMS.
async fn receive_sms(server: &TestServer, gateway: &Gateway) {
    let rented = server.rent().await;
    server.sms(gateway, rented.number, "code").await;
    server.tick_after(minutes(30)).await;
    server.finish(rented.id, 3, "320").await;
}

#[tokio::test]
async fn rule_5_the_watchdog_waits_for_the_guard_interval_and_its_grace() {
    let server = TestServer::build().await;
    server.stocked(2).await;
    let first = server.rent().await;
    server.tick_after(seconds(5)).await;
    let second = server.rent().await;
    server.tick_after(GUARD_AND_GRACE - seconds(5) - MILLISECOND).await;
    assert_eq!(server.fate(first.id).await, "waiting");
    server.tick_after(MILLISECOND).await;
    assert_eq!(server.fate(first.id).await, "no_sms");
    assert_eq!(server.fate(second.id).await, "waiting");
    server.tick_after(seconds(5)).await;
    assert_eq!(server.fate(second.id).await, "no_sms");
    assert_eq!(server.balance().await, "voided 640.00");
    server.close().await;
}

#[tokio::test]
async fn rule_5_a_rental_with_an_sms_ends_only_by_finish() {
    let (server, gateway, rented) = TestServer::with_rental(&[]).await;
    server.tick_after(GUARD_AND_GRACE - MILLISECOND).await;
    server.sms(&gateway, rented.number, "in the last millisecond").await;
    for _ in 0..40 {
        server.tick_after(hours(24)).await;
    }
    assert_eq!(server.fate(rented.id).await, "receiving");
    assert_eq!(server.get_number().await, None);
    server.finish(rented.id, 3, "9000").await;
    assert_eq!(server.fate(rented.id).await, "sold");
    server.close().await;
}

#[tokio::test]
async fn rule_5_after_a_start_the_watchdog_waits_a_grace() {
    let mut server = TestServer::build().await;
    let gateway = server.stocked(2).await;
    let silent = server.rent().await;
    let late = server.rent().await;
    // The server was away when the SMS came.
    server.advance(minutes(30));
    server.restart().await;
    server.tick().await;
    server.tick_after(seconds(60) - MILLISECOND).await;
    assert_eq!(server.fate(silent.id).await, "waiting");
    server.sms(&gateway, late.number, "the gateway tried again").await;
    server.tick_after(MILLISECOND).await;
    assert_eq!(server.fate(silent.id).await, "no_sms");
    assert_eq!(server.fate(late.id).await, "receiving");
    server.close().await;
}

#[tokio::test]
async fn rule_5_an_answer_that_nobody_took_releases_the_number() {
    let server = TestServer::build().await;
    server.stocked(1).await;
    let lost = server.lose_an_answer().await;
    assert_eq!(server.fate(lost).await, "waiting");
    server.advance(minutes(25));
    server.release_undelivered().await;
    assert_eq!(server.fate(lost).await, "undelivered");
    assert_eq!(server.strikes(NUMBER).await, 0, "the renter never had it");
    assert_eq!(server.number_state(NUMBER).await, "available");
    assert_eq!(server.balance().await, "voided 320.00");
    // It came through after all.
    server.finish(lost, 3, "320").await;
    assert_eq!(server.balance().await, "posted 320.00, voided 320.00");
    assert_eq!(server.operation(lost).await["discrepancies"], 1);
    server.close().await;
}

#[tokio::test]
async fn rule_9_a_cancellation_before_the_guard_interval_is_not_a_strike() {
    let server = TestServer::build().await;
    server.stocked(1).await;
    for (status, after, strikes) in [
        (4, minutes(20) - MILLISECOND, 0),
        (1, seconds(1), 0),
        (4, minutes(20), 1),
        (1, minutes(20), 2),
        (4, seconds(3), 2),
    ] {
        let rented = server.rent().await;
        server.advance(after);
        server.finish(rented.id, status, "0").await;
        assert_eq!(server.strikes(NUMBER).await, strikes, "{status} after {after:?}");
    }
    server.close().await;
}

#[tokio::test]
async fn rule_9_three_strikes_ban_for_24_hours_and_then_it_starts_at_zero() {
    let server = TestServer::build().await;
    server.stocked(1).await;
    expire(&server).await;
    expire(&server).await;
    assert_eq!(server.strikes(NUMBER).await, 2);
    assert_eq!(server.number_state(NUMBER).await, "available");
    expire(&server).await;
    assert_eq!(server.number_state(NUMBER).await, "banned");
    assert_eq!(server.number(NUMBER).await["banned_until"], "2026-11-21T13:03:00.000Z");
    assert_eq!(server.admin_list("/v1/bans").await.len(), 1);
    assert_eq!(server.get_number().await, None, "rule 3");
    assert_eq!(server.promised().await, 0, "rule 4");

    server.tick_after(hours(24) - MILLISECOND).await;
    assert_eq!(server.number_state(NUMBER).await, "banned");
    server.tick_after(MILLISECOND).await;
    assert_eq!(server.number_state(NUMBER).await, "available");
    assert_eq!(server.strikes(NUMBER).await, 0);
    assert!(server.admin_list("/v1/bans").await.is_empty());
    expire(&server).await;
    assert_eq!(server.strikes(NUMBER).await, 1);
    server.close().await;
}

#[tokio::test]
async fn rule_9_one_sms_resets_the_count() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    expire(&server).await;
    expire(&server).await;
    receive_sms(&server, &gateway).await;
    assert_eq!(server.strikes(NUMBER).await, 0);
    expire(&server).await;
    expire(&server).await;
    assert_eq!(server.number_state(NUMBER).await, "available", "not three in a row");
    server.close().await;
}

#[tokio::test]
async fn rule_9_a_ban_survives_a_restart_and_the_admin_can_lift_it() {
    let mut server = TestServer::build().await;
    server.stocked(1).await;
    for _ in 0..3 {
        expire(&server).await;
    }
    server.restart().await;
    server.tick().await;
    assert_eq!(server.get_number().await, None);
    let path = format!("/v1/bans/{NUMBER}");
    server.admin(Method::DELETE, &path, None).await.ok();
    assert_eq!(server.strikes(NUMBER).await, 0);
    assert_eq!(server.rent().await.number, NUMBER);
    server.close().await;
}

#[tokio::test]
async fn rule_9_settings_decide_how_many_and_how_long() {
    let settings = [
        ("RENT__STRIKES_MAX", "1"),
        ("RENT__BAN", "10s"),
        ("RENT__GUARD", "2s"),
        ("RENT__GUARD_GRACE", "0s"),
        ("RENT__START_GRACE", "0s"),
    ];
    let server = TestServer::with(&settings).await;
    server.stocked(1).await;
    server.rent().await;
    server.tick_after(seconds(2)).await;
    assert_eq!(server.number_state(NUMBER).await, "banned");
    server.tick_after(seconds(10)).await;
    assert_eq!(server.number_state(NUMBER).await, "available");
    server.close().await;
}

#[tokio::test]
async fn rule_5_an_operation_that_the_admin_closes_is_not_a_strike_and_can_still_be_sold() {
    let server = TestServer::build().await;
    let gateway = server.stocked(2).await;
    let silent = server.rent().await;
    let received = server.rent().await;
    server.sms(&gateway, received.number, "code").await;
    server.tick_after(minutes(5)).await;
    for rented in [silent, received] {
        server.force(rented.id).await.ok();
        assert_eq!(server.fate(rented.id).await, "forced");
        assert_eq!(server.number_state(rented.number).await, "available");
        assert_eq!(server.strikes(rented.number).await, 0);
    }
    assert_eq!(server.balance().await, "voided 640.00");
    // Onlinesim still decides.
    server.finish(received.id, 3, "870").await;
    assert_eq!(server.fate(received.id).await, "sold");
    assert_eq!(server.balance().await, "posted 870.00, voided 640.00");
    server.close().await;
}
