//! Onlinesim's API.

use axum::body::Body;
use axum::http::{HeaderValue, Request};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::input::{self, NearValid, near};
use super::{Tally, each_in_a_server, sentence};
use crate::support::{Answer, KEY, TestServer};

const PATHS: [&str; 4] = ["/", "/getServicesRent", "/getNumberRent", "/finishActivationRent"];
/// As `stocked` makes them.
const NUMBERS: u64 = 4;

const RIGHT: [&str; 3] = [
    r#"{"action":"GET_SERVICES","key":"key-of-onlinesim"}"#,
    r#"{"action":"GET_NUMBER","key":"key-of-onlinesim","service":"rent","sum":320.5,"exceptionPhoneSet":[4671,"+469"]}"#,
    r#"{"action":"FINISH_ACTIVATION","key":"key-of-onlinesim","service":"rent","activationId":1,"status":3,"sum":870}"#,
];

async fn furnish(server: &TestServer) -> i64 {
    server.stocked(NUMBERS).await;
    server.rent().await.id
}

/// What every answer of the protocol is: JSON whose status is SUCCESS, NO_NUMBERS, or ERROR with a sentence.
#[track_caller]
fn refusal(answer: &Answer) -> Option<String> {
    let refusal = sentence(answer, "error");
    let words: &[&str] = match refusal {
        Some(_) => &["ERROR"],
        None => &["SUCCESS", "NO_NUMBERS"],
    };
    let answered = answer.json();
    assert!(
        words.contains(&answered["status"].as_str().unwrap()),
        "{}",
        answer.golden()
    );
    answer.line();
    refusal
}

/// Gives a rented number back, so that there is always one for the next.
async fn give_back(server: &TestServer, answer: &Answer) {
    if let Some(id) = answer.json()["activationId"].as_i64() {
        server.finish(id, 4, "0").await;
    }
}

#[test]
fn any_bytes_are_answered() {
    let inputs = (select(&PATHS[..]), input::bytes(&RIGHT));
    let tally = Tally::default();
    each_in_a_server(300, &inputs, furnish, async |server, _, (path, body)| {
        let answer = server.post_text(path, body).await;
        refusal(&answer);
        give_back(server, &answer).await;
        tally.note(&answer);
    });
    tally.has(&[200, 400, 401]);
}

#[test]
fn any_headers_and_paths_are_answered() {
    let header = || {
        prop_oneof![
            vec(any::<u8>(), 0..40),
            select(vec![
                "gzip",
                "br",
                "Bearer key-of-onlinesim",
                "bearer  x",
                "application/json",
                "text/plain"
            ])
            .prop_map(|text| text.as_bytes().to_vec()),
        ]
    };
    let names = select(vec![
        "authorization",
        "content-type",
        "content-encoding",
        "accept-encoding",
        "content-length",
    ]);
    let path = prop_oneof![3 => select(&PATHS[..]).prop_map(str::to_owned), 1 => "/[!-~]{0,20}"];
    let method = select(vec!["POST", "GET", "PUT", "OPTIONS", "BREW"]);
    let inputs = (method, path, vec((names, header()), 0..3), input::bytes(&RIGHT));
    each_in_a_server(
        300,
        &inputs,
        furnish,
        async |server, _, (method, path, headers, body)| {
            let mut request = Request::builder()
                .method(method)
                .uri(path)
                .header("authorization", format!("Bearer {KEY}"))
                .header("content-type", "application/json");
            for (name, value) in headers {
                if let (Some(given), Ok(value)) = (request.headers_mut(), HeaderValue::from_bytes(&value)) {
                    given.insert(name, value);
                }
            }
            // What is not a URI never reaches the server.
            let Ok(request) = request.body(Body::from(body)) else {
                return;
            };
            let answer = server.ask(request).await;
            assert!(answer.code() < 500, "{}", answer.golden());
        },
    );
}

/// Whether a field is right by the protocol, read independently; `None`: it depends, or the protocol does not define it.
fn is_right(near: &NearValid, field: &str) -> Option<bool> {
    if field == "sum" && near.get("status").is_some_and(|status| status != "3") {
        return Some(true);
    }
    let Some(text) = near.get(field).filter(|text| *text != "null") else {
        let may_be_missing = ["exceptionPhoneSet", "country", "operator"].contains(&field);
        return (field != "sum").then_some(may_be_missing);
    };
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return None;
    };
    let integer = || text.parse::<i64>().ok();
    Some(match field {
        "key" => value == KEY,
        "service" => value == "rent",
        "sum" => match value.as_f64() {
            Some(sum) if sum > 0.000_1 && sum < 999_999_999.0 => true,
            Some(sum) if !(0.0..=1_000_000_001.0).contains(&sum) => false,
            Some(_) => return None,
            None => false,
        },
        "activationId" => integer().is_some_and(|id| id >= 1),
        "status" => integer().is_some_and(|status| [1, 3, 4, 5].contains(&status)),
        // serde_json's own value does not distinguish integers beyond 64 bits from other numbers.
        "exceptionPhoneSet" if text.contains(|sign: char| sign.is_ascii_digit()) && text.len() > 19 => return None,
        "exceptionPhoneSet" => value.as_array().is_some_and(|entries| entries.iter().all(is_prefix)),
        "country" | "operator" => value.as_str().is_some_and(|name| {
            let name = name.trim();
            name.chars().count() <= 64 && !name.chars().any(char::is_control)
        }),
        _ => return None,
    })
}

fn is_prefix(entry: &Value) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match entry {
        Value::String(text) => is_digits(text.strip_prefix('+').unwrap_or(text)),
        other => other.is_u64(),
    }
}

#[test]
fn a_refusal_names_a_field_that_is_wrong_and_what_is_right_is_served() {
    let key = format!("\"{KEY}\"");
    let services = near(&[("action", "\"GET_SERVICES\""), ("key", &key)]).prop_map(|near| (PATHS[1], near));
    let number = near(&[
        ("action", "\"GET_NUMBER\""),
        ("key", &key),
        ("service", "\"rent\""),
        ("sum", "320"),
        ("exceptionPhoneSet", "[4671]"),
        ("country", "\"sweden\""),
        ("operator", "\"telia\""),
    ]);
    let finish = near(&[
        ("action", "\"FINISH_ACTIVATION\""),
        ("key", &key),
        ("service", "\"rent\""),
        ("activationId", "1"),
        ("status", "4"),
        ("sum", "870.5"),
    ]);
    let requests = prop_oneof![
        1 => services,
        4 => number.prop_map(|near| (PATHS[2], near)),
        4 => finish.prop_map(|near| (PATHS[3], near)),
    ];
    let inputs = (requests, any::<bool>());
    let tally = Tally::default();
    each_in_a_server(900, &inputs, furnish, async |server, _, ((path, near), at_root)| {
        let answer = server
            .post_text(if at_root { PATHS[0] } else { path }, near.text())
            .await;
        tally.note(&answer);
        let refusal = refusal(&answer);
        if at_root && near.changed.contains("action") && near.get("action") == Some("\"GET_NUMBER\"") {
            // Another request, which is not checked here.
            return give_back(server, &answer).await;
        }
        match refusal {
            None => give_back(server, &answer).await,
            // An activationId that is right and nobody's.
            Some(_) if answer.code() == 404 => assert!(near.changed.contains("activationId"), "{near:?}"),
            Some(sentence) => near.names_what_is_wrong(&sentence),
        }
        let verdicts: Vec<_> = near.changed.iter().map(|field| is_right(&near, field)).collect();
        let is_refused = [400, 401].contains(&answer.code());
        if !near.is_hard_to_read() && !verdicts.contains(&None) {
            assert_eq!(
                is_refused,
                verdicts.contains(&Some(false)),
                "{} to {near:?}",
                answer.golden()
            );
        }
    });
    tally.has(&[200, 400, 401]);
}

/// An excluded prefix in any of its spellings, and whether it excludes one of our numbers.
fn prefix() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => (1..=NUMBERS, 1_usize..=12).prop_map(|(number, length)| {
            let digits = (46_700_000_000 + number).to_string();
            json!(digits[..length.min(digits.len())].parse::<u64>().unwrap())
        }),
        2 => "4670000000[1-4]{0,2}0?".prop_map(Value::from),
        2 => "([+]|00)?[0-9]{1,20}".prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
    ]
}

#[test]
fn rule_3_no_number_with_an_excluded_prefix_is_issued_and_every_other_one_is() {
    let inputs = prop_oneof![8 => vec(prefix(), 0..6), 1 => vec(prefix(), 900..1100)];
    let tally = Tally::default();
    each_in_a_server(
        200,
        &inputs,
        async |server| server.stocked(NUMBERS).await,
        async |server, _, prefixes| {
            let texts: Vec<String> = prefixes
                .iter()
                .map(|one| one.to_string().replace('"', ""))
                .map(|text| match (text.strip_prefix('+'), text.strip_prefix("00")) {
                    (Some(digits), _) => digits.to_owned(),
                    (None, Some(digits)) if !digits.is_empty() => digits.to_owned(),
                    _ => text,
                })
                .collect();
            let is_free = |number: u64| {
                !texts
                    .iter()
                    .any(|prefix| number.to_string().starts_with(prefix.as_str()))
            };
            let body = json!({"action": "GET_NUMBER", "service": "rent", "sum": 320, "exceptionPhoneSet": prefixes});
            let answer = server.post("/getNumberRent", body).await;
            tally.note(&answer);
            assert_eq!(refusal(&answer), None, "{texts:?}");
            let has_free = (46_700_000_001..=46_700_000_000 + NUMBERS).any(is_free);
            let number = answer.json()["number"].as_u64();
            assert_eq!(number.is_some(), has_free, "rule 3: {number:?} without {texts:?}");
            assert!(number.is_none_or(is_free), "rule 3: {number:?} without {texts:?}");
            give_back(server, &answer).await;
        },
    );
    tally.has(&[200]);
}
