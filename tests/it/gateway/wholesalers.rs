//! Wholesalers that deliver the SMS of the numbers that were bought from them.

use insta::assert_snapshot;

use super::*;
use crate::support::{minutes, same};

/// The form has no id, so that only its content and the time distinguish two deliveries.
#[tokio::test]
async fn multitel_posts_forms_without_an_id() {
    let server = TestServer::build().await;
    let (gateway, _) = rented(&server, of_kind("multitel")).await;
    let words = "from=15550001111&to=46700000001&text=Your+code+is+4321";
    let picture = "from=15550001111&to=46700000001&mediaurls%5B0%5D=https%3A%2F%2Fm.example%2F1.txt&mediaurls%5B1%5D=https%3A%2F%2Fm.example%2F2.jpg";
    let deliver = async |form: &'static str| post(&server, &gateway, "", &[("content-type", FORM)], form).await;
    let answers = [
        ("an sms", deliver(words).await),
        ("the same again", deliver(words).await),
        ("a picture message", deliver(picture).await),
    ];
    assert_snapshot!(same(&answers), @"HTTP 200");
    server.advance(minutes(2));
    deliver(words).await.ok();
    let texts = [
        "15550001111: Your code is 4321",
        "15550001111: https://m.example/1.txt\nhttps://m.example/2.jpg",
        "15550001111: Your code is 4321",
    ];
    assert_eq!(pushed(&server).await, texts);
    server.close().await;
}

/// One address gets what arrives and what becomes of outgoing messages.
#[tokio::test]
async fn carrierx_posts_each_event_of_a_message() {
    let server = TestServer::build().await;
    let (gateway, _) = rented(&server, of_kind("carrierx")).await;
    let event = |id: &str, direction: &str, from: &str, to: &str| {
        json!({"message_sid": id, "direction": direction, from: "15550001111", to: "46700000001",
               "message": "Your code is 4321", "type": "sms", "status": "received", "message_segments": 1, "media_urls": [],
               "group_recipients": [], "mcc": 310, "mnc": null, "date_created": "2026-11-20T11:59:59.000Z",
               "date_changed": "2026-11-20T11:59:59.000Z", "date_status_changed": null, "price": null, "user_data": null})
        .to_string()
    };
    let headers = [("content-type", "application/json")];
    let mut answers = Vec::new();
    for (what, body) in [
        ("an sms", event("m1", "inbound", "from", "to")),
        ("the same again", event("m1", "inbound", "from", "to")),
        (
            "another one of an older account",
            event("m2", "inbound", "from_did", "to_did"),
        ),
        ("an outgoing one", event("m3", "outbound", "from", "to")),
    ] {
        answers.push((what, post(&server, &gateway, "", &headers, body).await));
    }
    assert_snapshot!(same(&answers), @"HTTP 200");
    assert_eq!(pushed(&server).await, ["15550001111: Your code is 4321"; 2]);
    server.close().await;
}
