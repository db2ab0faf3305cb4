use crate::gateway::adapters::tests::{TestRequest, signed_by, summary};

const BODY: &str = r#"{"deviceId":"dev1","event":"sms:received","id":"evt-0001","payload":{"messageId":"a1b2","message":"Код 4821","sender":"VK","recipient":"+79001112233","simNumber":1,"receivedAt":"2026-11-20T22:00:00.000+03:00"},"webhookId":"wh1"}"#;
const SIGNATURE: &str = "1909082120d3ea162b413617aa271469d1e439647ce8576542abffd8be61d9fc";
const READ: &str = r#"evt-0001: VK to 79001112233 at 1795201200000: "Код 4821""#;

fn called(body: &str, timestamp: &str, signature: &str) -> TestRequest {
    let called = TestRequest::post("/in/token", body);
    called.with("x-timestamp", timestamp).with("x-signature", signature)
}

fn parsed(keys: &[&str], called: &TestRequest) -> String {
    summary(&signed_by("sms-gate", keys), called)
}

/// An unsigned event with these fields of the payload.
fn payload(fields: &str) -> String {
    let body = format!(r#"{{"deviceId":"dev1","event":"sms:received","id":"e1","payload":{fields}}}"#);
    parsed(&[], &TestRequest::post("/in/token", body))
}

#[test]
fn a_signed_message_is_read_by_any_of_the_keys() {
    let called = called(BODY, "1795212000", SIGNATURE);
    assert_eq!(parsed(&["testkey"], &called), READ);
    assert_eq!(parsed(&["other phone", "testkey"], &called), READ);
}

#[test]
fn without_keys_signatures_are_not_checked() {
    assert_eq!(parsed(&[], &called(BODY, "1", "no")), READ);
    assert_eq!(parsed(&[], &TestRequest::post("/in/token", BODY)), READ);
}

#[test]
fn what_is_not_signed_by_a_key_is_refused() {
    let wrong = "unsigned: X-Signature is not that of the body and X-Timestamp by one of the gateway's keys";
    let other = BODY.replace("4821", "4822");
    let half = &SIGNATURE[..32];
    for (key, called) in [
        ("Testkey", called(BODY, "1795212000", SIGNATURE)),
        ("testkey", called(&other, "1795212000", SIGNATURE)),
        ("testkey", called(BODY, "1795212001", SIGNATURE)),
        ("testkey", called(BODY, "1795212000", half)),
        ("testkey", called(BODY, "1795212000", "")),
        ("testkey", called(BODY, "1795212000", "no hexadecimal")),
    ] {
        assert_eq!(parsed(&[key], &called), wrong);
    }
    let post = || TestRequest::post("/in/token", BODY);
    for (called, name) in [
        (post().with("x-timestamp", "1795212000"), "X-Signature"),
        (post().with("x-signature", SIGNATURE), "X-Timestamp"),
        (
            post().with("x-timestamp", "1795212000").with("x-signature", "ё"),
            "X-Signature",
        ),
    ] {
        let error = format!("unsigned: {name} is missing: the gateway's requests have to be signed");
        assert_eq!(parsed(&["testkey"], &called), error);
    }
}

#[test]
fn a_request_from_the_past_or_the_future_is_refused() {
    let at = |seconds| parsed(&["testkey"], &called(BODY, "1795212000", SIGNATURE).later(seconds));
    let refused = "unsigned: X-Timestamp is more than 300 s away from the server's clock: an old request, or one of the clocks is wrong";
    for (seconds, expected) in [(300, READ), (-300, READ), (301, refused), (-301, refused)] {
        assert_eq!(at(seconds), expected, "{seconds}");
    }
}

#[test]
fn a_signed_invalid_time_is_refused() {
    const BODY: &str = r#"{"deviceId":"dev1","event":"sms:data-received","id":"e2","payload":{}}"#;
    for (timestamp, signature) in [
        (
            "noon",
            "684cb676b25417e1de63d996841c8e8d1c4c630a8d84a4592a405ebb18b67c83",
        ),
        (
            "9223372036854775807",
            "1b48eec591a68daef88a92b7a4b6a4353953026c4e0141b513968413b9da3733",
        ),
    ] {
        let shown = parsed(&["testkey"], &called(BODY, timestamp, signature));
        assert_eq!(shown, "unsigned: X-Timestamp must be a time in seconds since 1970");
    }
}

#[test]
fn other_events_are_taken_when_they_are_signed() {
    const BODY: &str = r#"{"deviceId":"dev1","event":"sms:data-received","id":"e2","payload":{}}"#;
    let signature = "cb438685ed14692f3275a78a422b8ed69e3552c7c83d3c661bc3a9ffb453f562";
    assert_eq!(
        parsed(&["testkey"], &called(BODY, "1795212000", signature)),
        "another event"
    );
    assert!(parsed(&["testkey"], &called(BODY, "1795212000", SIGNATURE)).starts_with("unsigned"));
    assert_eq!(parsed(&[], &TestRequest::post("/in/token", BODY)), "another event");
    let ping = TestRequest::post("/in/token", r#"{"event":"system:ping"}"#);
    assert_eq!(parsed(&[], &ping), "another event");
}

#[test]
fn a_phone_that_does_not_know_its_number_is_known_by_its_slot() {
    let sms = |fields: &str| payload(&format!(r#"{{"message":"a\n\ud83d\ude00 \ud83d",{fields}}}"#));
    let text = r#""a\n😀 �""#;
    for (fields, expected) in [
        (r#""sender":"VK","simNumber":2"#, "VK to dev1/2 or dev1 at ?"),
        (r#""sender":"VK","recipient":null,"simNumber":null"#, "VK to dev1 at ?"),
        (
            r#""phoneNumber":"+7 1","recipient":"","simNumber":1"#,
            "+7 1 to dev1/1 or dev1 at ?",
        ),
        (
            r#""sender":"","phoneNumber":"VK","receivedAt":"now","recipient":"79001112233","x":1"#,
            "VK to 79001112233 at ?",
        ),
    ] {
        assert_eq!(sms(fields), format!("e1: {expected}: {text}"), "{fields}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    let long = "x".repeat(101);
    for (fields, error) in [
        ("7", "payload must be an object"),
        (r#"{"message":"x"}"#, "payload.sender is missing"),
        (r#"{"message":"x","sender":["VK"]}"#, "payload.sender must be a string"),
        (r#"{"sender":"VK"}"#, "payload.message is missing"),
        (r#"{"sender":"VK","message":5}"#, "payload.message must be a string"),
        (
            r#"{"sender":"VK","message":"x","recipient":{}}"#,
            "payload.recipient must be a string",
        ),
        (
            r#"{"sender":"VK","message":"x","simNumber":1.5}"#,
            "payload.simNumber must be a string",
        ),
        (
            &format!(r#"{{"sender":"{long}","message":"x"}}"#),
            "payload.sender must not be longer than 100 characters",
        ),
    ] {
        assert_eq!(payload(fields), format!("bad: {error}"), "{fields}");
    }
    for (body, error) in [
        ("{}", "event is missing"),
        (
            r#"{"event":"sms:received","payload":{"sender":"VK","message":"x"}}"#,
            "payload.recipient must be the number that received the SMS, or deviceId the phone that did",
        ),
    ] {
        let shown = parsed(&[], &TestRequest::post("/in/token", body));
        assert_eq!(shown, format!("bad: {error}"), "{body}");
    }
}
