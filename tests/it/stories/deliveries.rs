//! PUSH_SMS: at once, in order, again every ten seconds, never after acceptance. Rule 7.

use std::sync::Arc;

use leaseline::worker::Worker as _;
use leaseline::worker::deliveries::Deliveries;
use tokio::task::JoinHandle;

use crate::support::onlinesim::gzipped;
use crate::support::{Gate, MILLISECOND, Reply, TestServer, hours, minutes, seconds};

/// A pass of the deliveries that goes on while the test does something else.
pub(super) fn pushing(server: &TestServer) -> JoinHandle<()> {
    let deliveries: Arc<Deliveries> = Arc::clone(&server.app().deliveries);
    tokio::spawn(async move {
        deliveries.pass().await.unwrap();
    })
}

pub(super) async fn reason(server: &TestServer, delivery: &str) -> String {
    let messages = server.messages(delivery).await;
    assert_eq!(messages.len(), 1, "{messages:?}");
    messages[0]["delivery"]["reason"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test]
async fn rule_7_a_message_is_pushed_at_once_and_never_after_acceptance() {
    let (mut server, gateway, rented) = TestServer::with_rentals(1, &[]).await;
    server.sms(&gateway, rented[0].number, "code").await;
    let arrived = server.clock.now();
    server.tick().await;
    assert_eq!(server.onlinesim.pushes()[0].at, arrived);
    server.tick_after(seconds(10)).await;
    server.restart().await;
    server.tick_after(hours(30)).await;
    server.finish(rented[0].id, 3, "320").await;
    server.tick_after(seconds(10)).await;
    assert_eq!(server.onlinesim.texts(), ["code"]);
    assert_eq!(server.messages("delivered").await.len(), 1);
    server.close().await;
}

#[tokio::test]
async fn rule_7_messages_of_one_operation_are_pushed_in_order() {
    let (server, gateway, rented) = TestServer::with_rentals(1, &[]).await;
    server.onlinesim.answers([Reply::new(500, ""), Reply::new(500, "")]);
    for text in ["one", "two", "three"] {
        server.sms(&gateway, rented[0].number, text).await;
    }
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["one"]);
    server.tick_after(seconds(5)).await;
    server.sms(&gateway, rented[0].number, "four").await;
    server.tick_after(seconds(5)).await;
    assert_eq!(server.onlinesim.texts(), ["one", "one"]);
    server.tick_after(seconds(10)).await;
    assert_eq!(server.onlinesim.texts(), ["one", "one", "one", "two", "three", "four"]);
    server.close().await;
}

#[tokio::test]
async fn rule_7_a_refused_message_makes_way_for_the_next() {
    let (server, gateway, rented) = TestServer::with_rentals(1, &[]).await;
    server.onlinesim.answers([Reply::status("BAD_SERVICE")]);
    for text in ["from a bank", "two"] {
        server.sms(&gateway, rented[0].number, text).await;
    }
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["from a bank", "two"]);
    server.close().await;
}

#[tokio::test]
async fn rule_7_operations_do_not_wait_for_each_other() {
    let (server, gateway, rented) = TestServer::with_rentals(3, &[]).await;
    let gate = Gate::default();
    server
        .onlinesim
        .answers_to("slow", [Reply::held(&gate, Reply::status("SUCCESS"))]);
    server.sms(&gateway, rented[0].number, "slow").await;
    server.sms(&gateway, rented[0].number, "behind it").await;
    let pass = pushing(&server);
    server.onlinesim.wait_for(1).await;
    // What arrives while a push is under way goes out at once, too.
    server.sms(&gateway, rented[1].number, "other").await;
    server.onlinesim.wait_for(2).await;
    server.sms(&gateway, rented[2].number, "new").await;
    server.onlinesim.wait_for(3).await;
    assert_eq!(server.onlinesim.texts(), ["slow", "other", "new"]);
    gate.open();
    pass.await.unwrap();
    assert_eq!(server.onlinesim.texts()[3..], ["behind it"]);
    server.close().await;
}

#[tokio::test]
async fn rule_12_only_so_many_pushes_are_under_way_at_once() {
    let (server, gateway, rented) = TestServer::with_rentals(6, &[("PUSH__PARALLEL", "2")]).await;
    let gate = Gate::default();
    server
        .onlinesim
        .always_answers(Reply::held(&gate, Reply::status("SUCCESS")));
    for one in &rented {
        server.sms(&gateway, one.number, "code").await;
    }
    let pass = pushing(&server);
    server.onlinesim.wait_for(2).await;
    // Whatever else could come would come now.
    for _ in 0..2000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.onlinesim.pushes().len(), 2);
    gate.open();
    pass.await.unwrap();
    assert_eq!(server.onlinesim.pushes().len(), 6);
    assert_eq!(server.onlinesim.most_at_once(), 2);
    server.close().await;
}

#[tokio::test]
async fn rule_7_any_answer_but_an_acceptance_is_tried_again_after_ten_seconds() {
    let (server, gateway, rented) = TestServer::with_rentals(1, &[]).await;
    let large = format!(r#"{{"status":"SUCCESS","padding":"{}"}}"#, "x".repeat(100_000));
    let failures = [
        Reply::status("IGNORED"),
        Reply::status("SERVICE_BAN"),
        Reply::new(200, r#"{"status":"ERROR","error":"try later"}"#),
        Reply::new(200, "<html>"),
        Reply::new(200, &large),
        Reply::new(201, r#"{"status":"SUCCESS"}"#),
        Reply::new(204, ""),
        Reply::new(400, r#"{"status":"SUCCESS"}"#),
        Reply::new(401, ""),
        Reply::new(404, ""),
        Reply::new(500, r#"{"status":"SUCCESS"}"#),
        Reply::new(502, r#"{"status":"NO_OPERATION"}"#),
        Reply::redirect(&format!("{}/elsewhere", server.onlinesim.url())),
        Reply::Broken,
    ];
    let count = failures.len();
    server.onlinesim.answers(failures);
    server.sms(&gateway, rented[0].number, "code").await;
    server.tick().await;
    for attempt in 1..=count {
        assert_eq!(server.onlinesim.pushes().len(), attempt);
        assert_eq!(server.messages("due").await.len(), 1, "attempt {attempt}");
        server.tick_after(seconds(10) - MILLISECOND).await;
        assert_eq!(server.onlinesim.pushes().len(), attempt, "not before its time");
        server.tick_after(MILLISECOND).await;
    }
    assert_eq!(server.messages("delivered").await.len(), 1);
    let pushes = server.onlinesim.pushes();
    assert_eq!(pushes.len(), count + 1);
    assert!(
        pushes
            .iter()
            .all(|push| push.raw == pushes[0].raw && push.path == pushes[0].path),
        "the same content each time, to the same place"
    );
    server.close().await;
}

#[tokio::test]
async fn rule_7_a_timeout_and_a_refused_connection_are_tried_again() {
    let (mut server, gateway, rented) = TestServer::with_rentals(1, &[("PUSH__TIMEOUT", "50ms")]).await;
    let gate = Gate::default();
    server.onlinesim.answers([Reply::held(&gate, Reply::status("SUCCESS"))]);
    server.sms(&gateway, rented[0].number, "code").await;
    server.tick().await;
    assert!(reason(&server, "due").await.contains("timeout"));

    let url = server.onlinesim.url();
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    server.restart_with(&[("PUSH__URL", &format!("http://{nobody}"))]).await;
    server.tick_after(seconds(10)).await;
    assert!(reason(&server, "due").await.contains("no connection"));

    server
        .restart_with(&[("PUSH__URL", &url), ("PUSH__TIMEOUT", "10s")])
        .await;
    server.tick_after(seconds(10)).await;
    assert_eq!(server.onlinesim.texts(), ["code", "code"]);
    assert_eq!(server.messages("delivered").await.len(), 1);
    server.close().await;
}

#[tokio::test]
async fn rule_7_every_way_to_accept_is_understood() {
    let (server, gateway, rented) = TestServer::with_rentals(1, &[]).await;
    let answers = [
        Reply::new(200, r#"{"status":"SUCCESS","id":5}"#),
        Reply::new(200, "{}"),
        Reply::new(200, ""),
        gzipped(r#"{"status":"SUCCESS"}"#),
    ];
    let count = answers.len();
    server.onlinesim.answers(answers);
    for index in 0..count {
        server.sms(&gateway, rented[0].number, &format!("code {index}")).await;
    }
    server.tick().await;
    assert_eq!(server.onlinesim.pushes().len(), count);
    assert_eq!(server.messages("delivered").await.len(), count);
    server.close().await;
}

#[tokio::test]
async fn rule_7_a_final_refusal_is_not_repeated() {
    for (answer, reason_shown) in [
        (Reply::status("NO_OPERATION"), "NO_OPERATION"),
        (Reply::status("NO_OP"), "NO_OPERATION"),
        (Reply::status("BAD_SERVICE"), "BAD_SERVICE"),
        (
            Reply::new(400, r#"{"status":"ERROR","error":"NO_OPERATION"}"#),
            "NO_OPERATION",
        ),
    ] {
        let (mut server, gateway, rented) = TestServer::with_rentals(1, &[]).await;
        server.onlinesim.answers([answer]);
        server.sms(&gateway, rented[0].number, "code").await;
        server.tick().await;
        assert_eq!(reason(&server, "refused").await, reason_shown);
        server.restart().await;
        server.tick_after(minutes(5)).await;
        assert_eq!(server.onlinesim.pushes().len(), 1);
        server.close().await;
    }
}

#[tokio::test]
async fn rule_5_an_sms_refused_as_bad_service_does_not_count_for_the_watchdog() {
    let (server, gateway, rented) = TestServer::with_rentals(3, &[]).await;
    server.onlinesim.answers_to("bank", [Reply::status("BAD_SERVICE")]);
    server.onlinesim.answers_to("both", [Reply::status("BAD_SERVICE")]);
    server.onlinesim.answers_to("no-op", [Reply::status("NO_OPERATION")]);
    server.sms(&gateway, rented[0].number, "bank").await;
    server.sms(&gateway, rented[1].number, "both").await;
    server.sms(&gateway, rented[1].number, "a real one").await;
    server.sms(&gateway, rented[2].number, "no-op").await;
    server.tick().await;
    assert_eq!(server.fate(rented[0].id).await, "waiting");
    server.tick_after(minutes(21)).await;
    assert_eq!(server.fate(rented[0].id).await, "no_sms");
    assert_eq!(server.strikes(rented[0].number).await, 1);
    assert_eq!(server.fate(rented[1].id).await, "receiving");
    assert_eq!(server.fate(rented[2].id).await, "receiving");
    server.close().await;
}
