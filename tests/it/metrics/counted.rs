//! What each family counts.

use axum::http::Method;
use serde_json::json;

use super::Scrape;
use crate::support::inbound::of_three;
use crate::support::test_server::ADMIN_TOKEN;
use crate::support::{KEY, NUMBER, Reply, TestServer, hours, minutes, seconds};

#[track_caller]
fn expect(scrape: &Scrape, expected: &[(&str, f64)]) {
    for (name, value) in expected {
        let found = scrape.value(name);
        assert!(
            (found - value).abs() < 1e-9,
            "{name} is {found}, not {value}:\n{}",
            scrape.text
        );
    }
}

#[tokio::test]
async fn the_requests_of_onlinesim_by_action_and_status() {
    let server = TestServer::build().await;
    server.stocked(1).await;
    let rented = server.rent().await;
    assert_eq!(server.get_number().await, None);
    server.services().await;
    server.finish(rented.id, 4, "0").await;
    assert_eq!(server.finish_answer(9_999, 4, "0").await.code(), 404);
    server.advance(seconds(5));
    let body = json!({"action": "GET_NUMBER", "service": "rent", "sum": "free"});
    assert_eq!(server.post("/getNumberRent", body).await.code(), 400);
    assert_eq!(server.post_text("/getNumberRent", "{").await.code(), 400);
    assert_eq!(server.post("/nowhere", json!({})).await.code(), 404);
    let wrong = json!({"action": "GET_SERVICES", "key": "wrong"}).to_string();
    assert_eq!(server.post_text("/", wrong).await.code(), 401);
    let scrape = Scrape::of(&server).await;
    let count = |action: &str, status: &str| {
        scrape.value(&format!(
            "onlinesim_request_seconds_count{{action=\"{action}\",status=\"{status}\"}}"
        ))
    };
    for (action, status, expected) in [
        ("get_number", "success", 1.0),
        ("get_number", "no_numbers", 1.0),
        ("get_number", "invalid", 1.0),
        ("get_services", "success", 1.0),
        ("get_services", "unauthorized", 0.0),
        ("finish_activation", "success", 1.0),
        ("finish_activation", "not_found", 1.0),
        ("unknown", "invalid", 1.0),
        ("unknown", "unauthorized", 1.0),
        ("unknown", "unavailable", 0.0),
    ] {
        assert_eq!(count(action, status), expected, "{action} {status}\n{}", scrape.text);
    }
    let time = |action: &str| {
        scrape.value(&format!(
            "onlinesim_last_request_timestamp_seconds{{action=\"{action}\"}}"
        ))
    };
    assert_eq!(time("get_number") - time("get_services"), 5.0);
    let commits = scrape.value("commit_seconds_count");
    assert!(commits >= 3.0, "{commits}");
    expect(
        &scrape,
        &[
            ("batch_requests_count{kind=\"rent_number\"}", 2.0),
            ("batch_requests_sum{kind=\"finish_operation\"}", 2.0),
        ],
    );
    server.close().await;
}

#[tokio::test]
async fn rentals_their_sms_and_the_money() {
    let (server, gateway, rented) = TestServer::with_rentals(4, &[("RENT__STRIKES_MAX", "1")]).await;
    server.advance(seconds(7));
    server
        .onlinesim
        .answers([Reply::new(500, ""), Reply::status("IGNORED")]);
    server.sms(&gateway, rented[0].number, "code").await;
    server.tick().await;
    let waiting = Scrape::of(&server).await;
    expect(
        &waiting,
        &[
            ("operations_open{state=\"waiting\"}", 3.0),
            ("operations_open{state=\"receiving\"}", 1.0),
            ("deliveries{state=\"due\"}", 1.0),
            ("deliveries_oldest_due_seconds", 0.0),
            ("push_seconds_count{result=\"failed\"}", 1.0),
            ("ledger_kopecks{sum=\"expected\"}", 128_000.0),
            ("numbers{country=\"sweden\",state=\"rented\"}", 4.0),
            ("numbers_promised{country=\"sweden\"}", 0.0),
        ],
    );
    server.tick_after(seconds(10)).await;
    server.tick_after(seconds(10)).await;
    server.sms(&gateway, rented[0].number, "code").await;
    server.sms(&gateway, rented[0].number, "another").await;
    server.sms(&gateway, 46_709_999_999, "nobody's").await;
    server.deliver(&gateway, [of_three(rented[1].number, 1)]).await;
    assert_eq!(
        server
            .sms_answer(&gateway.token, json!({"text": "no receiver"}))
            .await
            .code(),
        400
    );
    server.finish(rented[0].id, 3, "320").await;
    server.finish(rented[1].id, 4, "0").await;
    server.force(rented[2].id).await;
    server.tick_after(minutes(22)).await;
    let scrape = Scrape::of(&server).await;
    expect(
        &scrape,
        &[
            ("operations_closed_total{outcome=\"sold\"}", 1.0),
            ("operations_closed_total{outcome=\"cancelled\"}", 1.0),
            ("operations_closed_total{outcome=\"forced\"}", 1.0),
            ("operations_closed_total{outcome=\"no_sms\"}", 1.0),
            ("operations_open{state=\"waiting\"}", 0.0),
            // 7 s, and 27 s until the first part of a concatenated one.
            ("first_sms_seconds_sum", 34.0),
            ("first_sms_seconds_bucket{le=\"5.0\"}", 0.0),
            ("first_sms_seconds_bucket{le=\"10.0\"}", 1.0),
            ("first_sms_seconds_count", 2.0),
            ("push_seconds_count{result=\"declined\"}", 1.0),
            // 20 s, and 22 minutes, also for the part that is pushed by itself.
            ("sms_acceptance_seconds_bucket{le=\"10.0\"}", 0.0),
            ("sms_acceptance_seconds_bucket{le=\"30.0\"}", 1.0),
            ("sms_acceptance_seconds_count", 3.0),
            ("strikes_total", 1.0),
            ("bans_total{cause=\"strikes\"}", 1.0),
            ("discrepancies_total", 0.0),
            ("numbers{country=\"sweden\",state=\"banned\"}", 1.0),
            ("numbers{country=\"sweden\",state=\"available\"}", 3.0),
            ("numbers_promised{country=\"sweden\"}", 3.0),
            ("ledger_kopecks{sum=\"expected\"}", 0.0),
            ("ledger_kopecks{sum=\"posted\"}", 32_000.0),
            ("ledger_kopecks{sum=\"voided\"}", 96_000.0),
            ("sms_received_total{gateway=\"bank\",result=\"assigned\"}", 2.0),
            ("sms_received_total{gateway=\"bank\",result=\"duplicate\"}", 1.0),
            ("sms_received_total{gateway=\"bank\",result=\"unassigned\"}", 1.0),
            ("sms_received_total{gateway=\"bank\",result=\"invalid\"}", 1.0),
        ],
    );
    // Onlinesim claims a sale after the watchdog has closed the rental.
    server.finish(rented[3].id, 3, "320").await;
    server
        .admin_post("/v1/bans", json!({"number": NUMBER.to_string(), "reason": "noisy"}))
        .await
        .ok();
    let scrape = Scrape::of(&server).await;
    expect(
        &scrape,
        &[("discrepancies_total", 1.0), ("bans_total{cause=\"admin\"}", 1.0)],
    );
    server.tick().await;
    server.close().await;
}

#[tokio::test]
async fn gateways_and_the_states_of_numbers() {
    let server = TestServer::with(&[("RENT__REST", "1m")]).await;
    let more = json!({"capacity": 3, "heartbeat_timeout": "5m"});
    let bank = server.gateway_with("bank", more).await;
    server.gateway_with("idle", json!({"enabled": false})).await;
    server.import(&bank, "norway", "telenor", NUMBER..NUMBER + 6).await;
    assert!(!Scrape::of(&server).await.has("gateway_online{gateway=\"idle\"}"));
    expect(
        &Scrape::of(&server).await,
        &[
            ("gateway_online{gateway=\"bank\"}", 0.0),
            ("gateways{state=\"offline\"}", 1.0),
        ],
    );
    server.heartbeat(&bank).await;
    let rented = server.rent().await;
    server.rent().await;
    server.finish(rented.id, 4, "0").await;
    server.sms(&bank, rented.number, "late").await;
    let free = (NUMBER..NUMBER + 6).filter(|number| *number != rented.number);
    server.enable(free.clone().nth(4).unwrap(), false).await;
    let scrape = Scrape::of(&server).await;
    expect(
        &scrape,
        &[
            ("gateways{state=\"online\"}", 1.0),
            ("gateways{state=\"disabled\"}", 1.0),
            ("gateway_online{gateway=\"bank\"}", 1.0),
            ("gateway_rented{gateway=\"bank\"}", 1.0),
            ("gateway_capacity{gateway=\"bank\"}", 3.0),
            ("numbers{country=\"norway\",state=\"available\"}", 3.0),
            ("numbers{country=\"norway\",state=\"rented\"}", 1.0),
            ("numbers{country=\"norway\",state=\"resting\"}", 1.0),
            ("numbers{country=\"norway\",state=\"disabled\"}", 1.0),
            ("numbers_promised{country=\"norway\"}", 2.0),
        ],
    );
    let last = scrape.value("gateway_last_sms_timestamp_seconds{gateway=\"bank\"}");
    assert!(last > 1.7e9, "{last}");
    // No worker moves the log into the file here.
    assert!(scrape.value("storage_bytes{file=\"log\"}") > 1e5);
    assert!(scrape.value("storage_bytes{file=\"database\"}") > 0.0);
    assert!(scrape.value("disk_size_bytes") > scrape.value("disk_free_bytes"));
    // The watchdog closes the other rental, and its number rests.
    server.tick_after(hours(1)).await;
    server.tick_after(minutes(2)).await;
    server.watch().await;
    let scrape = Scrape::of(&server).await;
    expect(
        &scrape,
        &[
            ("troubles_open{kind=\"gateway_offline\"}", 1.0),
            ("troubles_open{kind=\"disk_low\"}", 0.0),
            ("gateway_online{gateway=\"bank\"}", 0.0),
            ("numbers{country=\"norway\",state=\"resting\"}", 0.0),
        ],
    );
    server.close().await;
}

/// Without the database, what was counted in memory is still there; what would have to be read is missing, and not 0.
#[tokio::test]
async fn a_database_that_cannot_be_read_hides_nothing_else() {
    let mut server = TestServer::build().await;
    server.stocked(1).await;
    assert_eq!(Scrape::of(&server).await.value("database_readable"), 1.0);
    server.app().database.close().await;
    let answer = server.admin(Method::GET, "/metrics", None).await.ok();
    let scrape = Scrape::parse(answer.text());
    assert_eq!(scrape.value("database_readable"), 0.0);
    assert!(scrape.has("strikes_total"));
    assert!(!scrape.has("ledger_kopecks{sum=\"posted\"}"));
    server.restart().await;
    server.close().await;
}

/// Rule 11.
#[tokio::test]
async fn rule_11_no_number_sender_text_or_secret_is_in_it() {
    let (server, gateway, rented) = TestServer::with_rentals(3, &[]).await;
    let sms = json!({"from": "SecretSender", "to": format!("+{}", rented[0].number), "text": "Secret text 4821"});
    assert_eq!(server.sms_answer(&gateway.token, sms).await.code(), 200);
    server.onlinesim.answers([Reply::new(500, "Secret answer")]);
    server.tick().await;
    server.tick_after(minutes(25)).await;
    server.watch().await;
    let scrape = Scrape::of(&server).await;
    let secrets = [
        KEY,
        ADMIN_TOKEN,
        &gateway.token,
        "SecretSender",
        "Secret text",
        "Secret answer",
        "4821",
    ];
    for secret in secrets
        .iter()
        .map(|secret| (*secret).to_owned())
        .chain(rented.iter().map(|one| one.number.to_string()))
    {
        assert!(!scrape.text.contains(&secret), "{secret}");
    }
    server.tick_after(hours(30)).await;
    server.close().await;
}
