//! The gateways' API in the formats of programs: queries, forms, Kannel's headers and documents, Jasmin's bytes.

use std::cell::Cell;

use axum::body::Body;
use axum::http::{HeaderValue, Request};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use super::{Tally, each_in_a_server, input, sentence};
use crate::support::{Answer, Gateway, TestServer, minutes};

const FORM: &str = "application/x-www-form-urlencoded";

/// Headers that mean something to one of them, with values that do.
const HEADERS: [(&str, &[&str]); 6] = [
    (
        "content-type",
        &[
            FORM,
            "application/json",
            "text/plain; charset=\"UTF-16BE\"",
            "text/xml",
            "text/plain; charset=koi8-r",
        ],
    ),
    ("x-kannel-to", &["+46700000001", "modem"]),
    ("x-kannel-from", &["VK"]),
    ("x-kannel-smsc", &["sim"]),
    ("x-kannel-coding", &["0", "2"]),
    ("x-kannel-udh", &["%06%05%04%0B%84#%F0", "05"]),
];

#[derive(Debug, Clone)]
struct Call {
    method: &'static str,
    query: Vec<u8>,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
}

/// Bytes as a URL can carry them: what is right in a query stays as it is.
fn in_a_url(bytes: &[u8]) -> String {
    let one = |byte: &u8| match byte {
        b'%' | b'&' | b'=' | b'+' | b'.' | b'-' | b'_' => char::from(*byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(*byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    bytes.iter().map(one).collect()
}

/// Arbitrary, or nearly right, in every place.
fn calls(right: &'static [&'static str]) -> impl Strategy<Value = Call> {
    let header = select(&HEADERS[..]).prop_flat_map(|(name, values)| {
        let value = prop_oneof![
            3 => select(values).prop_map(|value| value.as_bytes().to_vec()),
            1 => vec(0x20_u8..=0xff, 0..20),
        ];
        value.prop_map(move |value| (name, value))
    });
    let method = select(vec!["GET", "POST", "PUT"]);
    let query = prop_oneof![Just(Vec::new()), input::bytes(right)];
    (method, query, vec(header, 0..5), input::bytes(right)).prop_map(|(method, query, headers, body)| Call {
        method,
        query,
        headers,
        body,
    })
}

async fn newest(server: &TestServer) -> i64 {
    let page = server.admin_get("/v1/messages?limit=1").await;
    page["items"][0]["id"].as_i64().unwrap_or_default()
}

async fn hand_over(server: &TestServer, gateway: &Gateway, call: &Call) -> Answer {
    let url = format!("/in/{}?{}", gateway.token, in_a_url(&call.query));
    let mut request = Request::builder().method(call.method).uri(url);
    for (name, value) in &call.headers {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            request = request.header(*name, value);
        }
    }
    server.ask(request.body(Body::from(call.body.clone())).unwrap()).await
}

/// Nothing panics, nothing is a 5xx; what is answered 200 is stored, and nothing else is.
fn any_request_is_answered(kind: &str, right: &'static [&'static str], taken: &str) {
    let tally = Tally::default();
    let furnish = async |server: &TestServer| server.gateway_with("bank", json!({ "kind": kind })).await;
    each_in_a_server(300, &calls(right), furnish, async |server, gateway, call| {
        // Far enough from the one before not to be the same again.
        server.advance(minutes(10));
        let before = newest(server).await;
        let answer = hand_over(server, gateway, &call).await;
        tally.note(&answer);
        let is_refused = sentence(&answer, "error").is_some();
        assert!(
            is_refused || (answer.code(), answer.text()) == (200, taken),
            "{}",
            answer.golden()
        );
        assert_eq!(newest(server).await > before, !is_refused, "{}", answer.golden());
    });
    tally.has(&[200, 400]);
}

#[test]
fn any_request_of_anything_is_answered() {
    let right = &[
        "from=VK&to=%2B46700000001&text=Code+%D0%9A&ts=1795212000",
        "sender=VK&modem=GSM1&msg=code&charset=UTF-16BE",
        r#"{"from":"VK","to":"+46700000001","text":"Code 4821 \ud83d\ude00"}"#,
    ];
    any_request_is_answered("generic", right, "");
    any_request_is_answered("gammu", right, "");
}

#[test]
fn any_request_of_kannel_is_answered() {
    let right = &[
        "from=VK&to=%2B46700000001&smsc=sim&ts=1795214003&coding=2&charset=UTF-16BE&udh=&text=%04%12%040",
        "from=VK&to=%2B46700000001&coding=0&charset=UTF-8&udh=%06%05%04%0B%84%23%F0&text=code",
        "<?xml version=\"1.0\"?><message><submit><oa><number>V&amp;K</number></oa><da><number>46700000001</number></da>\
         <ud>a+%04b</ud><dcs><coding>2</coding></dcs></submit></message>",
    ];
    any_request_is_answered("kannel", right, "");
}

#[test]
fn any_request_of_jasmin_is_answered() {
    let right = &[
        "from=VK&to=46700000001&origin-connector=sim&content=%04%12&binary=0412&priority=0&coding=%08",
        "from=VK&to=46700000001&content=code&coding=%00",
    ];
    any_request_is_answered("jasmin", right, "ACK/Jasmin");
}

/// As a program that encodes every byte.
fn percent(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("%{byte:02x}")).collect()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

fn call_of(kind: &str, is_wide: bool, (id, to): (u32, u64), from: &str, text: &str) -> Call {
    let (charset, coding, bytes) = if is_wide {
        ("UTF-16BE", 2, utf16(text))
    } else {
        ("UTF-8", 0, text.as_bytes().to_vec())
    };
    let text = match kind {
        "jasmin" => format!("binary={}&coding=%08", hex::encode(utf16(text))),
        "kannel" => format!("charset={charset}&coding={coding}&text={}", percent(&bytes)),
        _ => format!("charset={charset}&text={}", percent(&bytes)),
    };
    let from = percent(from.as_bytes());
    let query = format!("id={id}&from={from}&to={to}&{text}");
    Call {
        method: "GET",
        query: query.into_bytes(),
        headers: Vec::new(),
        body: Vec::new(),
    }
}

/// Rule 7: whatever the text and its charset, it is what is pushed, but for U+0000, which is not stored.
#[test]
fn rule_7_any_text_comes_through() {
    let furnish = async |server: &TestServer| {
        let mut gateways = Vec::new();
        for (kind, number) in [
            ("generic", 46_700_000_001),
            ("kannel", 46_700_000_002),
            ("jasmin", 46_700_000_003),
        ] {
            let gateway = server.gateway_with(kind, json!({ "kind": kind })).await;
            server.import(&gateway, "sweden", "telia", [number]).await;
            server.rent().await;
            gateways.push((kind, gateway, number));
        }
        gateways
    };
    let ids = Cell::new(0);
    let inputs = (0..3_usize, any::<bool>(), ".{0,100}", option::of(any::<String>()));
    each_in_a_server(
        150,
        &inputs,
        furnish,
        async |server, gateways, (which, is_wide, from, text)| {
            let (kind, gateway, to) = &gateways[which];
            let text = text.unwrap_or_else(|| "10 € [x]\n\u{1f600}".to_owned());
            ids.set(ids.get() + 1);
            let call = call_of(kind, is_wide, (ids.get(), *to), &from, &text);
            assert_eq!(hand_over(server, gateway, &call).await.code(), 200, "rule 7: {kind}");
            server.tick().await;
            let pushes = server.onlinesim.pushes();
            let pushed = &pushes.last().unwrap().body;
            assert_eq!(
                (&pushed["phoneFrom"], &pushed["text"]),
                (&json!(from.replace('\0', "")), &json!(text.replace('\0', ""))),
                "rule 7: {kind}"
            );
        },
    );
}
