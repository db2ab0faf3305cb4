//! The plain format, and other JSON.

use super::*;

fn json(body: impl AsRef<[u8]>) -> TestRequest {
    TestRequest::posting(body).with("content-type", "application/json")
}

#[test]
fn a_message_is_read_whole() {
    let body = r#" {"id":7,"from":"VK","to":"+46 70 123","text":"Код\n✓","sent_at":"2026-11-20T22:00:00+03:00","x":1}"#;
    let expected = "7|VK|4670123|Код\n✓|1795201200000";
    assert_eq!(summary_of(&json(body)), expected);
    assert_eq!(
        summary_of(&TestRequest::posting(body)),
        expected,
        "without a content type"
    );
    assert_eq!(
        summary_of(&TestRequest::posting(body).form()),
        expected,
        "as curl posts it"
    );
    assert_eq!(summary_of(&json(r#"{"from":1,"to":46,"text":""}"#)), "-|1|46|");
}

#[test]
fn half_an_emoji_is_replaced() {
    let sms = read(&json(r#"{"from":"VK","to":"46701","text":"code 1 \ud83d"}"#)).unwrap();
    assert_eq!(sms.text.to_string_lossy(), "code 1 \u{fffd}");
    let sms = read(&json(
        r#"{"from":"VK","to":"46701","text":"\ude00 \ud83d\ude00 \\ud83d"}"#,
    ))
    .unwrap();
    assert_eq!(sms.text.to_string_lossy(), "\u{fffd} \u{1f600} \\ud83d");
}

/// JSON may have lone surrogates, which a `String` cannot hold.
#[test]
fn a_part_may_begin_and_end_with_half_an_emoji() {
    let part = r#""from":"VK","to":"7900","reference":44,"total":3,"sequence":2"#;
    for (text, shown) in [
        (r"\ude00K\uD83d", "<de00>K<d83d>"),
        (r"\ud83d", "<d83d>"),
        (r"\ude00", "<de00>"),
        (r"\ude00\ud83d", "<de00><d83d>"),
        (r"\ude00\ude00\ud83d\ud83d", "<de00><de00><d83d><d83d>"),
        (r"\\\ud83d", r"\<d83d>"),
        (r"\\ud83d", r"\ud83d"),
        (r"\ud83d\\ud83d", r"<d83d>\ud83d"),
        (r"\ufffd\ud83d", "\u{fffd}<d83d>"),
        (r"\ufffd \ud83d \ufffd", "\u{fffd} <d83d> \u{fffd}"),
        (r"\ud83d\ude00", "😀"),
    ] {
        let body = format!(r#"{{{part},"text":"{text}"}}"#);
        assert_eq!(
            summary_of(&json(&body)),
            format!("-|VK|7900|{shown}|2 of 3, 44"),
            "{text}"
        );
    }
    // At any path; the last one of that name counts.
    let settings = with(|map| map.text = path("a.list.1.t"));
    let body = format!(r#"{{{part},"a":{{"list":[{{"t":"x"}},{{"t":"y","t" : "\ude00"}}]}},"t":"\ud83d"}}"#);
    let sms = json(body).read(&settings).unwrap();
    assert_eq!(short(&sms), "-|VK|7900|<de00>|2 of 3, 44");
}

#[test]
fn invalid_utf_8_is_accepted() {
    let body = b"{\"from\":\"VK\",\"to\":\"46701\",\"text\":\"caf\xe9\"}";
    assert_eq!(read(&json(body)).unwrap().text.to_string_lossy(), "caf\u{fffd}");
    let named = TestRequest::posting(body).with("content-type", "application/json; charset=iso-8859-1");
    assert_eq!(read(&named).unwrap().text.to_string_lossy(), "café");
}

#[test]
fn a_time_is_read_as_in_a_form_and_never_refuses_a_message() {
    for (value, at) in [
        ("1795212000", "|1795212000000"),
        ("\"1795212000\"", "|1795212000000"),
        ("1795212000000", "|1795212000000"),
        ("\"2026-11-20T22:00:00Z\"", "|1795212000000"),
        ("\"2026-11-20T22:00:00\"", ""),
        ("\"\"", ""),
        ("\"yesterday\"", ""),
        ("1.5", ""),
        ("{}", ""),
        ("\"\",\"ts\":1795212000", "|1795212000000"),
    ] {
        let body = format!(r#"{{"from":"a","to":"7900","text":"x","sent_at":{value}}}"#);
        assert_eq!(summary_of(&json(&body)), format!("-|a|7900|x{at}"), "{body}");
    }
}

#[test]
fn other_names_of_a_field_may_hold_anything() {
    let body = r#"{"id":[],"uuid":"u","from":{"x":1},"sender":"VK","message":7,"msg":"x","time":[],"timestamp":"now",
        "device":{"id":1},"port":3,"line":"GSM1","name":null}"#;
    assert_eq!(summary_of(&json(body)), "u|VK|GSM1 or 3|x");
    assert_eq!(
        summary_of(&json(r#"{"from":"a","to":"7900","text":"x","ts":1795212000}"#)),
        "-|a|7900|x|1795212000000"
    );
}

#[test]
fn a_path_reaches_nested_values() {
    let body = r#"{"a.b":{"c":"flat"},"a":{"b":{"c":"deep"},"list":[{"n":"79001112233"}],"0":"zero"},"a.list":"x"}"#;
    for (place, text) in [
        ("a.b.c", Ok("deep")),
        ("a.0", Ok("zero")),
        ("a.list", Ok("x")),
        ("a.list.0.n", Ok("79001112233")),
        ("a.list.1.n", Err("a.list.1.n is missing")),
        ("a.list.n", Err("a.list.n is missing")),
        ("a.b.c.d", Err("a.b.c.d is missing")),
        ("a.b", Err("a.b must be a string")),
    ] {
        let settings = with(|map| map.text = path(place));
        let read = json(body).query("from=VK&to=7900").read(&settings);
        assert_eq!(
            read.map(|sms| sms.text.to_string_lossy()),
            text.map(str::to_owned).map_err(str::to_owned),
            "{place}"
        );
    }
}
