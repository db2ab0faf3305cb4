//! Troubles: what an operator hears of, once when it begins and once when it is over.

mod ends;
mod log;

use axum::http::Method;
use log::Log;
use serde_json::{Value, json};

use crate::support::{House, Reply, hours, minutes, seconds};

/// `kind gateway country count` of the troubles in that state, the oldest first.
async fn troubles(house: &House, state: &str) -> Vec<String> {
    let mut listed = house.admin_list(&format!("/v1/troubles?state={state}&limit=1")).await;
    listed.reverse();
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let line = |one: &Value| {
        let about = [&one["kind"], &one["gateway"], &one["country"]].map(word).join(" ");
        format!("{about} {}", one["count"])
    };
    listed.iter().map(line).collect()
}

async fn open(house: &House) -> Vec<String> {
    troubles(house, "open").await
}

/// Looks again after that time.
async fn look_after(house: &House, span: std::time::Duration) -> Vec<String> {
    house.advance(span);
    house.watch().await;
    open(house).await
}

/// A house that Onlinesim need not call.
async fn house() -> House {
    House::with(&[("TROUBLES__ONLINESIM_SILENT", "30d")]).await
}

#[tokio::test]
async fn a_trouble_is_one_line_when_it_begins_and_one_when_it_is_over() {
    let house = house().await;
    let gateway = house.stocked(2).await;
    let rented = house.rent().await;
    let (log, _guard) = Log::listen();
    house.onlinesim.always_answers(Reply::new(500, ""));
    house.sms(&gateway, rented.number, "code").await;
    for _ in 0..90 {
        house.tick_after(seconds(10)).await;
        house.watch().await;
    }
    assert_eq!(open(&house).await, ["pushes_failing - - 90", "sms_overdue - - 1"]);
    house.onlinesim.always_answers(Reply::status("SUCCESS"));
    house.tick_after(seconds(10)).await;
    for _ in 0..9 {
        house.tick_after(seconds(10)).await;
        house.watch().await;
    }
    assert_eq!(open(&house).await, Vec::<String>::new());
    assert_eq!(
        log.lines(),
        [
            "a trouble began kind=\"pushes_failing\" count=1 detail=\"no answer: HTTP 5xx, a time-out or a broken connection\"",
            "a trouble began kind=\"sms_overdue\" count=1 detail=\"the oldest has waited 2m\"",
            "a trouble is over kind=\"pushes_failing\" count=90 lasted=14m 50s",
            "a trouble is over kind=\"sms_overdue\" count=1 lasted=13m",
        ]
    );
    house.close().await;
}

#[tokio::test]
async fn parked_and_refused_sms_are_troubles_with_their_reasons() {
    let house = house().await;
    let gateway = house.stocked(3).await;
    let [first, second] = [house.rent().await, house.rent().await];
    house.onlinesim.answers_to("no", [Reply::status("NO_OPERATION")]);
    house.onlinesim.answers_to("later", [Reply::new(500, "")]);
    house.sms(&gateway, first.number, "no").await;
    house.tick().await;
    house.sms(&gateway, second.number, "later").await;
    house.finish(second.id, 4, "0").await;
    house.tick().await;
    house.watch().await;
    let listed = house.admin_list("/v1/troubles").await;
    let details: Vec<_> = listed
        .iter()
        .filter(|one| one["kind"].as_str().unwrap().starts_with("sms_"))
        .map(|one| format!("{} {} {}", one["kind"], one["count"], one["detail"]))
        .collect();
    assert_eq!(
        details,
        [
            r#""sms_refused" 1 "the last: NO_OPERATION""#,
            r#""sms_parked" 1 "the last: its operation is closed""#
        ]
    );
    // Events: over when none came for five minutes.
    assert_eq!(look_after(&house, seconds(299)).await.len(), 3);
    look_after(&house, seconds(1)).await;
    assert_eq!(open(&house).await, ["pushes_failing - - 1"], "nothing was pushed since");
    house.close().await;
}

#[tokio::test]
async fn a_gateway_that_is_offline_is_a_trouble_while_it_has_numbers() {
    let house = house().await;
    let gateway = house.gateway_with("bank", json!({"heartbeat_timeout": "5m"})).await;
    house.gateway_with("empty", json!({"heartbeat_timeout": "5m"})).await;
    house
        .import(&gateway, "sweden", "telia", 46_700_000_001..=46_700_000_003)
        .await;
    house.heartbeat(&gateway).await;
    house.watch().await;
    assert_eq!(open(&house).await, Vec::<String>::new());
    let offline = ["gateway_offline bank - 3", "out_of_stock - sweden 1"];
    assert_eq!(look_after(&house, minutes(5)).await, offline);
    assert_eq!(look_after(&house, minutes(5)).await, offline, "each once");
    house.heartbeat(&gateway).await;
    assert_eq!(look_after(&house, seconds(59)).await, offline);
    assert_eq!(look_after(&house, seconds(1)).await, Vec::<String>::new());
    assert_eq!(troubles(&house, "ended").await, offline);
    let listed = house.admin_list("/v1/troubles?state=ended").await;
    assert_eq!(listed[1]["began_at"], "2026-11-20T12:05:00.000Z");
    assert_eq!(
        listed[1]["ended_at"], "2026-11-20T12:10:00.000Z",
        "when it was last seen"
    );
    house.close().await;
}

#[tokio::test]
async fn rentals_without_an_sms_one_after_another_make_a_gateway_silent() {
    let mut house = house().await;
    let gateway = house.stocked(4).await;
    house.advance(seconds(1));
    for _ in 0..2 {
        house.rent().await;
    }
    assert_eq!(look_after(&house, minutes(15)).await, Vec::<String>::new());
    let third = house.rent().await;
    assert_eq!(
        look_after(&house, minutes(14)).await,
        Vec::<String>::new(),
        "it has not waited long enough"
    );
    let silent = "gateway_silent bank - 3";
    assert!(look_after(&house, minutes(1)).await.contains(&silent.to_owned()));
    // It is so after a restart, too, and until an SMS from it reaches a rental: one for nobody does not help a renter.
    house.restart().await;
    house.watch().await;
    house.sms(&gateway, 46_799_999_999, "code").await;
    house.watch().await;
    assert!(look_after(&house, minutes(2)).await.contains(&silent.to_owned()));
    house.sms(&gateway, third.number, "code").await;
    house.tick().await;
    house.watch().await;
    assert!(!look_after(&house, minutes(1)).await.contains(&silent.to_owned()));
    house.close().await;
}

#[tokio::test]
async fn onlinesim_is_silent_when_it_asks_for_nothing_although_numbers_are_available() {
    let mut house = House::build().await;
    assert_eq!(
        look_after(&house, hours(1)).await,
        Vec::<String>::new(),
        "nothing to ask for"
    );
    house.stocked(1).await;
    house.services().await;
    house.watch().await;
    assert_eq!(look_after(&house, minutes(10) - seconds(1)).await, Vec::<String>::new());
    assert_eq!(look_after(&house, seconds(1)).await, ["onlinesim_silent - - 1"]);
    house.restart().await;
    house.watch().await;
    let body = json!({"action": "GET_SERVICES", "key": "wrong"}).to_string();
    assert_eq!(house.post_text("/getServicesRent", body).await.code(), 401);
    let still = look_after(&house, minutes(2)).await;
    assert!(
        still.contains(&"onlinesim_silent - - 1".to_owned()),
        "a wrong key is nobody's: {still:?}"
    );
    house.services().await;
    house.watch().await;
    assert_eq!(look_after(&house, minutes(5)).await, Vec::<String>::new());
    house.close().await;
}

#[tokio::test]
async fn a_country_is_out_of_stock_when_all_its_numbers_are_rented_or_banned() {
    let house = house().await;
    house.stocked(1).await;
    let rented = house.rent().await;
    assert_eq!(look_after(&house, seconds(10)).await, ["out_of_stock - sweden 1"]);
    house.finish(rented.id, 4, "0").await;
    house.tick_after(minutes(2)).await;
    house.watch().await;
    assert_eq!(look_after(&house, minutes(1)).await, Vec::<String>::new());
    let ban = json!({"number": rented.number.to_string(), "reason": "noise", "for": "1h"});
    house.admin_post("/v1/bans", ban).await.ok();
    assert_eq!(look_after(&house, seconds(10)).await, ["out_of_stock - sweden 1"]);
    // What the partner took out of use is not missed, be it the gateway or the number.
    for enabled in [false, true] {
        let change = json!({ "enabled": enabled });
        house.admin(Method::PATCH, "/v1/gateways/bank", Some(change)).await.ok();
        house.watch().await;
        let expected: &[&str] = if enabled { &["out_of_stock - sweden 1"] } else { &[] };
        assert_eq!(look_after(&house, minutes(1)).await, expected);
    }
    house.enable(rented.number, false).await;
    house.watch().await;
    assert_eq!(look_after(&house, minutes(1)).await, Vec::<String>::new());
    house.close().await;
}

#[tokio::test]
async fn a_disk_that_is_almost_full_is_a_trouble_until_it_is_not() {
    let mut house = house().await;
    house.watch().await;
    assert_eq!(open(&house).await, Vec::<String>::new());
    house
        .restart_with(&[("TROUBLES__DISK_FREE_BYTES_MIN", "1152921504606846976")])
        .await;
    house.watch().await;
    assert_eq!(open(&house).await, ["disk_low - - 1"]);
    house.restart_with(&[("TROUBLES__DISK_FREE_BYTES_MIN", "0")]).await;
    house.watch().await;
    assert_eq!(open(&house).await, ["disk_low - - 1"], "a restart ends nothing");
    assert_eq!(look_after(&house, minutes(1)).await, Vec::<String>::new());
    house.close().await;
}

#[tokio::test]
async fn what_ended_is_shown_for_seven_days_and_a_thousand_are_kept() {
    let house = house().await;
    house.stocked(1).await;
    house
        .meddle(
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1500)
             INSERT INTO troubles (kind, began_at, ended_at, count, detail)
             SELECT 'sms_parked', 1795176000000 - n, 1795176000000 - n, 1, 'old' FROM n",
        )
        .await;
    house.rent().await;
    assert_eq!(look_after(&house, seconds(10)).await, ["out_of_stock - sweden 1"]);
    house.finish(1, 4, "0").await;
    house.tick_after(minutes(2)).await;
    house.watch().await;
    look_after(&house, minutes(1)).await;
    assert_eq!(house.count("troubles").await, 1000);
    house.advance(hours(7 * 24));
    assert_eq!(troubles(&house, "ended").await, Vec::<String>::new());
    house.close().await;
}

#[tokio::test]
async fn while_nothing_changes_nothing_is_written() {
    let house = house().await;
    house.stocked(1).await;
    house.rent().await;
    house.watch().await;
    let log = house.file().with_extension("db-wal");
    let before = std::fs::metadata(&log).unwrap().len();
    for _ in 0..20 {
        assert_eq!(look_after(&house, seconds(1)).await, ["out_of_stock - sweden 1"]);
    }
    assert_eq!(std::fs::metadata(&log).unwrap().len(), before);
    house.close().await;
}

#[tokio::test]
async fn a_list_of_troubles_takes_only_what_it_knows() {
    let house = house().await;
    for query in ["state=closed", "kind=disk_low", "limit=0", "cursor=zz"] {
        let path = format!("/v1/troubles?{query}");
        assert_eq!(
            house.admin(axum::http::Method::GET, &path, None).await.code(),
            400,
            "{query}"
        );
    }
    house.close().await;
}
