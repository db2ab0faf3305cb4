//! Rentals without an SMS: the watchdog, strikes and bans. Rules 5 and 9.

use axum::http::Method;

use crate::support::{Gateway, House, MILLISECOND, hours, minutes, seconds};

/// When the watchdog gives up: the guard interval and its grace.
const PATIENCE: std::time::Duration = minutes(21);

/// A rental that starves.
async fn starve(house: &House) {
    let rented = house.rent().await;
    house.tick_after(PATIENCE).await;
    assert_eq!(house.fate(rented.id).await, "no_sms");
}

/// A rental that is heard.
async fn hear(house: &House, gateway: &Gateway) {
    let rented = house.rent().await;
    house.sms(gateway, rented.number, "code").await;
    house.tick_after(minutes(30)).await;
    house.finish(rented.id, 3, "320").await;
}

const NUMBER: u64 = 46_700_000_001;

#[tokio::test]
async fn rule_5_the_watchdog_waits_for_the_guard_interval_and_its_grace() {
    let house = House::build().await;
    house.stocked(2).await;
    let first = house.rent().await;
    house.tick_after(seconds(5)).await;
    let second = house.rent().await;
    house.tick_after(PATIENCE - seconds(5) - MILLISECOND).await;
    assert_eq!(house.fate(first.id).await, "waiting");
    house.tick_after(MILLISECOND).await;
    assert_eq!(house.fate(first.id).await, "no_sms");
    assert_eq!(house.fate(second.id).await, "waiting");
    house.tick_after(seconds(5)).await;
    assert_eq!(house.fate(second.id).await, "no_sms");
    assert_eq!(house.balance().await, "0.00 0.00 0.00 640.00");
    house.close().await;
}

#[tokio::test]
async fn rule_5_a_rental_with_an_sms_ends_only_by_finish() {
    let house = House::build().await;
    let gateway = house.stocked(1).await;
    let rented = house.rent().await;
    house.tick_after(PATIENCE - MILLISECOND).await;
    house.sms(&gateway, rented.number, "at the last moment").await;
    for _ in 0..40 {
        house.tick_after(hours(24)).await;
    }
    assert_eq!(house.fate(rented.id).await, "receiving");
    assert_eq!(house.get_number().await, None);
    house.finish(rented.id, 3, "9000").await;
    assert_eq!(house.fate(rented.id).await, "sold");
    house.close().await;
}

#[tokio::test]
async fn rule_5_after_a_start_the_watchdog_waits_a_grace() {
    let mut house = House::build().await;
    let gateway = house.stocked(2).await;
    let silent = house.rent().await;
    let late = house.rent().await;
    // The server was away when the SMS came.
    house.advance(minutes(30));
    house.restart().await;
    house.tick().await;
    house.tick_after(seconds(60) - MILLISECOND).await;
    assert_eq!(house.fate(silent.id).await, "waiting");
    house.sms(&gateway, late.number, "the gateway tried again").await;
    house.tick_after(MILLISECOND).await;
    assert_eq!(house.fate(silent.id).await, "no_sms");
    assert_eq!(house.fate(late.id).await, "receiving");
    house.close().await;
}

#[tokio::test]
async fn rule_5_an_answer_that_nobody_took_releases_the_number() {
    let house = House::build().await;
    house.stocked(1).await;
    let lost = house.lose_an_answer().await;
    assert_eq!(house.fate(lost).await, "waiting");
    house.advance(minutes(25));
    house.app_releases_undelivered().await;
    assert_eq!(house.fate(lost).await, "undelivered");
    assert_eq!(house.strikes(NUMBER).await, 0, "the renter never had it");
    assert_eq!(house.number_state(NUMBER).await, "available");
    assert_eq!(house.balance().await, "0.00 0.00 0.00 320.00");
    // It came through after all.
    house.finish(lost, 3, "320").await;
    assert_eq!(house.balance().await, "0.00 320.00 0.00 320.00");
    assert_eq!(house.operation(lost).await["discrepancies"], 1);
    house.close().await;
}

#[tokio::test]
async fn rule_9_a_cancellation_before_the_guard_interval_is_no_strike() {
    let house = House::build().await;
    house.stocked(1).await;
    for (status, after, strikes) in [
        (4, minutes(20) - MILLISECOND, 0),
        (1, seconds(1), 0),
        (4, minutes(20), 1),
        (1, minutes(20), 2),
        (4, seconds(3), 2),
    ] {
        let rented = house.rent().await;
        house.advance(after);
        house.finish(rented.id, status, "0").await;
        assert_eq!(house.strikes(NUMBER).await, strikes, "{status} after {after:?}");
    }
    house.close().await;
}

#[tokio::test]
async fn rule_9_three_strikes_ban_for_24_hours_and_then_it_starts_at_zero() {
    let house = House::build().await;
    house.stocked(1).await;
    starve(&house).await;
    starve(&house).await;
    assert_eq!(house.strikes(NUMBER).await, 2);
    assert_eq!(house.number_state(NUMBER).await, "available");
    starve(&house).await;
    assert_eq!(house.number_state(NUMBER).await, "banned");
    assert_eq!(house.number(NUMBER).await["banned_until"], "2026-11-21T13:03:00.000Z");
    assert_eq!(house.admin_list("/v1/bans").await.len(), 1);
    assert_eq!(house.get_number().await, None, "rule 3");
    assert_eq!(house.promised().await, 0, "rule 4");

    house.tick_after(hours(24) - MILLISECOND).await;
    assert_eq!(house.number_state(NUMBER).await, "banned");
    house.tick_after(MILLISECOND).await;
    assert_eq!(house.number_state(NUMBER).await, "available");
    assert_eq!(house.strikes(NUMBER).await, 0);
    assert!(house.admin_list("/v1/bans").await.is_empty());
    starve(&house).await;
    assert_eq!(house.strikes(NUMBER).await, 1);
    house.close().await;
}

#[tokio::test]
async fn rule_9_one_sms_resets_the_count() {
    let house = House::build().await;
    let gateway = house.stocked(1).await;
    starve(&house).await;
    starve(&house).await;
    hear(&house, &gateway).await;
    assert_eq!(house.strikes(NUMBER).await, 0);
    starve(&house).await;
    starve(&house).await;
    assert_eq!(house.number_state(NUMBER).await, "available", "not three in a row");
    house.close().await;
}

#[tokio::test]
async fn rule_9_a_ban_survives_a_restart_and_the_admin_can_lift_it() {
    let mut house = House::build().await;
    house.stocked(1).await;
    for _ in 0..3 {
        starve(&house).await;
    }
    house.restart().await;
    house.tick().await;
    assert_eq!(house.get_number().await, None);
    let path = format!("/v1/bans/{NUMBER}");
    house.admin(Method::DELETE, &path, None).await.ok();
    assert_eq!(house.strikes(NUMBER).await, 0);
    assert_eq!(house.rent().await.number, NUMBER);
    house.close().await;
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
    let house = House::with(&settings).await;
    house.stocked(1).await;
    house.rent().await;
    house.tick_after(seconds(2)).await;
    assert_eq!(house.number_state(NUMBER).await, "banned");
    house.tick_after(seconds(10)).await;
    assert_eq!(house.number_state(NUMBER).await, "available");
    house.close().await;
}

#[tokio::test]
async fn rule_5_the_admin_closes_an_operation_with_a_reason() {
    let house = House::build().await;
    let gateway = house.stocked(2).await;
    let silent = house.rent().await;
    let heard = house.rent().await;
    house.sms(&gateway, heard.number, "code").await;
    house.tick_after(minutes(5)).await;
    for rented in [silent, heard] {
        house.force(rented.id).await.ok();
        assert_eq!(house.fate(rented.id).await, "forced");
        assert_eq!(house.number_state(rented.number).await, "available");
        assert_eq!(house.strikes(rented.number).await, 0);
        assert_eq!(house.force(rented.id).await.code(), 409);
    }
    assert_eq!(house.force(4711).await.code(), 404);
    let reasonless = house.admin_post("/v1/operations/1/close", serde_json::json!({})).await;
    assert_eq!(reasonless.code(), 400);
    let history = house.operation(silent.id).await["history"].to_string();
    assert!(history.contains("the SIM card is broken"), "{history}");
    assert_eq!(house.balance().await, "0.00 0.00 0.00 640.00");
    // Onlinesim is still the judge.
    house.finish(heard.id, 3, "870").await;
    assert_eq!(house.fate(heard.id).await, "sold");
    assert_eq!(house.balance().await, "0.00 870.00 0.00 640.00");
    house.close().await;
}
