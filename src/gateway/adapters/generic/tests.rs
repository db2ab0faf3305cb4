mod json;
mod programs;

use axum::http::Method;

use super::*;
use crate::gateway::adapters::tests::{TestRequest, of_kind, short};
use crate::gateway::settings::{FieldMap, FieldPath};

fn read(request: &TestRequest) -> Result<InboundSms, String> {
    request.read(&AdapterSettings::default())
}

#[track_caller]
fn summary_of(request: &TestRequest) -> String {
    short(&read(request).unwrap())
}

/// A gateway with `fields` of its own.
fn with(map: impl FnOnce(&mut FieldMap)) -> AdapterSettings {
    let mut settings = AdapterSettings::default();
    map(&mut settings.fields);
    settings
}

fn path(text: &str) -> Option<FieldPath> {
    Some(FieldPath::parse(text).unwrap())
}

const NO_NUMBER: &str = "must be the number that received the SMS, in digits (20 at most)";

#[test]
fn a_query_and_a_form_are_the_same() {
    let fields = "id=7&from=VK&to=%2B7+900+111-22-33&text=%D0%9A%D0%BE%D0%B4%0A+%F0%9F%98%80&ts=1795212000";
    let expected = "7|VK|79001112233|Код\n \u{1f600}|1795212000000";
    for request in [
        TestRequest::asking(fields),
        TestRequest::asking(fields).form(),
        TestRequest::posting(fields).form(),
        TestRequest::posting(fields),
        TestRequest::posting(fields).with("content-type", "text/plain"),
        TestRequest::by(Method::PUT, "", fields.as_bytes()).form(),
        TestRequest::posting("")
            .query(fields)
            .with("content-type", "application/json"),
    ] {
        assert_eq!(summary_of(&request), expected);
    }
}

#[test]
fn what_the_body_lacks_is_read_from_the_query() {
    let request = TestRequest::posting("sender=VK&text=code&id=").query("id=7&from=other&to=79001112233&line=x");
    assert_eq!(summary_of(&request), "7|VK|79001112233|code");
    let json = TestRequest::posting(r#"{"from":"VK","text":"code","to":null}"#).query("to=79001112233&text=other");
    assert_eq!(summary_of(&json), "-|VK|79001112233|code");
    let get = TestRequest::by(Method::GET, "from=VK&to=79001112233&text=code", b"text=other");
    assert_eq!(summary_of(&get), "-|VK|79001112233|code", "a GET has no body");
}

#[test]
fn the_first_name_with_a_value_wins() {
    for (form, expected) in [
        ("messageId=2&id=1&from=a&to=79001112233&text=x", "1|a|79001112233|x"),
        (
            "uuid=5&sms_id=4&message_id=3&from=a&to=79001112233&text=x",
            "3|a|79001112233|x",
        ),
        ("from=&sender=b&number=c&to=79001112233&text=x", "-|b|79001112233|x"),
        ("from=&to=79001112233&text=", "-||79001112233|"),
        (
            "from=a&receiver=79001112233&to=&msg=z&message=y&text=",
            "-|a|79001112233|y",
        ),
        ("from=a&from=b&to=79001112233&text=x&text=y", "-|a|79001112233|x"),
        ("msisdn=a&sms_receiver=79001112233&msg=x", "-|a|79001112233|x"),
    ] {
        assert_eq!(summary_of(&TestRequest::posting(form)), expected, "{form}");
    }
}

#[test]
fn a_number_goes_before_the_lines() {
    for (form, receiver) in [
        ("to=79001112233&modem=GSM1", "79001112233"),
        ("to=&modem=GSM1", "GSM1"),
        ("to=modem1&modem=GSM1", "GSM1"),
        (
            "imsi=25001&iccid=897&card_slot=SIM1&name=n&portname=p&port=3&device=d&modem=GSM1&line=l",
            "l or GSM1 or d or 3 or p or n or SIM1 or 897",
        ),
        (
            "line=GSM1&line=250010000000001&line=+&line=GSM1&line=a%0Ab",
            "GSM1 or 250010000000001",
        ),
        ("to=777", "777"),
    ] {
        let form = format!("from=VK&text=x&{form}");
        assert_eq!(
            summary_of(&TestRequest::posting(&form)),
            format!("-|VK|{receiver}|x"),
            "{form}"
        );
    }
}

#[test]
fn a_refusal_names_the_field() {
    for (form, error) in [
        ("", "to is missing".to_owned()),
        ("from=VK&text=x", "to is missing".to_owned()),
        ("from=VK&text=x&to=", format!("to {NO_NUMBER}")),
        ("from=VK&text=x&to=modem&line=%00", format!("to {NO_NUMBER}")),
        ("to=7900&text=x", "from is missing".to_owned()),
        ("to=7900&from=VK", "text is missing".to_owned()),
        ("%FF%00&&==&", "to is missing".to_owned()),
    ] {
        assert_eq!(read(&TestRequest::posting(form)).unwrap_err(), error, "{form}");
    }
    let head = TestRequest::by(Method::HEAD, "from=VK&to=7900&text=x", b"");
    assert_eq!(read(&head).unwrap_err(), "the method must be GET, POST or PUT");
}

#[test]
fn the_partner_sets_the_names_of_fields() {
    let settings = with(|map| {
        map.id = path("n");
        map.from = path("who");
        map.to = path("sim.number");
        map.text = path("what");
        map.sent_at = path("when");
    });
    let form = "n=7&id=8&who=VK&from=other&sim.number=79001112233&what=code&when=1795212000&ts=1";
    let expected = "7|VK|79001112233|code|1795212000000";
    assert_eq!(short(&TestRequest::posting(form).read(&settings).unwrap()), expected);
    let default_names = TestRequest::posting("from=VK&to=79001112233&text=code");
    assert_eq!(default_names.read(&settings).unwrap_err(), "sim.number is missing");
    let line = with(|map| map.line = path("sim"));
    let request = TestRequest::asking("from=VK&text=x&sim=S1&modem=GSM1");
    assert_eq!(short(&request.read(&line).unwrap()), "-|VK|S1|x");
}

#[test]
fn an_invalid_time_in_a_form_is_ignored() {
    for (form, at) in [
        ("sent_at=yesterday", ""),
        ("sent_at=&ts=26-11-20+22%3A34%3A20", ""),
        ("sent_at=2026-11-20T22:00:00Z&ts=5", "|1795212000000"),
        ("sent_at=x&timestamp=1795212000000", "|1795212000000"),
        ("time=2026-11-21T01:00:00+03:00", "|1795212000000"),
    ] {
        let form = format!("from=VK&to=7900&text=x&{form}");
        assert_eq!(
            summary_of(&TestRequest::posting(&form)),
            format!("-|VK|7900|x{at}"),
            "{form}"
        );
    }
}

#[test]
fn a_charset_is_for_bytes_that_are_not_utf_8() {
    for (content_type, form, sender, text) in [
        ("", "from=VK&text=caf%E9", "VK", "caf\u{fffd}"),
        (
            "; charset=windows-1251",
            "from=%C2%CA&text=%CA%EE%E4+%E2%82%AC",
            "ВК",
            "Код \u{432}\u{201a}\u{ac}",
        ),
        ("; charset=\"windows-1251\"", "from=%C2%CA&text=%D0%9A", "ВК", "К"),
        ("", "from=VK&text=%CA%EE%E4&charset=windows-1251", "VK", "Код"),
        (
            "; charset=utf-8",
            "from=VK&text=%CA%EE%E4&charset=windows-1251",
            "VK",
            "Код",
        ),
        ("", "from=VK&text=%04%1A%00A&charset=UTF-16BE", "VK", "КA"),
        ("", "from=VK&text=%CA&charset=nonsense", "VK", "\u{fffd}"),
    ] {
        let content_type = format!("application/x-www-form-urlencoded{content_type}");
        let form = format!("to=7900&{form}");
        let request = TestRequest::posting(&form).with("content-type", content_type);
        assert_eq!(summary_of(&request), format!("-|{sender}|7900|{text}"), "{form}");
    }
}
