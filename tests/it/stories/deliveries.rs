//! PUSH_SMS: at once, in order, again every ten seconds, never after acceptance. Rule 7.

use std::sync::Arc;

use leaseline::worker::Worker as _;
use leaseline::worker::deliveries::Deliveries;
use tokio::task::JoinHandle;

use crate::support::onlinesim::gzipped;
use crate::support::{Gate, Gateway, House, MILLISECOND, Rented, Reply, hours, minutes, seconds};

/// A house in which that many numbers are rented.
pub(super) async fn rented(count: u64) -> (House, Gateway, Vec<Rented>) {
    rented_with(count, &[]).await
}

pub(super) async fn rented_with(count: u64, settings: &[(&str, &str)]) -> (House, Gateway, Vec<Rented>) {
    let house = House::with(settings).await;
    let gateway = house.stocked(count).await;
    let mut rented = Vec::new();
    for _ in 0..count {
        rented.push(house.rent().await);
    }
    (house, gateway, rented)
}

/// A pass of the deliveries that goes on while the test does something else.
pub(super) fn pushing(house: &House) -> JoinHandle<()> {
    let deliveries: Arc<Deliveries> = Arc::clone(&house.app().deliveries);
    tokio::spawn(async move {
        deliveries.pass().await.unwrap();
    })
}

pub(super) async fn reason(house: &House, delivery: &str) -> String {
    let messages = house.messages(delivery).await;
    assert_eq!(messages.len(), 1, "{messages:?}");
    messages[0]["delivery"]["reason"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test]
async fn rule_7_a_message_is_pushed_at_once_and_never_after_acceptance() {
    let (mut house, gateway, rented) = rented(1).await;
    house.sms(&gateway, rented[0].number, "code").await;
    let arrived = house.clock.now();
    house.tick().await;
    assert_eq!(house.onlinesim.pushes()[0].at, arrived);
    house.tick_after(seconds(10)).await;
    house.restart().await;
    house.tick_after(hours(30)).await;
    house.finish(rented[0].id, 3, "320").await;
    house.tick_after(seconds(10)).await;
    assert_eq!(house.onlinesim.texts(), ["code"]);
    assert_eq!(house.messages("delivered").await.len(), 1);
    house.close().await;
}

#[tokio::test]
async fn rule_7_messages_of_one_operation_are_pushed_in_order() {
    let (house, gateway, rented) = rented(1).await;
    house.onlinesim.answers([Reply::new(500, ""), Reply::new(500, "")]);
    for text in ["one", "two", "three"] {
        house.sms(&gateway, rented[0].number, text).await;
    }
    house.tick().await;
    assert_eq!(house.onlinesim.texts(), ["one"]);
    house.tick_after(seconds(5)).await;
    house.sms(&gateway, rented[0].number, "four").await;
    house.tick_after(seconds(5)).await;
    assert_eq!(house.onlinesim.texts(), ["one", "one"]);
    house.tick_after(seconds(10)).await;
    assert_eq!(house.onlinesim.texts(), ["one", "one", "one", "two", "three", "four"]);
    house.close().await;
}

#[tokio::test]
async fn rule_7_a_refused_message_makes_way_for_the_next() {
    let (house, gateway, rented) = rented(1).await;
    house.onlinesim.answers([Reply::status("BAD_SERVICE")]);
    for text in ["from a bank", "two"] {
        house.sms(&gateway, rented[0].number, text).await;
    }
    house.tick().await;
    assert_eq!(house.onlinesim.texts(), ["from a bank", "two"]);
    house.close().await;
}

#[tokio::test]
async fn rule_7_operations_do_not_wait_for_each_other() {
    let (house, gateway, rented) = rented(3).await;
    let gate = Gate::default();
    house
        .onlinesim
        .answers_to("slow", [Reply::held(&gate, Reply::status("SUCCESS"))]);
    house.sms(&gateway, rented[0].number, "slow").await;
    house.sms(&gateway, rented[0].number, "behind it").await;
    let pass = pushing(&house);
    house.onlinesim.wait_for(1).await;
    // What arrives while a push is under way goes out at once, too.
    house.sms(&gateway, rented[1].number, "other").await;
    house.onlinesim.wait_for(2).await;
    house.sms(&gateway, rented[2].number, "new").await;
    house.onlinesim.wait_for(3).await;
    assert_eq!(house.onlinesim.texts(), ["slow", "other", "new"]);
    gate.open();
    pass.await.unwrap();
    assert_eq!(house.onlinesim.texts()[3..], ["behind it"]);
    house.close().await;
}

#[tokio::test]
async fn rule_12_only_so_many_pushes_are_under_way_at_once() {
    let (house, gateway, rented) = rented_with(6, &[("PUSH__PARALLEL", "2")]).await;
    let gate = Gate::default();
    house
        .onlinesim
        .always_answers(Reply::held(&gate, Reply::status("SUCCESS")));
    for one in &rented {
        house.sms(&gateway, one.number, "code").await;
    }
    let pass = pushing(&house);
    house.onlinesim.wait_for(2).await;
    // Whatever else could come would come now.
    for _ in 0..2000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(house.onlinesim.pushes().len(), 2);
    gate.open();
    pass.await.unwrap();
    assert_eq!(house.onlinesim.pushes().len(), 6);
    assert_eq!(house.onlinesim.most_at_once(), 2);
    house.close().await;
}

#[tokio::test]
async fn rule_7_whatever_is_no_acceptance_is_tried_again_after_ten_seconds() {
    let (house, gateway, rented) = rented(1).await;
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
        Reply::redirect(&format!("{}/elsewhere", house.onlinesim.url())),
        Reply::Broken,
    ];
    let count = failures.len();
    house.onlinesim.answers(failures);
    house.sms(&gateway, rented[0].number, "code").await;
    house.tick().await;
    for attempt in 1..=count {
        assert_eq!(house.onlinesim.pushes().len(), attempt);
        assert_eq!(house.messages("due").await.len(), 1, "attempt {attempt}");
        house.tick_after(seconds(10) - MILLISECOND).await;
        assert_eq!(house.onlinesim.pushes().len(), attempt, "not before its time");
        house.tick_after(MILLISECOND).await;
    }
    assert_eq!(house.messages("delivered").await.len(), 1);
    let pushes = house.onlinesim.pushes();
    assert_eq!(pushes.len(), count + 1);
    assert!(
        pushes
            .iter()
            .all(|push| push.raw == pushes[0].raw && push.path == pushes[0].path),
        "the same content each time, to the same place"
    );
    house.close().await;
}

#[tokio::test]
async fn rule_7_no_answer_in_time_and_nobody_there_are_tried_again() {
    let (mut house, gateway, rented) = rented_with(1, &[("PUSH__TIMEOUT", "50ms")]).await;
    let gate = Gate::default();
    house.onlinesim.answers([Reply::held(&gate, Reply::status("SUCCESS"))]);
    house.sms(&gateway, rented[0].number, "code").await;
    house.tick().await;
    assert!(reason(&house, "due").await.contains("time-out"));

    let url = house.onlinesim.url();
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    house.restart_with(&[("PUSH__URL", &format!("http://{nobody}"))]).await;
    house.tick_after(seconds(10)).await;
    assert!(reason(&house, "due").await.contains("no connection"));

    house
        .restart_with(&[("PUSH__URL", &url), ("PUSH__TIMEOUT", "10s")])
        .await;
    house.tick_after(seconds(10)).await;
    assert_eq!(house.onlinesim.texts(), ["code", "code"]);
    assert_eq!(house.messages("delivered").await.len(), 1);
    house.close().await;
}

#[tokio::test]
async fn rule_7_every_way_to_accept_is_understood() {
    let (house, gateway, rented) = rented(1).await;
    let answers = [
        Reply::new(200, r#"{"status":"SUCCESS","id":5}"#),
        Reply::new(200, "{}"),
        Reply::new(200, ""),
        gzipped(r#"{"status":"SUCCESS"}"#),
    ];
    let count = answers.len();
    house.onlinesim.answers(answers);
    for index in 0..count {
        house.sms(&gateway, rented[0].number, &format!("code {index}")).await;
    }
    house.tick().await;
    assert_eq!(house.onlinesim.pushes().len(), count);
    assert_eq!(house.messages("delivered").await.len(), count);
    house.close().await;
}

#[tokio::test]
async fn rule_7_a_final_no_is_not_repeated() {
    for (answer, reason_shown) in [
        (Reply::status("NO_OPERATION"), "NO_OPERATION"),
        (Reply::status("NO_OP"), "NO_OPERATION"),
        (Reply::status("BAD_SERVICE"), "BAD_SERVICE"),
        (
            Reply::new(400, r#"{"status":"ERROR","error":"NO_OPERATION"}"#),
            "NO_OPERATION",
        ),
    ] {
        let (mut house, gateway, rented) = rented(1).await;
        house.onlinesim.answers([answer]);
        house.sms(&gateway, rented[0].number, "code").await;
        house.tick().await;
        assert_eq!(reason(&house, "refused").await, reason_shown);
        house.restart().await;
        house.tick_after(minutes(5)).await;
        assert_eq!(house.onlinesim.pushes().len(), 1);
        house.close().await;
    }
}

#[tokio::test]
async fn rule_5_what_was_refused_as_bad_service_is_no_sms_for_the_watchdog() {
    let (house, gateway, rented) = rented(3).await;
    house.onlinesim.answers_to("bank", [Reply::status("BAD_SERVICE")]);
    house.onlinesim.answers_to("both", [Reply::status("BAD_SERVICE")]);
    house.onlinesim.answers_to("no-op", [Reply::status("NO_OPERATION")]);
    house.sms(&gateway, rented[0].number, "bank").await;
    house.sms(&gateway, rented[1].number, "both").await;
    house.sms(&gateway, rented[1].number, "a real one").await;
    house.sms(&gateway, rented[2].number, "no-op").await;
    house.tick().await;
    assert_eq!(house.fate(rented[0].id).await, "waiting");
    house.tick_after(minutes(21)).await;
    assert_eq!(house.fate(rented[0].id).await, "no_sms");
    assert_eq!(house.strikes(rented[0].number).await, 1);
    assert_eq!(house.fate(rented[1].id).await, "receiving");
    assert_eq!(house.fate(rented[2].id).await, "receiving");
    house.close().await;
}
