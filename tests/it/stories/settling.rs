//! How deliveries end, and what is done with those that did not end well. Rules 7 and 12.

use serde_json::{Value, json};

use super::deliveries::{pushing, reason};
use crate::support::{Gate, Reply, TestServer, hours, minutes, seconds};

#[tokio::test]
async fn rule_12_a_message_that_is_too_old_is_parked() {
    let (server, gateway, rented) = TestServer::with_rentals(1, &[("PUSH__AGE_MAX", "25s")]).await;
    server.onlinesim.always_answers(Reply::new(503, ""));
    server.sms(&gateway, rented[0].number, "code").await;
    server.sms(&gateway, rented[0].number, "second").await;
    server.tick().await;
    for attempts in 2..=3 {
        server.tick_after(seconds(10)).await;
        assert_eq!(server.onlinesim.pushes().len(), attempts);
        assert_eq!(server.messages("parked").await.len(), 0);
    }
    server.tick_after(seconds(10)).await;
    // Too old, both; the second one had its attempt, too.
    assert_eq!(server.onlinesim.texts(), ["code", "code", "code", "code", "second"]);
    assert_eq!(server.messages("parked").await.len(), 2);
    server.tick_after(hours(1)).await;
    assert_eq!(server.onlinesim.pushes().len(), 5);
    server.close().await;
}

#[tokio::test]
async fn rule_7_a_message_of_a_closed_operation_is_tried_once_more_and_then_parked() {
    let (server, gateway, rented) = TestServer::with_rentals(2, &[]).await;
    server
        .onlinesim
        .answers_to("lost", [Reply::new(500, ""), Reply::new(500, "")]);
    server.onlinesim.answers_to("saved", [Reply::new(500, "")]);
    server.sms(&gateway, rented[0].number, "lost").await;
    server.sms(&gateway, rented[1].number, "saved").await;
    server.tick().await;
    server.finish(rented[0].id, 3, "320").await;
    server.finish(rented[1].id, 3, "320").await;
    server.tick_after(seconds(10)).await;
    assert!(reason(&server, "parked").await.contains("HTTP 500"));
    assert_eq!(server.messages("delivered").await[0]["text"], "saved");
    server.tick_after(seconds(10)).await;
    assert_eq!(server.onlinesim.pushes().len(), 4);
    server.close().await;
}

async fn resend(server: &TestServer, message: &Value) -> u16 {
    let path = format!("/v1/messages/{}/resend", message["id"]);
    server.admin_post(&path, json!({})).await.code()
}

#[tokio::test]
async fn rule_7_the_admin_sends_again_what_was_parked_or_refused_but_not_what_was_accepted() {
    let (server, gateway, rented) = TestServer::with_rentals(2, &[("PUSH__AGE_MAX", "5s")]).await;
    server
        .onlinesim
        .answers_to("parked", [Reply::new(500, ""), Reply::new(500, "")]);
    server.onlinesim.answers_to("refused", [Reply::status("BAD_SERVICE")]);
    server.sms(&gateway, rented[0].number, "parked").await;
    server.sms(&gateway, rented[1].number, "refused").await;
    server.tick().await;
    server.tick_after(seconds(10)).await;
    let parked = server.messages("parked").await.remove(0);
    let refused = server.messages("refused").await.remove(0);
    for message in [&parked, &refused] {
        assert!(resend(&server, message).await < 300, "{message}");
    }
    server.tick().await;
    let delivered = server.messages("delivered").await;
    assert_eq!(delivered.len(), 2);
    // A message that Onlinesim took after all counts as an SMS again.
    assert_eq!(server.fate(rented[1].id).await, "receiving");
    for message in &delivered {
        assert_eq!(resend(&server, message).await, 409);
    }
    assert_eq!(resend(&server, &json!({"id": 4711})).await, 404);
    server.tick_after(minutes(1)).await;
    assert_eq!(server.onlinesim.pushes().len(), 5);
    server.close().await;
}

/// A restart in the middle loses none, and repeats none that was accepted.
#[tokio::test]
async fn rule_7_a_restart_in_the_middle_of_deliveries() {
    let (mut server, gateway, rented) = TestServer::with_rentals(4, &[]).await;
    let gate = Gate::default();
    server
        .onlinesim
        .answers_to("under way", [Reply::held(&gate, Reply::status("SUCCESS"))]);
    server.onlinesim.answers_to("failed", [Reply::new(500, "")]);
    server.sms(&gateway, rented[0].number, "accepted").await;
    server.sms(&gateway, rented[1].number, "failed").await;
    server.tick().await;
    server.sms(&gateway, rented[2].number, "under way").await;
    server.sms(&gateway, rented[2].number, "in line").await;
    let pass = pushing(&server);
    server.onlinesim.wait_for(3).await;
    server.sms(&gateway, rented[3].number, "new").await;
    pass.abort();
    let _cancelled = pass.await;
    let before = server.onlinesim.texts();
    server.restart().await;
    assert_eq!(server.messages("delivered").await.len(), 1);
    server.tick().await;
    server.tick_after(seconds(10)).await;
    assert_eq!(server.messages("delivered").await.len(), 5);

    let after = server.onlinesim.texts()[before.len()..].to_vec();
    assert!(!after.contains(&"accepted".to_owned()), "{after:?}");
    let place = |text: &str| after.iter().position(|one| one == text);
    assert!(place("under way").is_some(), "its answer was never received: {after:?}");
    assert!(place("under way") < place("in line"), "{after:?}");
    assert!(place("failed").is_some(), "{after:?}");
    gate.open();
    server.close().await;
}
