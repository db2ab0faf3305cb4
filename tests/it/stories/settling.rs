//! How deliveries end, and what is done with those that did not end well. Rules 7 and 12.

use serde_json::{Value, json};

use super::deliveries::{pushing, reason, rented, rented_with};
use crate::support::{Gate, House, Reply, hours, minutes, seconds};

#[tokio::test]
async fn rule_12_a_message_that_is_too_old_is_parked() {
    let (house, gateway, rented) = rented_with(1, &[("PUSH__AGE_MAX", "25s")]).await;
    house.onlinesim.always_answers(Reply::new(503, ""));
    house.sms(&gateway, rented[0].number, "code").await;
    house.sms(&gateway, rented[0].number, "second").await;
    house.tick().await;
    for attempts in 2..=3 {
        house.tick_after(seconds(10)).await;
        assert_eq!(house.onlinesim.pushes().len(), attempts);
        assert_eq!(house.messages("parked").await.len(), 0);
    }
    house.tick_after(seconds(10)).await;
    // Too old, both; the second one had its attempt, too.
    assert_eq!(house.onlinesim.texts(), ["code", "code", "code", "code", "second"]);
    assert_eq!(house.messages("parked").await.len(), 2);
    house.tick_after(hours(1)).await;
    assert_eq!(house.onlinesim.pushes().len(), 5);
    house.close().await;
}

#[tokio::test]
async fn rule_7_a_message_of_a_closed_operation_is_tried_once_more_and_then_parked() {
    let (house, gateway, rented) = rented(2).await;
    house
        .onlinesim
        .answers_to("lost", [Reply::new(500, ""), Reply::new(500, "")]);
    house.onlinesim.answers_to("saved", [Reply::new(500, "")]);
    house.sms(&gateway, rented[0].number, "lost").await;
    house.sms(&gateway, rented[1].number, "saved").await;
    house.tick().await;
    house.finish(rented[0].id, 3, "320").await;
    house.finish(rented[1].id, 3, "320").await;
    house.tick_after(seconds(10)).await;
    assert!(reason(&house, "parked").await.contains("HTTP 500"));
    assert_eq!(house.messages("delivered").await[0]["text"], "saved");
    house.tick_after(seconds(10)).await;
    assert_eq!(house.onlinesim.pushes().len(), 4);
    house.close().await;
}

async fn resend(house: &House, message: &Value) -> u16 {
    let path = format!("/v1/messages/{}/resend", message["id"]);
    house.admin_post(&path, json!({})).await.code()
}

#[tokio::test]
async fn rule_7_the_admin_sends_again_what_was_parked_or_refused_but_not_what_was_accepted() {
    let (house, gateway, rented) = rented_with(2, &[("PUSH__AGE_MAX", "5s")]).await;
    house
        .onlinesim
        .answers_to("parked", [Reply::new(500, ""), Reply::new(500, "")]);
    house.onlinesim.answers_to("refused", [Reply::status("BAD_SERVICE")]);
    house.sms(&gateway, rented[0].number, "parked").await;
    house.sms(&gateway, rented[1].number, "refused").await;
    house.tick().await;
    house.tick_after(seconds(10)).await;
    let parked = house.messages("parked").await.remove(0);
    let refused = house.messages("refused").await.remove(0);
    for message in [&parked, &refused] {
        assert!(resend(&house, message).await < 300, "{message}");
    }
    house.tick().await;
    let delivered = house.messages("delivered").await;
    assert_eq!(delivered.len(), 2);
    // A message that Onlinesim took after all counts as an SMS again.
    assert_eq!(house.fate(rented[1].id).await, "receiving");
    for message in &delivered {
        assert_eq!(resend(&house, message).await, 409);
    }
    assert_eq!(resend(&house, &json!({"id": 4711})).await, 404);
    house.tick_after(minutes(1)).await;
    assert_eq!(house.onlinesim.pushes().len(), 5);
    house.close().await;
}

/// A restart in the middle loses none, and repeats none that was accepted.
#[tokio::test]
async fn rule_7_a_restart_in_the_middle_of_deliveries() {
    let (mut house, gateway, rented) = rented(4).await;
    let gate = Gate::default();
    house
        .onlinesim
        .answers_to("under way", [Reply::held(&gate, Reply::status("SUCCESS"))]);
    house.onlinesim.answers_to("failed", [Reply::new(500, "")]);
    house.sms(&gateway, rented[0].number, "accepted").await;
    house.sms(&gateway, rented[1].number, "failed").await;
    house.tick().await;
    house.sms(&gateway, rented[2].number, "under way").await;
    house.sms(&gateway, rented[2].number, "in line").await;
    let pass = pushing(&house);
    house.onlinesim.wait_for(3).await;
    house.sms(&gateway, rented[3].number, "new").await;
    pass.abort();
    let _cancelled = pass.await;
    let before = house.onlinesim.texts();
    house.restart().await;
    assert_eq!(house.messages("delivered").await.len(), 1);
    house.tick().await;
    house.tick_after(seconds(10)).await;
    assert_eq!(house.messages("delivered").await.len(), 5);

    let after = house.onlinesim.texts()[before.len()..].to_vec();
    assert!(!after.contains(&"accepted".to_owned()), "{after:?}");
    let place = |text: &str| after.iter().position(|one| one == text);
    assert!(place("under way").is_some(), "its answer was never heard: {after:?}");
    assert!(place("under way") < place("in line"), "{after:?}");
    assert!(place("failed").is_some(), "{after:?}");
    gate.open();
    house.close().await;
}
