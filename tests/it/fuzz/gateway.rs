//! The gateways' API: an SMS is either kept whole or refused by its field.

use axum::body::Body;
use axum::http::Request;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use super::input::{self, NearValid, near};
use super::{Tally, each_in_a_server, sentence};
use crate::support::{Answer, Gateway, TestServer};

const RIGHT: [&str; 2] = [
    r#"{"id":"7","from":"VK","to":"+46700000001","text":"Code 4821 \ud83d\ude00","sent_at":"2026-11-20T11:59:00Z"}"#,
    r#"{"from":46700,"to":46700000001,"text":"x"}"#,
];

async fn furnish(server: &TestServer) -> Gateway {
    let gateway = server.stocked(1).await;
    server.rent().await;
    gateway
}

async fn hand_over(server: &TestServer, gateway: &Gateway, body: impl Into<Body>) -> Answer {
    server.gateway_post(&format!("/in/{}", gateway.token), body).await
}

#[test]
fn any_bytes_are_answered() {
    let tally = Tally::default();
    each_in_a_server(300, &input::bytes(&RIGHT), furnish, async |server, gateway, body| {
        let answer = hand_over(server, gateway, body).await;
        sentence(&answer, "error");
        tally.note(&answer);
    });
    tally.has(&[200, 400]);
}

#[test]
fn any_token_is_answered() {
    each_in_a_server(
        100,
        &"/in/[!-~]{0,40}(/heartbeat)?",
        furnish,
        async |server, _, path| {
            let request = Request::post(path).header("content-type", "application/json");
            let Ok(request) = request.body(Body::from(RIGHT[1])) else {
                return;
            };
            assert_eq!(server.ask(request).await.code(), 404);
        },
    );
}

/// Whether a field is right by the format, read independently; `None`: undefined.
fn is_right(near: &NearValid, field: &str) -> Option<bool> {
    let Some(text) = near.get(field).filter(|text| *text != "null") else {
        return Some(["id", "sent_at"].contains(&field));
    };
    let value: Value = serde_json::from_str(text).ok()?;
    let word = match &value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if number.is_u64() => Some(number.to_string()),
        _ => None,
    };
    let within = |most: usize| word.as_ref().is_some_and(|word| word.chars().count() <= most);
    match field {
        "id" => Some(within(200)),
        "from" => Some(within(100)),
        "text" => Some(value.is_string() && within(39_015)),
        "to" => Some(word.is_some_and(|word| {
            let digits: String = word.chars().filter(char::is_ascii_digit).collect();
            (1..=20).contains(&digits.strip_prefix("00").unwrap_or(&digits).len())
        })),
        // A time that cannot be read loses no message.
        "sent_at" => Some(true),
        _ => None,
    }
}

#[test]
fn a_refusal_names_a_field_that_is_wrong_and_what_is_right_is_kept() {
    let fields = near(&[
        ("id", "\"7\""),
        ("from", "\"VK\""),
        ("to", "\"+46700000001\""),
        ("text", "\"Code\""),
        ("sent_at", "\"2026-11-20T11:59:00Z\""),
    ]);
    let tally = Tally::default();
    each_in_a_server(600, &fields, furnish, async |server, gateway, near| {
        let answer = hand_over(server, gateway, near.text()).await;
        tally.note(&answer);
        if let Some(sentence) = sentence(&answer, "error") {
            near.names_what_is_wrong(&sentence);
        }
        let verdicts: Vec<_> = near.changed.iter().map(|field| is_right(&near, field)).collect();
        if !near.is_hard_to_read() && !verdicts.contains(&None) {
            let is_wrong = verdicts.contains(&Some(false));
            assert_eq!(answer.code() == 400, is_wrong, "{} to {near:?}", answer.golden());
        }
    });
    tally.has(&[200, 400]);
}

/// Whatever a radio module makes of an emoji that was cut in two, the message is kept, and pushed with what is left of it.
#[test]
fn rule_7_any_text_of_utf_16_is_kept_and_pushed() {
    let unit = prop_oneof![
        2 => any::<u16>(),
        2 => 0xd800_u16..=0xdfff,
        2 => Just(u16::from(b'\\')),
        1 => Just(u16::from(b'"')),
        1 => (b'0'..=b'z').prop_map(u16::from),
    ];
    let inputs = vec(unit, 0..12);
    each_in_a_server(200, &inputs, furnish, async |server, gateway, units| {
        let escaped: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
        // Some texts come twice, and are two messages by their ids.
        let id = server.onlinesim.pushes().len();
        let body = format!(r#"{{"id":{id},"from":"VK","to":46700000001,"text":"{escaped}"}}"#);
        assert_eq!(hand_over(server, gateway, body).await.code(), 200, "rule 7: {escaped}");
        server.tick().await;
        let pushes = server.onlinesim.pushes();
        let pushed = pushes.last().unwrap().text();
        assert_eq!(pushed, String::from_utf16_lossy(&units), "rule 7: {escaped}");
    });
}
