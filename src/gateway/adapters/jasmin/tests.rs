use axum::http::Method;
use proptest::prelude::*;

use super::*;
use crate::domain::sms::{PART_CHARS_MAX, SmsPart};
use crate::gateway::adapters::tests::{TestRequest, of_kind, short};

fn read(request: &TestRequest) -> Result<InboundSms, String> {
    request.read(&of_kind("jasmin"))
}

#[track_caller]
fn read_form(form: &str) -> String {
    short(&read(&TestRequest::posting(form).form()).unwrap())
}

/// Bodies that the real program, 0.11.1, posted, and what is read in them.
const CAPTURED: [(&str, &str); 7] = [
    (
        "id=ad109a69-0a92-4bf9-86dd-756154159826&from=VK&to=46700000001&origin-connector=sim\
         &content=%04%12%040%04H%00+%04%3A%04%3E%044%00%3A%00+%004%008%002%001\
         &binary=0412043004480020043a043e0434003a00200034003800320031&priority=0&coding=%08",
        "ad109a69-0a92-4bf9-86dd-756154159826|VK|46700000001|Ваш код: 4821",
    ),
    (
        "id=acc1bfd9-fdb9-43f6-83ef-73476f2b012a&from=46731234567&to=46700000001&origin-connector=sim\
         &content=Your+%1Be+%1B%3Cok%1B%3E+%40+%00%01%02%0A2\
         &binary=596f7572201b65201b3c6f6b1b3e2040200001020a32&priority=0&coding=%00",
        "acc1bfd9-fdb9-43f6-83ef-73476f2b012a|46731234567|46700000001|Your € [ok] ¡ @£$\n2",
    ),
    (
        "id=dd9345a5-cec7-4936-a570-f7e0a41e17cf&from=My_Bank+%241&to=46700000001&origin-connector=sim\
         &content=a+b%26c%3Dd%2Be%2520&binary=61206226633d642b65253230&priority=0&coding=%00",
        "dd9345a5-cec7-4936-a570-f7e0a41e17cf|My_Bank $1|46700000001|a b&c=d+e%20",
    ),
    // Joined from two parts; the emoji was split between them.
    (
        "id=4a3ccb80-7ad1-44d8-83c7-95e35f130d24&from=Emoji&to=46700000001&origin-connector=sim\
         &content=%04O%04O%04O%D8%3D%DE%00%04O%04O&binary=044f044f044fd83dde00044f044f&priority=0&coding=%08",
        "4a3ccb80-7ad1-44d8-83c7-95e35f130d24|Emoji|46700000001|яяя😀яя",
    ),
    (
        "id=4cb8c952-eddf-492a-a65e-22d2e43f8671&from=VK&to=46700000001&origin-connector=sim\
         &content=%04%1A%04%3E%044%00%0A%001%00%0D%00%0A%002\
         &binary=041a043e0434000a0031000d000a0032&priority=0&coding=%08",
        "4cb8c952-eddf-492a-a65e-22d2e43f8671|VK|46700000001|Код\n1\r\n2",
    ),
    // The byte 0x0a is its coding.
    (
        "id=055f534a-6d44-476f-b556-ef31da479204&from=c0a&to=46700000001&origin-connector=sim\
         &content=ABC&binary=414243&priority=0&coding=%0A",
        "055f534a-6d44-476f-b556-ef31da479204|c0a|46700000001|ABC",
    ),
    (
        "id=bfb37748-a9ba-4db0-852e-2fa288caefc2&from=empty&to=46700000001&origin-connector=sim\
         &content=&binary=&priority=0&coding=%00",
        "bfb37748-a9ba-4db0-852e-2fa288caefc2|empty|46700000001|",
    ),
];

#[test]
fn captured_posts_are_read() {
    for (form, read) in CAPTURED {
        assert_eq!(read_form(form), read);
    }
}

/// Captured, too: no field says that the text begins with a header.
#[test]
fn what_jasmin_does_not_join_is_a_part() {
    for (form, part, text) in [
        (
            "id=98e63015-eb51-4069-93fa-3e0819b3eec7&from=VK&to=46700000001&origin-connector=sim\
             &content=%06%08%04%12%FF%02%02%04%3A%04%3E%04%3D%045%04F\
             &binary=06080412ff0202043a043e043d04350446&priority=0&coding=%08",
            SmsPart::new(0x12ff, 2, 2),
            "конец",
        ),
        (
            "id=93d366b4-138f-402e-8fce-92a16ec23d0e&from=46731234567&to=46700000001&origin-connector=sim\
             &content=%06%08%04%0A%0D%02%0110+%1Be+%00&binary=0608040a0d02013130201b652000&priority=0&coding=%00",
            SmsPart::new(0x0a0d, 2, 1),
            "10 € @",
        ),
        // For the SIM (class 2): Jasmin does not join its parts.
        (
            "id=4f570042-a344-4e4d-91b1-f39d8c2f6f9a&from=VK&to=46700000001&origin-connector=sim\
             &content=%05%00%03%09%02%01Class+2&binary=050003090201436c6173732032&priority=0&coding=%F2",
            SmsPart::new(9, 2, 1),
            "Class 2",
        ),
        // The header names a national language and no part.
        (
            "id=5a225468-96c4-46c2-b20a-a8e785140b28&from=BANK&to=46700000001&origin-connector=sim\
             &content=%03%24%01%01Kod+4821&binary=032401014b6f642034383231&priority=0&coding=%00",
            None,
            "Kod 4821",
        ),
    ] {
        let sms = read(&TestRequest::posting(form).form()).unwrap();
        assert_eq!((sms.part, &*sms.text.to_string_lossy()), (part, text), "{form}");
    }
    let form = "from=VK&to=46700000001&binary=06080412ff0302de00043ad83d&coding=%08";
    assert_eq!(read_form(form), "-|VK|46700000001|<de00>к<d83d>|2 of 3, 4863");
    let joined = "я".repeat(PART_CHARS_MAX + 1);
    let utf16: Vec<u8> = joined.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let form = format!("from=VK&to=7900&coding=8&binary=06080412000201{}", hex::encode(utf16));
    let sms = read(&TestRequest::posting(form)).unwrap();
    assert_eq!(
        (sms.part, sms.text.to_string_lossy()),
        (None, joined),
        "too long for one part"
    );
}

#[test]
fn a_get_is_read_though_it_has_the_content_type_of_a_form() {
    let query = "id=1&from=VK&to=79001112234&origin-connector=sim&content=code&binary=636f6465&coding=%00";
    for request in [
        TestRequest::asking(query),
        TestRequest::asking(query).form(),
        TestRequest::by(Method::PUT, query, b""),
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
        ("80e9", "3", "\u{80}é"),
        ("d83dde00", "8", "\u{1f600}"),
        ("d83dde00", "08", "\u{1f600}"),
        ("0041d83d", "8", "A\u{fffd}"),
        ("00", "240", "@"),
        ("c1", "%F4", "Á"),
    ] {
        let form = format!("from=VK&to=79001112234&binary={binary}&coding={coding}");
        assert_eq!(read_form(&form), format!("-|VK|79001112234|{text}"), "{form}");
    }
    assert_eq!(read_form("from=VK&to=79001112234&binary=1b65"), "-|VK|79001112234|€");
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
    for (form, error) in [
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
        assert_eq!(read(&TestRequest::posting(form)).unwrap_err(), error, "{form}");
    }
    let head = TestRequest::by(Method::HEAD, "from=VK&to=7900&binary=61", b"");
    assert_eq!(read(&head).unwrap_err(), "the method must be GET, POST or PUT");
    let long = format!("from={}&to=7900&binary=61", "x".repeat(101));
    assert!(read(&TestRequest::posting(long)).unwrap_err().starts_with("from"));
}

proptest! {
    #[test]
    fn any_text_comes_back(text in any::<String>(), raw: bool) {
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let coding = if raw { "%08" } else { "8" };
        let form = format!("from=VK&to=7900&binary={}&coding={coding}", hex::encode(utf16));
        prop_assert_eq!(read(&TestRequest::posting(form)).unwrap().text.to_string_lossy(), text);
    }
}
