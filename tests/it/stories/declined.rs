//! What Onlinesim declines again and again makes way for the rest. Rule 7.

use crate::support::{Reply, TestServer, seconds};

#[tokio::test]
async fn rule_7_a_message_that_is_declined_three_times_does_not_delay_others() {
    for no in [
        Reply::status("IGNORED"),
        Reply::status("SERVICE_BAN"),
        Reply::new(200, r#"{"status":"ERROR","error":"text"}"#),
        Reply::new(400, ""),
        Reply::new(403, "<html>"),
    ] {
        let (mut server, gateway, rented) = TestServer::with_rentals(1, &[]).await;
        server.onlinesim.answers_to("bad", vec![no; 7]);
        for text in ["bad", "two", "three"] {
            server.sms(&gateway, rented[0].number, text).await;
        }
        server.tick().await;
        server.tick_after(seconds(10)).await;
        assert_eq!(server.onlinesim.texts(), ["bad", "bad"], "its place is kept twice");
        server.restart().await;
        server.tick_after(seconds(10)).await;
        assert_eq!(server.onlinesim.texts()[2..], ["bad", "two", "three"]);
        // It is tried on, every ten seconds, also after a restart; newer messages go first.
        server.tick_after(seconds(9)).await;
        server.sms(&gateway, rented[0].number, "four").await;
        server.restart().await;
        server.tick().await;
        server.sms(&gateway, rented[0].number, "five").await;
        server.tick_after(seconds(1)).await;
        assert_eq!(server.onlinesim.texts()[5..], ["four", "five", "bad"]);
        for _ in 0..4 {
            server.tick_after(seconds(10)).await;
        }
        assert_eq!(server.onlinesim.texts()[8..], ["bad", "bad", "bad", "bad"]);
        assert_eq!(server.messages("delivered").await.len(), 5);
        server.close().await;
    }
}

#[tokio::test]
async fn rule_7_messages_declined_three_times_take_turns_and_are_parked_in_the_end() {
    let (server, gateway, rented) = TestServer::with_rentals(1, &[("PUSH__AGE_MAX", "55s")]).await;
    server.onlinesim.always_answers(Reply::status("IGNORED"));
    server.sms(&gateway, rented[0].number, "one").await;
    server.sms(&gateway, rented[0].number, "two").await;
    server.tick().await;
    for _ in 0..6 {
        server.tick_after(seconds(10)).await;
    }
    let expected = "one one one two two two one one two one two";
    assert_eq!(server.onlinesim.texts().join(" "), expected);
    server.tick_after(seconds(10)).await;
    assert_eq!(server.messages("parked").await.len(), 2);
    assert_eq!(server.onlinesim.texts().len(), 11, "nothing is tried any more");
    // A message that is sent again has its place and its three attempts again.
    server.onlinesim.always_answers(Reply::status("SUCCESS"));
    for message in server.messages("parked").await {
        let path = format!("/v1/messages/{}/resend", message["id"]);
        server.admin_post(&path, serde_json::json!({})).await.ok();
    }
    server.tick().await;
    assert_eq!(server.messages("delivered").await.len(), 2);
    server.close().await;
}

/// The network or Onlinesim is down: that is not a refusal of the message.
#[tokio::test]
async fn rule_7_a_bad_line_keeps_the_order() {
    for bad in [Reply::new(500, ""), Reply::new(429, ""), Reply::Broken] {
        let (server, gateway, rented) = TestServer::with_rentals(1, &[]).await;
        server.onlinesim.answers_to("one", vec![bad; 9]);
        server.sms(&gateway, rented[0].number, "one").await;
        server.sms(&gateway, rented[0].number, "two").await;
        server.tick().await;
        for _ in 0..9 {
            assert!(!server.onlinesim.texts().contains(&"two".to_owned()));
            server.tick_after(seconds(10)).await;
        }
        assert_eq!(server.onlinesim.texts()[9..], ["one", "two"]);
        server.close().await;
    }
}
