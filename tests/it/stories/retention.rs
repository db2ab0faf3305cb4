//! Texts, senders and results of attempts are blanked when their times are over, and not before somebody waits for them.

use std::time::Duration;

use leaseline::worker::Worker as _;
use serde_json::{Value, json};

use crate::support::inbound::{on_lines, part, plain};
use crate::support::{NUMBER, Reply, TestServer, hours, minutes};

const MINUTE: Duration = minutes(1);

const fn days(count: u64) -> Duration {
    hours(24 * count)
}

impl TestServer {
    /// Lets the worker do all that is over, and returns how long it rests then.
    pub async fn retain(&self) -> Duration {
        loop {
            let pause = self.app().retention.pass().await.unwrap().unwrap();
            if pause >= MINUTE {
                return pause;
            }
        }
    }

    async fn retain_after(&self, span: Duration) {
        self.advance(span);
        self.retain().await;
    }

    /// The texts of all messages, the newest first.
    async fn texts(&self) -> Vec<Value> {
        let listed = self.admin_list("/v1/messages").await;
        listed.into_iter().map(|message| message["text"].clone()).collect()
    }
}

async fn only(server: &TestServer) -> Value {
    let mut listed = server.admin_list("/v1/messages").await;
    assert_eq!(listed.len(), 1);
    listed.remove(0)
}

#[tokio::test]
async fn texts_senders_and_reasons_are_blanked_after_their_own_times() {
    let (server, gateway, rented) = TestServer::with_rental(&[]).await;
    server.onlinesim.answers_to("code", [Reply::status("NO_OPERATION")]);
    server.sms(&gateway, rented.number, "code").await;
    server.tick_after(MINUTE).await;
    server.finish(rented.id, 3, "320").await;
    server.retain_after(days(7) - MINUTE).await;
    assert_eq!(only(&server).await["text"], "code");

    server.retain_after(MINUTE).await;
    let shown = only(&server).await;
    assert_eq!((&shown["text"], &shown["from"]), (&Value::Null, &json!("Service")));
    assert_eq!(shown["text_blanked_at"], "2026-11-27T12:01:00.000Z");
    assert_eq!(shown["from_blanked_at"], Value::Null);
    assert_eq!(shown["delivery"]["reason"], "NO_OPERATION");
    let refusal = server.admin_post("/v1/messages/1/resend", json!({})).await;
    assert_eq!(refusal.code(), 409);
    let sentence = "the text or the sender of the message was blanked, so it cannot be pushed again";
    assert_eq!(refusal.json()["detail"], sentence);

    server.retain_after(days(23) - MINUTE).await;
    let shown = only(&server).await;
    assert_eq!(shown["from"], "Service");
    assert_eq!(shown["delivery"]["reason"], "NO_OPERATION");
    server.retain_after(MINUTE).await;
    let shown = only(&server).await;
    assert_eq!(shown["from"], Value::Null);
    assert_eq!(shown["from_blanked_at"], "2026-12-20T12:01:00.000Z");
    assert_eq!(shown["text_blanked_at"], "2026-11-27T12:01:00.000Z", "once");
    assert_eq!(shown["delivery"]["reason"], Value::Null);
    assert_eq!(
        (&shown["delivery"]["state"], &shown["delivery"]["attempts"]),
        (&json!("refused"), &json!(1))
    );
    let operation = server.operation(rented.id).await;
    assert_eq!(operation["messages"], json!([shown]));
    server.close().await;
}

#[tokio::test]
async fn rule_7_what_is_open_or_still_to_be_pushed_keeps_its_text() {
    let (server, gateway, rented) = TestServer::with_rentals(3, &[]).await;
    let [open, due, done] = [rented[0], rented[1], rented[2]];
    server.sms(&gateway, open.number, "open").await;
    server.sms(&gateway, done.number, "done").await;
    server.tick().await;
    server.sms(&gateway, due.number, "due").await;
    server.finish(due.id, 3, "320").await;
    server.finish(done.id, 3, "320").await;
    server.retain_after(days(8)).await;
    assert_eq!(server.texts().await, [json!("due"), Value::Null, json!("open")]);

    // Pushed at last, it has no time left.
    server.onlinesim.answers_to("due", [Reply::new(500, "")]);
    server.tick().await;
    assert_eq!(server.messages("parked").await[0]["text"], "due");
    server.retain().await;
    assert_eq!(server.texts().await, [Value::Null, Value::Null, json!("open")]);

    server.finish(open.id, 3, "320").await;
    server.retain_after(days(7) - MINUTE).await;
    assert_eq!(server.texts().await[2], "open");
    server.retain_after(MINUTE).await;
    assert_eq!(server.texts().await[2], Value::Null);
    assert_eq!(server.count("retention_postponed").await, 0);
    server.close().await;
}

#[tokio::test]
async fn an_sms_of_no_rental_is_blanked_after_its_arrival() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    server.deliver(&gateway, [plain(NUMBER, "early")]).await;
    server.deliver(&gateway, [on_lines(&["GSM9"], "on a line")]).await;
    server.advance(days(1));
    server.deliver(&gateway, [plain(NUMBER, "late")]).await;
    server.retain_after(days(6) - MINUTE).await;
    assert_eq!(server.texts().await.len(), 3);
    assert!(server.texts().await.iter().all(Value::is_string));
    server.retain_after(MINUTE).await;
    assert_eq!(server.texts().await, [json!("late"), Value::Null, Value::Null]);
    server.retain_after(days(1)).await;
    assert!(server.texts().await.iter().all(Value::is_null));
    server.close().await;
}

#[tokio::test]
async fn a_withheld_sms_is_blanked_like_any_other() {
    let (server, gateway, rented) = TestServer::with_rental(&[("FILTER__WITHHOLD_TEXTS", "balance")]).await;
    server.sms(&gateway, rented.number, "your balance").await;
    server.advance(days(1));
    server.finish(rented.id, 4, "0").await;
    server.sms(&gateway, rented.number, "the balance of nobody").await;
    server.sms(&gateway, rented.number, "of nobody").await;
    server.retain_after(days(7) - MINUTE).await;
    assert!(server.texts().await.iter().all(Value::is_string));
    server.retain_after(MINUTE).await;
    assert_eq!(server.texts().await, [Value::Null, Value::Null, Value::Null]);
    server.close().await;
}

#[tokio::test]
async fn a_time_below_an_hour_is_looked_at_every_minute() {
    let settings = [("RETENTION__TEXTS", "10m"), ("RETENTION__SENDERS", "1h")];
    let (mut server, gateway, rented) = TestServer::with_rental(&settings).await;
    server.sms(&gateway, rented.number, "code").await;
    server.tick().await;
    server.finish(rented.id, 3, "320").await;
    server.advance(minutes(10));
    assert_eq!(server.retain().await, MINUTE);
    assert_eq!(server.texts().await, [Value::Null]);
    server.restart_with(&[("RETENTION__TEXTS", "1h")]).await;
    assert_eq!(server.retain().await, hours(1));
    server.close().await;
}

/// A text that is empty in the database, but was never blanked, was sent so.
#[tokio::test]
async fn an_empty_text_is_not_a_blanked_one() {
    let (server, gateway, rented) = TestServer::with_rental(&[]).await;
    server.deliver(&gateway, [plain(rented.number, "")]).await;
    let shown = only(&server).await;
    assert_eq!((&shown["text"], &shown["text_blanked_at"]), (&json!(""), &Value::Null));
    server.tick().await;
    server.finish(rented.id, 3, "320").await;
    server.retain_after(days(7)).await;
    assert_eq!(only(&server).await["text"], Value::Null);
    server.close().await;
}

#[tokio::test]
async fn a_repetition_of_a_blanked_sms_is_still_known() {
    let (server, gateway, rented) = TestServer::with_rental(&[]).await;
    let sms = json!({"id": "a1", "from": "Service", "to": rented.number.to_string(), "text": "code"});
    server.sms_answer(&gateway.token, sms.clone()).await.ok();
    server.tick().await;
    server.finish(rented.id, 3, "320").await;
    server.retain_after(days(40)).await;
    server.sms_answer(&gateway.token, sms).await.ok();
    assert_eq!(server.texts().await, [Value::Null]);
    server.close().await;
}

#[tokio::test]
async fn rule_12_a_rental_with_many_sms_is_blanked_in_small_batches() {
    let (server, gateway, rented) = TestServer::with_rentals(2, &[]).await;
    let texts = (0..150).map(|index| plain(rented[0].number, &format!("text {index}")));
    server.deliver(&gateway, texts).await;
    server.sms(&gateway, rented[1].number, "the last").await;
    while !server.messages("due").await.is_empty() {
        server.tick().await;
    }
    server.finish(rented[0].id, 3, "320").await;
    server.finish(rented[1].id, 3, "320").await;
    server.advance(days(7));
    let mut left = Vec::new();
    for _ in 0..4 {
        left.push(server.count("messages WHERE text_blanked_at IS NULL").await);
        server.app().retention.pass().await.unwrap();
    }
    assert_eq!(left, [151, 51, 0, 0]);
    server.close().await;
}

/// What was blanked is neither in an answer nor in the file, also where it was joined from parts.
#[tokio::test]
async fn rule_11_nothing_that_was_blanked_is_left() {
    let (mut server, gateway, rented) = TestServer::with_rental(&[]).await;
    let long = format!("first {}", "x".repeat(6_000));
    server.deliver(&gateway, [plain(rented.number, &long)]).await;
    let parts = ["SECRETPART", "ANOTHERPART"];
    for (sequence, text) in (1..).zip(parts) {
        server.deliver(&gateway, [part(rented.number, 2, sequence, text)]).await;
    }
    server.tick().await;
    server.finish(rented.id, 3, "320").await;
    server.tick_after(days(30)).await;
    server.retain().await;
    for path in [
        "/v1/messages",
        "/v1/operations/1",
        "/v1/operations",
        "/v1/troubles",
        "/metrics",
    ] {
        let answer = server.admin(axum::http::Method::GET, path, None).await.ok();
        let shown = answer.text();
        let left = parts
            .iter()
            .chain([&"xxxx", &"Service"])
            .any(|text| shown.contains(text));
        assert!(!left, "{path}: {shown}");
    }
    // When it stops, the log is moved into the file.
    server.restart().await;
    let file = std::fs::read(server.file()).unwrap();
    let holds = |needle: &[u8]| file.windows(needle.len()).any(|bytes| bytes == needle);
    assert!(holds(b"CREATE TABLE messages"));
    for text in ["SECRETPART", "ANOTHERPART", "xxxxxxxx", "Service"] {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert!(!holds(text.as_bytes()) && !holds(&units), "{text} is in the file");
    }
    server.close().await;
}
