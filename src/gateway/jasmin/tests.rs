use axum::http::Method;
use proptest::prelude::*;

use super::*;
use crate::domain::dialect::DefaultAlphabet;
use crate::gateway::called::{Called, short};

fn read(request: &Called) -> Result<InboundSms, String> {
    request.read(|incoming| super::read(&Dialect::default(), incoming))
}

#[track_caller]
fn read_form(form: &str) -> String {
    short(&read(&Called::posting(form).form()).unwrap())
}

#[test]
fn a_captured_post_is_read() {
    let form = "id=f7f971ba-5d1c-4d3c-8a52-6a0a5a2f54a1&from=VK&to=79001112234&origin-connector=sim\
        &content=%04%12%040%04H%00+%04%3A%04%3E%044&binary=0412043004480020043a043e0434&priority=0&coding=%08";
    assert_eq!(
        read_form(form),
        "f7f971ba-5d1c-4d3c-8a52-6a0a5a2f54a1|VK|79001112234|Ваш код"
    );
}

#[test]
fn a_get_is_read_though_it_has_the_content_type_of_a_form() {
    let query = "id=1&from=VK&to=79001112234&origin-connector=sim&content=code&binary=636f6465&coding=%00";
    for request in [
        Called::asking(query),
        Called::asking(query).form(),
        Called::by(Method::PUT, query, b""),
    ] {
        assert_eq!(short(&read(&request).unwrap()), "1|VK|79001112234|code");
    }
}

#[test]
fn the_coding_is_one_byte_or_digits() {
    for (binary, coding, text) in [
        ("31301b651b3c", "%00", "10€["),
        ("31301b651b3c", "0", "10€["),
        ("31301b651b3c", "", "10€["),
        ("4100", "%01", "A\0"),
        ("80e9", "%03", "\u{80}é"),
        ("80e9", "3", "\u{80}é"),
        ("80e9", "4", "\u{80}é"),
        ("d8e3", "%06", "иу"),
        ("041a043e0434000a002004342600", "%08", "Код\n д☀"),
        ("d83dde00", "8", "\u{1f600}"),
        ("d83dde00", "08", "\u{1f600}"),
        ("0041d83d", "8", "A\u{fffd}"),
        ("041a", "%18", "К"),
        ("00", "%F0", "@"),
        ("00", "240", "@"),
        ("c1", "%F4", "Á"),
    ] {
        let form = format!("from=VK&to=79001112234&binary={binary}&coding={coding}");
        assert_eq!(read_form(&form), format!("-|VK|79001112234|{text}"), "{form}");
    }
    assert_eq!(read_form("from=VK&to=79001112234&binary=1b65"), "-|VK|79001112234|€");
}

#[test]
fn some_message_centres_translate() {
    let dialect = Dialect {
        alphabet: DefaultAlphabet::Latin1,
        ..Dialect::default()
    };
    let request = Called::posting("from=VK&to=7900&binary=40245fe9&coding=%00");
    let sms = request.read(|incoming| super::read(&dialect, incoming)).unwrap();
    assert_eq!(sms.text, "@$_é");
}

#[test]
fn without_binary_the_content_is_the_same_bytes() {
    for (more, text) in [
        ("content=%1B%65+%00", "€ @"),
        ("content=%04%1A&coding=%08", "К"),
        ("content=code&binary=", "code"),
        ("content=code&binary=6", "code"),
        ("content=", ""),
        ("binary=", ""),
    ] {
        assert_eq!(
            read_form(&format!("from=VK&to=7900&{more}")),
            format!("-|VK|7900|{text}"),
            "{more}"
        );
    }
}

#[test]
fn the_connector_is_the_line() {
    let form = |to: &str| format!("from=%2B46700&{to}&origin-connector=sim+1&binary=61");
    assert_eq!(read_form(&form("to=")), "-|+46700|sim 1|a");
    assert_eq!(read_form(&form("to=modem1")), "-|+46700|sim 1|a");
    assert_eq!(read_form(&form("to=0701234567")), "-|+46700|0701234567|a");
    assert_eq!(read_form(&form("to=%2B79001112234")), "-|+46700|79001112234|a");
}

#[test]
fn what_is_malformed_is_named() {
    for (form, sentence) in [
        ("", "to is missing"),
        ("from=VK&binary=61", "to is missing"),
        ("to=7900&binary=61", "from is missing"),
        ("from=VK&to=7900", "binary is missing"),
        (
            "from=VK&to=7900&binary=6",
            "binary must be hexadecimal digits, two per byte",
        ),
        (
            "from=VK&to=7900&binary=61&coding=256",
            "coding must be one byte, or a number from 0 to 255",
        ),
        (
            "from=VK&to=7900&binary=61&coding=utf8",
            "coding must be one byte, or a number from 0 to 255",
        ),
    ] {
        assert_eq!(read(&Called::posting(form)).unwrap_err(), sentence, "{form}");
    }
    let head = Called::by(Method::HEAD, "from=VK&to=7900&binary=61", b"");
    assert_eq!(read(&head).unwrap_err(), "the method must be GET, POST or PUT");
    let long = format!("from={}&to=7900&binary=61", "x".repeat(101));
    assert!(read(&Called::posting(long)).unwrap_err().starts_with("from"));
}

proptest! {
    #[test]
    fn any_text_comes_back(text in any::<String>(), raw: bool) {
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let coding = if raw { "%08" } else { "8" };
        let form = format!("from=VK&to=7900&binary={}&coding={coding}", hex::encode(utf16));
        prop_assert_eq!(read(&Called::posting(form)).unwrap().text, text);
    }
}
