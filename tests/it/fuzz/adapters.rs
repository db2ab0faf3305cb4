//! The adapters for programs that sign what they send or send several messages at once.

use axum::body::Body;
use axum::http::{HeaderValue, Request};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use super::input::{self, near};
use super::{Tally, each_in_a_server, sentence};
use crate::support::{Answer, Gateway, TestServer};

const KINDS: [&str; 5] = ["sms-gate", "twilio", "simbox", "multitel", "carrierx"];
/// Those of them whose requests can be signed.
const SIGNED: [&str; 2] = ["sms-gate", "twilio"];

/// What each kind sends.
const RIGHT: [&str; 11] = [
    r#"{"deviceId":"dev1","event":"sms:received","id":"1","payload":{"message":"Код \ud83d\ude00","sender":"VK","recipient":null,"simNumber":1,"receivedAt":"2026-11-20T22:00:00.000+03:00"}}"#,
    r#"{"deviceId":"dev1","event":"sms:received","id":"2","payload":{"message":"x","phoneNumber":"VK","recipient":"+46700000001"}}"#,
    "MessageSid=SM0001&From=%2B14155550123&To=%2B46700000001&Body=Your+code+is+%D0%9A&NumMedia=0",
    r#"{"MessageSid":"SM0001","From":"VK","To":46700000001,"Body":"x"}"#,
    r#"{"sn":"da00-1","sms":[{"incoming_sms_id":7,"port":0,"number":"VK","text":"x","imsi":"250010000000001"},{"port":"1","number":900,"text":""}]}"#,
    r#"{"type":"recv-sms","sms":[[0,"1B",1795176000,"VK","","U2VuZGVyOiBWSw0KUmVjZWl2ZXI6ICI2MS4wMSINClNNU0M6IDENCg0KQ29kZQ==","8901"],[1,"1B",1,"7","","000"]]}"#,
    "Sender: VK\r\nReceiver: \"61.01\" 46700000001\r\nSMSC: 1\r\nSCTS: 2\r\nSlot: 3\r\n\r\nCode 1\r\n\r\nbye",
    r#"{"event":"sms:sent","type":"port-status"}"#,
    "from=15550001111&to=33700000001&text=Your+code+is+4321",
    "from=VK&to=33700000001&mediaurls%5B0%5D=https%3A%2F%2Fm.example%2F1.txt&mediaurls%5B1%5D=%D0%9A",
    r#"{"message_sid":"5b1f7e0a","direction":"inbound","from_did":"VK","to":"12125550123","message":"x","media_urls":["https://m.example/1.jpg"],"date_created":"2025-03-01T10:00:00.000Z"}"#,
];

const QUERIES: [&str; 5] = [
    "",
    "MessageSid=SM0001&From=VK&To=46700000001&Body=x",
    "port=1B&sender=VK&mac=00-30&iccid=8901",
    "bodySHA256=e18f994f1592fcbaf032a229dd54124f3038a2c0f4359338619f61c487b4b22f",
    "sender=%ff%zz&port=%00",
];

const MEDIA_TYPES: [&str; 5] = [
    "application/json",
    "application/json; charset=\"utf-8\"",
    "application/x-www-form-urlencoded",
    "application/octet-stream",
    ";",
];

/// A request but for its token.
#[derive(Debug)]
struct Asked {
    method: &'static str,
    query: String,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
}

fn asked() -> impl Strategy<Value = Asked> {
    let query = prop_oneof![
        3 => select(&QUERIES[..]).prop_map(str::to_owned),
        1 => "[!-~]{0,60}",
    ];
    let media_type = select(&MEDIA_TYPES[..]).prop_map(|value| ("content-type", value.as_bytes().to_vec()));
    let value = prop_oneof![
        Just(b"1795176000".to_vec()),
        Just(b"VWVfySHeqD/EWfHK8Vr1mygt/A4=".to_vec()),
        Just(b"-9223372036854775808".to_vec()),
        "[0-9a-f]{64}".prop_map(String::into_bytes),
        vec(any::<u8>(), 0..40),
    ];
    let name = select(vec!["content-type", "x-timestamp", "x-signature", "x-twilio-signature"]);
    let headers = (media_type, vec((name, value), 0..4)).prop_map(|(first, more)| [vec![first], more].concat());
    let method = select(vec!["POST", "POST", "POST", "GET", "PUT"]);
    (method, query, headers, input::bytes(&RIGHT)).prop_map(|(method, query, headers, body)| Asked {
        method,
        query,
        headers,
        body,
    })
}

/// `None`: what is no request never reaches the server.
async fn ask(server: &TestServer, gateway: &Gateway, asked: &Asked) -> Option<Answer> {
    let path = format!("/in/{}?{}", gateway.token, asked.query);
    let mut request = Request::builder().method(asked.method).uri(path);
    for (name, value) in &asked.headers {
        request = request.header(*name, HeaderValue::from_bytes(value).ok()?);
    }
    Some(server.ask(request.body(Body::from(asked.body.clone())).ok()?).await)
}

/// A gateway of each kind.
async fn furnish(server: &TestServer) -> Vec<Gateway> {
    let mut gateways = Vec::new();
    for kind in KINDS {
        gateways.push(
            server
                .gateway_with(kind, json!({ "kind": kind, "unsigned": SIGNED.contains(&kind) }))
                .await,
        );
    }
    gateways
}

#[test]
fn any_request_is_answered_by_each_kind() {
    let tally = Tally::default();
    each_in_a_server(400, &asked(), furnish, async |server, gateways, asked| {
        for gateway in gateways {
            if let Some(answer) = ask(server, gateway, &asked).await {
                sentence(&answer, "error");
                tally.note(&answer);
            }
        }
    });
    tally.has(&[200, 400]);
}

#[test]
fn what_nobody_signed_is_never_taken() {
    let furnish = async |server: &TestServer| {
        let mut gateways = Vec::new();
        for kind in SIGNED {
            let settings = json!({"kind": kind, "secrets": ["nobody knows it"]});
            gateways.push(server.gateway_with(kind, settings).await);
        }
        gateways
    };
    let tally = Tally::default();
    each_in_a_server(200, &asked(), furnish, async |server, gateways, asked| {
        for gateway in gateways {
            if let Some(answer) = ask(server, gateway, &asked).await {
                assert_eq!(answer.code(), 401, "{}", answer.golden());
                sentence(&answer, "error");
                tally.note(&answer);
            }
        }
    });
    tally.has(&[401]);
}

#[test]
fn a_refusal_names_the_field_that_is_wrong() {
    let dinstar = near(&[
        ("incoming_sms_id", "7"),
        ("port", "0"),
        ("number", "\"VK\""),
        ("text", "\"Code\""),
        ("imsi", "\"250010000000001\""),
        ("timestamp", "\"2026-11-20 22:00:00\""),
    ]);
    let sms_gate = near(&[
        ("sender", "\"VK\""),
        ("message", "\"Code\""),
        ("recipient", "\"+46700000001\""),
        ("simNumber", "1"),
        ("receivedAt", "\"2026-11-20T22:00:00.000+03:00\""),
    ]);
    let carrierx = near(&[
        ("message_sid", "\"5b1f7e0a\""),
        ("from", "\"VK\""),
        ("to", "\"12125550123\""),
        ("message", "\"Code\""),
        ("media_urls", "[\"https://m.example/1.jpg\"]"),
        ("date_created", "\"2025-03-01T10:00:00.000Z\""),
    ]);
    let inputs = prop_oneof![
        carrierx.prop_map(|near| {
            let fields = near.text();
            (4, format!(r#"{{"direction":"inbound",{}"#, &fields[1..]), near)
        }),
        dinstar.prop_map(|near| (2, format!(r#"{{"sn":"da00-1","sms":[{}]}}"#, near.text()), near)),
        sms_gate.prop_map(|near| {
            let body = r#"{"deviceId":"dev1","event":"sms:received","payload":"#;
            (0, format!("{body}{}}}", near.text()), near)
        }),
    ];
    let tally = Tally::default();
    each_in_a_server(400, &inputs, furnish, async |server, gateways, (kind, body, near)| {
        let path = format!("/in/{}", gateways[kind].token);
        let answer = server.gateway_post(&path, body).await;
        tally.note(&answer);
        if let Some(sentence) = sentence(&answer, "error") {
            near.names_what_is_wrong(&sentence);
        }
    });
    tally.has(&[200, 400]);
}
