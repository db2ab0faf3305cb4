//! What Onlinesim declines again and again makes way for the rest. Rule 7.

use super::deliveries::{rented, rented_with};
use crate::support::{Reply, seconds};

#[tokio::test]
async fn rule_7_a_message_that_is_declined_three_times_holds_up_nobody() {
    for no in [
        Reply::status("IGNORED"),
        Reply::status("SERVICE_BAN"),
        Reply::new(200, r#"{"status":"ERROR","error":"text"}"#),
        Reply::new(400, ""),
        Reply::new(403, "<html>"),
    ] {
        let (mut house, gateway, rented) = rented(1).await;
        house.onlinesim.answers_to("bad", vec![no; 7]);
        for text in ["bad", "two", "three"] {
            house.sms(&gateway, rented[0].number, text).await;
        }
        house.tick().await;
        house.tick_after(seconds(10)).await;
        assert_eq!(house.onlinesim.texts(), ["bad", "bad"], "its place is kept twice");
        house.restart().await;
        house.tick_after(seconds(10)).await;
        assert_eq!(house.onlinesim.texts()[2..], ["bad", "two", "three"]);
        // It is tried on, every ten seconds, also after a restart; whoever comes goes first.
        house.tick_after(seconds(9)).await;
        house.sms(&gateway, rented[0].number, "four").await;
        house.restart().await;
        house.tick().await;
        house.sms(&gateway, rented[0].number, "five").await;
        house.tick_after(seconds(1)).await;
        assert_eq!(house.onlinesim.texts()[5..], ["four", "five", "bad"]);
        for _ in 0..4 {
            house.tick_after(seconds(10)).await;
        }
        assert_eq!(house.onlinesim.texts()[8..], ["bad", "bad", "bad", "bad"]);
        assert_eq!(house.messages("delivered").await.len(), 5);
        house.close().await;
    }
}

#[tokio::test]
async fn rule_7_those_that_were_declined_three_times_take_turns_and_are_parked_in_the_end() {
    let (house, gateway, rented) = rented_with(1, &[("PUSH__AGE_MAX", "55s")]).await;
    house.onlinesim.always_answers(Reply::status("IGNORED"));
    house.sms(&gateway, rented[0].number, "one").await;
    house.sms(&gateway, rented[0].number, "two").await;
    house.tick().await;
    for _ in 0..6 {
        house.tick_after(seconds(10)).await;
    }
    let expected = "one one one two two two one one two one two";
    assert_eq!(house.onlinesim.texts().join(" "), expected);
    house.tick_after(seconds(10)).await;
    assert_eq!(house.messages("parked").await.len(), 2);
    assert_eq!(house.onlinesim.texts().len(), 11, "nothing is tried any more");
    // Whoever is sent again has its place and its three attempts again.
    house.onlinesim.always_answers(Reply::status("SUCCESS"));
    for message in house.messages("parked").await {
        let path = format!("/v1/messages/{}/resend", message["id"]);
        house.admin_post(&path, serde_json::json!({})).await.ok();
    }
    house.tick().await;
    assert_eq!(house.messages("delivered").await.len(), 2);
    house.close().await;
}

/// The line is down, or Onlinesim is: nothing is said of the message.
#[tokio::test]
async fn rule_7_a_bad_line_keeps_the_order() {
    for bad in [Reply::new(500, ""), Reply::new(429, ""), Reply::Broken] {
        let (house, gateway, rented) = rented(1).await;
        house.onlinesim.answers_to("one", vec![bad; 9]);
        house.sms(&gateway, rented[0].number, "one").await;
        house.sms(&gateway, rented[0].number, "two").await;
        house.tick().await;
        for _ in 0..9 {
            assert!(!house.onlinesim.texts().contains(&"two".to_owned()));
            house.tick_after(seconds(10)).await;
        }
        assert_eq!(house.onlinesim.texts()[9..], ["one", "two"]);
        house.close().await;
    }
}
