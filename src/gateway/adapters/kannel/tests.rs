mod documents;
mod parts;

use axum::http::Method;
use proptest::prelude::*;

use crate::gateway::adapters::tests::{TestRequest, of_kind, short};

#[track_caller]
fn summary_of(request: &TestRequest) -> String {
    short(&request.read(&of_kind("kannel")).unwrap())
}

/// As Kannel encodes it.
fn encoded(bytes: &[u8]) -> String {
    let one = |byte: &u8| match byte {
        b' ' => "+".to_owned(),
        _ if byte.is_ascii_alphanumeric() => char::from(*byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    bytes.iter().map(one).collect()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

#[test]
fn captured_gets_are_read() {
    for (query, expected) in [
        (
            "id=0c63a1f0-8d2b-44a7-9c39-1d7b41f52b10&from=VK&to=%2B79001112234&smsc=sim&ts=1795214003&coding=2\
             &charset=UTF-16BE&udh=&text=%04%12%040%04H%00+%04%3A%04%3E%044",
            "0c63a1f0-8d2b-44a7-9c39-1d7b41f52b10|VK|79001112234|Ваш код|1795214003000",
        ),
        (
            "id=786530ce-1111-4222-8333-944445555666&from=VK&to=%2B79001112234&smsc=sim&ts=1795214009&coding=0\
             &charset=UTF-8&udh=&text=%D0%92%D0%B0%D1%88+%D0%BA%D0%BE%D0%B4",
            "786530ce-1111-4222-8333-944445555666|VK|79001112234|Ваш код|1795214009000",
        ),
        (
            "id=7&from=VK&to=%2B79001112234&smsc=sim&ts=1795214009&coding=0&charset=UTF-8&udh=%05%00%03%2C%03%01\
             &text=word001+word002+",
            "7|VK|79001112234|word001 word002 |1795214009000|1 of 3, 44",
        ),
    ] {
        assert_eq!(summary_of(&TestRequest::asking(query)), expected);
        assert_eq!(
            summary_of(&TestRequest::asking(query).form()),
            expected,
            "a content type changes nothing"
        );
    }
}

#[test]
fn a_text_is_read_in_its_charset() {
    for (fields, text) in [
        (
            "charset=UTF-8&text=10+%E2%82%AC+%5Ba%5D%0Ab+%F0%9F%98%80",
            "10 € [a]\nb \u{1f600}",
        ),
        ("charset=UTF-16BE&coding=2&text=%D8%3D%DE%00%00%0A", "\u{1f600}\n"),
        ("charset=utf-16be&text=%00A%D8%3D", "A\u{fffd}"),
        ("charset=WINDOWS-1252&text=%80", "€"),
        ("charset=ISO-8859-1&coding=0&text=caf%E9", "café"),
        ("charset=&coding=2&text=%04%1A", "К"),
        ("coding=2&text=%04%1A", "К"),
        ("charset=&coding=0&text=%D0%9A", "К"),
        ("charset=nonsense&text=%D0%9A", "К"),
        ("text=%FF", "\u{fffd}"),
        ("text=", ""),
    ] {
        let query = format!("from=VK&to=7900&{fields}");
        assert_eq!(
            summary_of(&TestRequest::asking(&query)),
            format!("-|VK|7900|{text}"),
            "{fields}"
        );
    }
}

#[test]
fn the_captured_post_is_read() {
    let post = || {
        TestRequest::posting(utf16("Ваш код: 4821"))
            .query("id=c3e2fe97-562f-4b12-9a61-2f6708e49d4e")
            .with("content-type", "text/plain; charset=\"UTF-16BE\"")
            .with("x-kannel-from", "VK")
            .with("x-kannel-to", "+79001112234")
            .with("x-kannel-smsc", "sim")
            .with("x-kannel-coding", "2")
            .with("x-kannel-time", "2026-11-20 22:33:38")
            .with("date", "2026-11-20 22:33:38")
            .with("x-kannel-meta-data", "?smpp?")
    };
    let expected = "c3e2fe97-562f-4b12-9a61-2f6708e49d4e|VK|79001112234|Ваш код: 4821";
    assert_eq!(summary_of(&post()), expected);
    for header in ["%05%00%03-%04%01", "0500032d0401"] {
        assert_eq!(
            summary_of(&post().with("x-kannel-udh", header)),
            format!("{expected}|1 of 4, 45")
        );
    }
    let space = post().with("x-kannel-udh", "%05%00%03+%04%01");
    assert_eq!(
        summary_of(&space),
        format!("{expected}|1 of 4, 32"),
        "a reference that is a space"
    );
    assert_eq!(summary_of(&post().with("x-kannel-udh", "%05%00")), expected);
}

#[test]
fn a_post_without_a_charset_is_read_by_its_coding() {
    let post = |body: &[u8]| {
        TestRequest::posting(body)
            .with("x-kannel-to", "7900")
            .with("x-kannel-from", "VK")
    };
    let coded = |body: &[u8], coding: &str| summary_of(&post(body).with("x-kannel-coding", coding));
    assert_eq!(coded(b"\x04\x1a", "2"), "-|VK|7900|К");
    assert_eq!(coded("К".as_bytes(), "0"), "-|VK|7900|К");
    let octets = post("<?xml a=b&c".as_bytes()).with("content-type", "application/octet-stream");
    assert_eq!(
        summary_of(&octets),
        "-|VK|7900|<?xml a=b&c",
        "what looks like XML or a form is a text"
    );
}

/// Without `send-sender` Kannel omits the sender of a POST; the message is kept.
#[test]
fn a_message_without_a_sender_is_kept() {
    let post = || TestRequest::posting("code").with("x-kannel-to", "7900");
    assert_eq!(summary_of(&post()), "-||7900|code");
    assert_eq!(summary_of(&post().query("id=1&from=VK")), "1|VK|7900|code");
    assert_eq!(
        summary_of(&TestRequest::asking("from=&to=7900&text=code")),
        "-||7900|code"
    );
    let get = TestRequest::asking("to=7900&text=code").with("x-kannel-from", "VK");
    assert_eq!(summary_of(&get), "-|VK|7900|code");
}

#[test]
fn the_connection_is_the_line() {
    for (fields, receiver) in [
        ("to=&smsc=sim", "sim"),
        ("smsc=sim", "sim"),
        ("to=modem2&smsc=sim", "sim"),
        ("to=0701234567&smsc=other", "0701234567"),
        ("to=777&smsc=sim", "777"),
        ("to=+79001112234&smsc=sim", "79001112234"),
        ("to=777", "777"),
    ] {
        let query = format!("from=VK&text=code&{fields}");
        assert_eq!(
            summary_of(&TestRequest::asking(&query)),
            format!("-|VK|{receiver}|code"),
            "{fields}"
        );
    }
    let post = TestRequest::posting("code")
        .with("x-kannel-from", "VK")
        .with("x-kannel-smsc", "sim");
    assert_eq!(summary_of(&post), "-|VK|sim|code");
}

#[test]
fn unfilled_placeholders_of_kannel_are_ignored() {
    assert_eq!(
        summary_of(&TestRequest::asking("id=%I&from=VK&to=7900&text=x&ts=%T")),
        "-|VK|7900|x"
    );
    assert_eq!(
        summary_of(&TestRequest::asking("from=VK&to=7900&text=x&ts=2026-11-20+22:00")),
        "-|VK|7900|x"
    );
    assert_eq!(
        summary_of(&TestRequest::asking("from=VK&to=7900&text=x&ts=0")),
        "-|VK|7900|x"
    );
}

#[test]
fn what_is_malformed_is_named() {
    for (query, error) in [
        ("", "from is missing"),
        ("from=VK&to=7900", "text is missing"),
        ("from=VK&text=x", "to is missing"),
        (
            "from=VK&to=modem&text=x",
            "to must be the number that received the SMS, in digits (20 at most)",
        ),
    ] {
        assert_eq!(
            TestRequest::asking(query).read(&of_kind("kannel")).unwrap_err(),
            error,
            "{query}"
        );
    }
    assert_eq!(
        TestRequest::posting("x").read(&of_kind("kannel")).unwrap_err(),
        "to is missing"
    );
    let head = TestRequest::by(Method::HEAD, "from=VK&to=7900&text=x", b"");
    assert_eq!(
        head.read(&of_kind("kannel")).unwrap_err(),
        "the method must be GET, POST or PUT"
    );
}

/// The document as smsbox writes it, with white space and all.
fn document(submit: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<message cid=\"1\">\n\t<submit>\n{submit}\t</submit>\n</message>\n"
    )
}

fn xml(body: &str) -> TestRequest {
    TestRequest::posting(body).with("content-type", "text/xml; charset=\"ISO-8859-1\"")
}

proptest! {
    #[test]
    fn any_text_comes_back(text in any::<String>(), way in 0..4) {
        let wide = encoded(&utf16(&text));
        let request = match way {
            0 => TestRequest::asking(&format!("from=VK&to=7900&charset=UTF-16BE&coding=2&text={wide}")),
            1 => TestRequest::asking(&format!("from=VK&to=7900&charset=UTF-8&coding=0&text={}", encoded(text.as_bytes()))),
            2 => TestRequest::posting(utf16(&text))
                .with("content-type", "text/plain; charset=\"UTF-16BE\"")
                .with("x-kannel-to", "7900"),
            _ => xml(&document(&format!(
                "<da><number>7900</number></da><ud>{wide}</ud><dcs><coding>2</coding></dcs>"
            ))),
        };
        prop_assert_eq!(request.read(&of_kind("kannel")).unwrap().text.to_string_lossy(), text);
    }
}
