use super::*;
use crate::gateway::adapters::tests::{TestRequest, signed_by, summary};

const ADDRESS: &str = "/in/twilio/token";
const FORM: &str = "MessageSid=SM0001&From=%2B14155550123&To=%2B79001112233&Body=Your+code+is+482913";
const SIGNATURE: &str = "VWVfySHeqD/EWfHK8Vr1mygt/A4=";
const READ: &str = r#"SM0001: +14155550123 to 79001112233 at ?: "Your code is 482913""#;

fn parsed(keys: &[&str], called: &TestRequest) -> String {
    summary(&signed_by("twilio", keys), called)
}

fn signed(target: &str, body: &str, signature: &str) -> TestRequest {
    TestRequest::post(target, body).with("x-twilio-signature", signature)
}

fn unsigned(body: &str) -> String {
    parsed(&[], &TestRequest::post(ADDRESS, body))
}

#[test]
fn a_signed_form_is_read_by_any_of_the_keys() {
    let called = signed(ADDRESS, FORM, SIGNATURE);
    assert_eq!(parsed(&["authtoken"], &called), READ);
    assert_eq!(parsed(&["next", "authtoken"], &called), READ);
    assert_eq!(unsigned(FORM), READ);
    let body = "SmsStatus=received&MessageSid=SM0002&From=VK&To=%2B79001112233&NumMedia=0\
                &Body=%D0%9A%D0%BE%D0%B4+4821%0A%F0%9F%91%8D+a%2Bb%26c";
    let called = signed(ADDRESS, body, "Ye5BKQ5ABIudJR1BNqY7C6UX8fw=");
    let text = r#"SM0002: VK to 79001112233 at ?: "Код 4821\n👍 a+b&c""#;
    assert_eq!(parsed(&["authtoken"], &called), text);
}

#[test]
fn what_is_not_signed_by_a_key_is_refused() {
    let other = FORM.replace("482913", "482914");
    let more = format!("{FORM}&NumMedia=0");
    for (key, called) in [
        ("Authtoken", signed(ADDRESS, FORM, SIGNATURE)),
        ("authtoken", signed(ADDRESS, &other, SIGNATURE)),
        ("authtoken", signed(ADDRESS, &more, SIGNATURE)),
        ("authtoken", signed("/in/twilio/other", FORM, SIGNATURE)),
        ("authtoken", signed("/in/twilio/token?x=1", FORM, SIGNATURE)),
        (
            "authtoken",
            signed(ADDRESS, FORM, SIGNATURE).under("http://sms.example.test"),
        ),
        ("authtoken", signed(ADDRESS, FORM, &SIGNATURE[..12])),
        ("authtoken", signed(ADDRESS, FORM, "")),
        ("authtoken", signed(ADDRESS, FORM, "no base64")),
    ] {
        let shown = parsed(&[key], &called);
        assert!(
            shown.starts_with("unsigned: X-Twilio-Signature is not that of this request"),
            "{shown}"
        );
    }
    assert_eq!(
        parsed(&["authtoken"], &TestRequest::post(ADDRESS, FORM)),
        "unsigned: X-Twilio-Signature is missing: the gateway's requests have to be signed"
    );
}

#[test]
fn a_query_is_signed_with_its_address() {
    let query = "MessageSid=SM0003&From=%2B14155550123&To=%2B79001112233&Body=%D0%9A%D0%BE%D0%B4+1";
    let get = |query: &str| {
        let called = TestRequest::get(&format!("{ADDRESS}?{query}"));
        parsed(
            &["authtoken"],
            &called.with("x-twilio-signature", "WDIOyL6o8qNGQjevpdEBqOswTxM="),
        )
    };
    assert_eq!(get(query), r#"SM0003: +14155550123 to 79001112233 at ?: "Код 1""#);
    assert!(get(&query.replace("4155550123", "4155550124")).starts_with("unsigned"));
}

#[test]
fn a_json_body_is_signed_by_its_hash() {
    const BODY: &str = r#"{"MessageSid":"SM0004","From":"VK","To":"+79001112233","Body":"Код 2"}"#;
    let hash = "e18f994f1592fcbaf032a229dd54124f3038a2c0f4359338619f61c487b4b22f";
    let post = |query: &str, body: &str| {
        let called = signed(&format!("{ADDRESS}{query}"), body, "BkPXvgSHTBAIjhu4+Vcs7Ien9d8=");
        parsed(
            &["authtoken"],
            &called.with("content-type", "Application/JSON; charset=utf-8"),
        )
    };
    let query = format!("?bodySHA256={hash}");
    assert_eq!(post(&query, BODY), r#"SM0004: VK to 79001112233 at ?: "Код 2""#);
    let wrong = "unsigned: bodySHA256 is not the hash of the body";
    assert_eq!(post(&query, &BODY.replace("VK", "OK")), wrong);
    assert_eq!(post("?bodySHA256=e18f", BODY), wrong);
    assert_eq!(post("?bodySHA256=zz", BODY), wrong);
    assert!(post("", BODY).starts_with("unsigned: bodySHA256 is missing"));
    assert!(post(&format!("{query}&x=1"), BODY).starts_with("unsigned: X-Twilio-Signature"));
}

/// The vectors of Twilio's own helper libraries, which validate requests of every kind.
#[test]
fn the_signature_is_that_of_twilios_libraries() {
    const FORM: &str =
        "Digits=1234&To=%2B18005551212&From=%2B14158675309&Caller=%2B14158675309&CallSid=CA1234567890ABCDE";
    const TWICE: &str = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234";
    let target = "/myapp.php?foo=1&bar=2";
    for (base, body, signature) in [
        ("https://mycompany.com", FORM, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com", TWICE, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
        ("https://mycompany.com:1234", FORM, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com", FORM, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com:1234", FORM, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        ("http://mycompany.com", FORM, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ("https://user:pass@mycompany.com", FORM, "CukzLTc1tT5dXEDIHm/tKBanW10="),
        ("https://user:pass@mycompany.com", FORM, "ZQFR1PTIZXF2MXB8ZnKCvnnA+rI="),
    ] {
        let called = signed(target, body, signature).under(base);
        let checked = signed::check(&signed_by("twilio", &["12345"]).secrets, Shape::Form, &called.raw());
        assert_eq!(checked, Ok(()), "{base} {signature}");
    }
    let hash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    let body = r#"{"property": "value", "boolean": true}"#;
    let called = signed(
        &format!("{target}&bodySHA256={hash}"),
        body,
        "a9nBmqA0ju/hNViExpshrM61xv4=",
    );
    let called = called.under("https://mycompany.com");
    let checked = signed::check(&signed_by("twilio", &["12345"]).secrets, Shape::Json, &called.raw());
    assert_eq!(checked, Ok(()));
}

#[test]
fn the_status_of_a_sent_message_is_another_event() {
    let body = "MessageSid=SM0005&MessageStatus=delivered&From=%2B7&To=%2B1";
    let called = signed(ADDRESS, body, "EYfcHl2gLIaAuMIDUPPdJzInMb8=");
    assert_eq!(parsed(&["authtoken"], &called), "another event");
    assert!(parsed(&["authtoken"], &signed(ADDRESS, body, SIGNATURE)).starts_with("unsigned"));
    assert_eq!(unsigned("SmsSid=SM1&SmsStatus=sent"), "another event");
    let received = "SmsSid=SM1&SmsStatus=received&From=VK&To=79001112233&Body=x";
    assert_eq!(unsigned(received), r#"SM1: VK to 79001112233 at ?: "x""#);
    assert_eq!(unsigned(&received.replace("Body", "Text")), "bad: Body is missing");
}

#[test]
fn a_message_may_have_no_words() {
    for form in [
        "MessageSid=MM1&From=VK&To=79001112233&Body=&NumMedia=1",
        "MessageSid=MM1&From=VK&To=79001112233&NumMedia=1",
        "MessageSid=&SmsSid=MM1&From=VK&To=79001112233&Body=",
    ] {
        assert_eq!(unsigned(form), r#"MM1: VK to 79001112233 at ?: """#, "{form}");
    }
    assert_eq!(
        unsigned("From=VK&To=79001112233&Body=x"),
        r#"no id: VK to 79001112233 at ?: "x""#
    );
}

#[test]
fn what_is_wrong_is_named() {
    let long = format!("From={}&To=46701&Body=x", "x".repeat(101));
    for (form, error) in [
        ("", "Body is missing"),
        ("From=VK&To=46701", "Body is missing"),
        ("From=VK&To=46701&NumMedia=0", "Body is missing"),
        ("To=46701&Body=x", "From is missing"),
        ("From=&To=46701&Body=x", "From is missing"),
        ("From=VK&Body=x", "To is missing"),
        (
            "From=VK&To=me&Body=x",
            "To must be the number that received the SMS, in digits (20 at most)",
        ),
        (long.as_str(), "From must not be longer than 100 characters"),
    ] {
        assert_eq!(unsigned(form), format!("bad: {error}"), "{form}");
    }
    for (body, error) in [
        ("[]", "the body must be a JSON object"),
        (r#"{"From":"VK","To":46701,"Body":5}"#, "Body must be a string"),
        (r#"{"From":{},"To":46701,"Body":"x"}"#, "From must be a string"),
        (r#"{"From":"VK","To":46701,"Body":null}"#, "Body is missing"),
    ] {
        let called = TestRequest::post(ADDRESS, body).with("content-type", "application/json");
        assert_eq!(parsed(&[], &called), format!("bad: {error}"), "{body}");
    }
}
