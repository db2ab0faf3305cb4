//! Troubles: what the log reports to an operator, once when it begins and once when it is over.

mod ends;
mod log;
mod suppliers;

use axum::http::Method;
use log::Log;
use serde_json::{Value, json};

use crate::support::{Reply, TestServer, hours, minutes, seconds};

/// `kind gateway country count` of the troubles in that state, the oldest first.
async fn troubles(server: &TestServer, state: &str) -> Vec<String> {
    let mut listed = server.admin_list(&format!("/v1/troubles?state={state}&limit=1")).await;
    listed.reverse();
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let line = |one: &Value| {
        let about = [&one["kind"], &one["gateway"], &one["country"]].map(word).join(" ");
        format!("{about} {}", one["count"])
    };
    listed.iter().map(line).collect()
}

async fn open(server: &TestServer) -> Vec<String> {
    troubles(server, "open").await
}

/// Looks again after that time.
async fn look_after(server: &TestServer, span: std::time::Duration) -> Vec<String> {
    server.advance(span);
    server.watch().await;
    open(server).await
}

/// A server that Onlinesim need not call.
async fn server() -> TestServer {
    TestServer::with(&[("TROUBLES__ONLINESIM_SILENT", "30d")]).await
}

#[tokio::test]
async fn a_trouble_is_one_line_when_it_begins_and_one_when_it_is_over() {
    let server = server().await;
    let gateway = server.stocked(2).await;
    let rented = server.rent().await;
    let (log, _guard) = Log::listen();
    server.onlinesim.always_answers(Reply::new(500, ""));
    server.sms(&gateway, rented.number, "code").await;
    for _ in 0..90 {
        server.tick_after(seconds(10)).await;
        server.watch().await;
    }
    assert_eq!(open(&server).await, ["pushes_failing - - 90", "sms_overdue - - 1"]);
    server.onlinesim.always_answers(Reply::status("SUCCESS"));
    server.tick_after(seconds(10)).await;
    for _ in 0..9 {
        server.tick_after(seconds(10)).await;
        server.watch().await;
    }
    assert_eq!(open(&server).await, Vec::<String>::new());
    assert_eq!(
        log.lines(),
        [
            "a trouble began kind=\"pushes_failing\" count=1 detail=\"no answer: HTTP 5xx, a timeout or a broken connection\"",
            "a trouble began kind=\"sms_overdue\" count=1 detail=\"the oldest has waited 2m\"",
            "a trouble is over kind=\"pushes_failing\" count=90 lasted=14m 50s",
            "a trouble is over kind=\"sms_overdue\" count=1 lasted=13m",
        ]
    );
    server.close().await;
}

#[tokio::test]
async fn parked_and_refused_sms_are_troubles_with_their_reasons() {
    let server = server().await;
    let gateway = server.stocked(3).await;
    let [first, second] = [server.rent().await, server.rent().await];
    server.onlinesim.answers_to("no", [Reply::status("NO_OPERATION")]);
    server.onlinesim.answers_to("later", [Reply::new(500, "")]);
    server.sms(&gateway, first.number, "no").await;
    server.tick().await;
    server.sms(&gateway, second.number, "later").await;
    server.finish(second.id, 4, "0").await;
    server.tick().await;
    server.watch().await;
    let listed = server.admin_list("/v1/troubles").await;
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
    assert_eq!(look_after(&server, seconds(299)).await.len(), 3);
    look_after(&server, seconds(1)).await;
    assert_eq!(
        open(&server).await,
        ["pushes_failing - - 1"],
        "nothing was pushed since"
    );
    server.close().await;
}

#[tokio::test]
async fn a_gateway_that_is_offline_is_a_trouble_while_it_has_numbers() {
    let server = server().await;
    let gateway = server.gateway_with("bank", json!({"heartbeat_timeout": "5m"})).await;
    server.gateway_with("empty", json!({"heartbeat_timeout": "5m"})).await;
    server
        .import(&gateway, "sweden", "telia", 46_700_000_001..=46_700_000_003)
        .await;
    server.heartbeat(&gateway).await;
    server.watch().await;
    assert_eq!(open(&server).await, Vec::<String>::new());
    let offline = ["gateway_offline bank - 3", "out_of_stock - sweden 1"];
    assert_eq!(look_after(&server, minutes(5)).await, offline);
    assert_eq!(look_after(&server, minutes(5)).await, offline, "each once");
    server.heartbeat(&gateway).await;
    assert_eq!(look_after(&server, seconds(59)).await, offline);
    assert_eq!(look_after(&server, seconds(1)).await, Vec::<String>::new());
    assert_eq!(troubles(&server, "ended").await, offline);
    let listed = server.admin_list("/v1/troubles?state=ended").await;
    assert_eq!(listed[1]["began_at"], "2026-11-20T12:05:00.000Z");
    assert_eq!(
        listed[1]["ended_at"], "2026-11-20T12:10:00.000Z",
        "when it was last seen"
    );
    server.close().await;
}

#[tokio::test]
async fn rentals_without_an_sms_one_after_another_make_a_gateway_silent() {
    let mut server = server().await;
    let gateway = server.stocked(4).await;
    server.advance(seconds(1));
    for _ in 0..2 {
        server.rent().await;
    }
    assert_eq!(look_after(&server, minutes(15)).await, Vec::<String>::new());
    let third = server.rent().await;
    assert_eq!(
        look_after(&server, minutes(14)).await,
        Vec::<String>::new(),
        "it has not waited long enough"
    );
    let silent = "gateway_silent bank - 3";
    assert!(look_after(&server, minutes(1)).await.contains(&silent.to_owned()));
    // It is so after a restart, too, and until an SMS from it reaches a rental: one for nobody does not help a renter.
    server.restart().await;
    server.watch().await;
    server.sms(&gateway, 46_799_999_999, "code").await;
    server.watch().await;
    assert!(look_after(&server, minutes(2)).await.contains(&silent.to_owned()));
    server.sms(&gateway, third.number, "code").await;
    server.tick().await;
    server.watch().await;
    assert!(!look_after(&server, minutes(1)).await.contains(&silent.to_owned()));
    server.close().await;
}

#[tokio::test]
async fn onlinesim_is_silent_when_it_asks_for_nothing_although_numbers_are_available() {
    let mut server = TestServer::build().await;
    assert_eq!(
        look_after(&server, hours(1)).await,
        Vec::<String>::new(),
        "nothing to ask for"
    );
    server.stocked(1).await;
    server.services().await;
    server.watch().await;
    assert_eq!(
        look_after(&server, minutes(10) - seconds(1)).await,
        Vec::<String>::new()
    );
    assert_eq!(look_after(&server, seconds(1)).await, ["onlinesim_silent - - 1"]);
    server.restart().await;
    server.watch().await;
    let body = json!({"action": "GET_SERVICES", "key": "wrong"}).to_string();
    assert_eq!(server.post_text("/getServicesRent", body).await.code(), 401);
    let still = look_after(&server, minutes(2)).await;
    assert!(
        still.contains(&"onlinesim_silent - - 1".to_owned()),
        "a wrong key is nobody's: {still:?}"
    );
    server.services().await;
    server.watch().await;
    assert_eq!(look_after(&server, minutes(5)).await, Vec::<String>::new());
    server.close().await;
}

#[tokio::test]
async fn a_country_is_out_of_stock_when_all_its_numbers_are_rented_or_banned() {
    let server = server().await;
    server.stocked(1).await;
    let rented = server.rent().await;
    assert_eq!(look_after(&server, seconds(10)).await, ["out_of_stock - sweden 1"]);
    server.finish(rented.id, 4, "0").await;
    server.tick_after(minutes(2)).await;
    server.watch().await;
    assert_eq!(look_after(&server, minutes(1)).await, Vec::<String>::new());
    let ban = json!({"number": rented.number.to_string(), "reason": "noise", "for": "1h"});
    server.admin_post("/v1/bans", ban).await.ok();
    assert_eq!(look_after(&server, seconds(10)).await, ["out_of_stock - sweden 1"]);
    // What the partner took out of use is not missed, be it the gateway or the number.
    for enabled in [false, true] {
        let change = json!({ "enabled": enabled });
        server
            .admin(Method::PATCH, "/v1/gateways/bank", Some(change))
            .await
            .ok();
        server.watch().await;
        let expected: &[&str] = if enabled { &["out_of_stock - sweden 1"] } else { &[] };
        assert_eq!(look_after(&server, minutes(1)).await, expected);
    }
    server.enable(rented.number, false).await;
    server.watch().await;
    assert_eq!(look_after(&server, minutes(1)).await, Vec::<String>::new());
    server.close().await;
}

#[tokio::test]
async fn a_disk_that_is_almost_full_is_a_trouble_until_it_is_not() {
    let mut server = server().await;
    server.watch().await;
    assert_eq!(open(&server).await, Vec::<String>::new());
    server
        .restart_with(&[("TROUBLES__DISK_FREE_BYTES_MIN", "1152921504606846976")])
        .await;
    server.watch().await;
    assert_eq!(open(&server).await, ["disk_low - - 1"]);
    server.restart_with(&[("TROUBLES__DISK_FREE_BYTES_MIN", "0")]).await;
    server.watch().await;
    assert_eq!(open(&server).await, ["disk_low - - 1"], "a restart ends nothing");
    assert_eq!(look_after(&server, minutes(1)).await, Vec::<String>::new());
    server.close().await;
}

#[tokio::test]
async fn what_ended_is_shown_for_seven_days_and_a_thousand_are_kept() {
    let server = server().await;
    server.stocked(1).await;
    server
        .execute_sql(
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1500)
             INSERT INTO troubles (kind, began_at, ended_at, count, detail)
             SELECT 'sms_parked', 1795176000000 - n, 1795176000000 - n, 1, 'old' FROM n",
        )
        .await;
    server.rent().await;
    assert_eq!(look_after(&server, seconds(10)).await, ["out_of_stock - sweden 1"]);
    server.finish(1, 4, "0").await;
    server.tick_after(minutes(2)).await;
    server.watch().await;
    look_after(&server, minutes(1)).await;
    assert_eq!(server.count("troubles").await, 1000);
    server.advance(hours(7 * 24));
    assert_eq!(troubles(&server, "ended").await, Vec::<String>::new());
    server.close().await;
}

#[tokio::test]
async fn while_nothing_changes_nothing_is_written() {
    let server = server().await;
    server.stocked(1).await;
    server.rent().await;
    server.watch().await;
    let log = server.file().with_extension("db-wal");
    let before = std::fs::metadata(&log).unwrap().len();
    for _ in 0..20 {
        assert_eq!(look_after(&server, seconds(1)).await, ["out_of_stock - sweden 1"]);
    }
    assert_eq!(std::fs::metadata(&log).unwrap().len(), before);
    server.close().await;
}

#[tokio::test]
async fn a_list_of_troubles_takes_only_what_it_knows() {
    let server = server().await;
    for query in ["state=closed", "kind=disk_low", "limit=0", "cursor=zz"] {
        let path = format!("/v1/troubles?{query}");
        assert_eq!(
            server.admin(axum::http::Method::GET, &path, None).await.code(),
            400,
            "{query}"
        );
    }
    server.close().await;
}
