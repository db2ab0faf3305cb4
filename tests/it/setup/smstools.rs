use super::ODD_TEXTS;
use super::handler::Place;
use super::server::{Post, Reply, Server};

/// A file as smsd writes it.
fn file(headers: &[&str], body: &[u8]) -> Vec<u8> {
    let first = "From: VK\nFrom_TOA: D0 alphanumeric, unknown\nSent: 26-11-20 22:34:20\nReceived: 26-11-20 22:34:21\nSubject: GSM1\nModem: GSM1\n";
    let headers: String = headers.iter().map(|header| format!("{header}\n")).collect();
    [first.as_bytes(), headers.as_bytes(), b"\n", body].concat()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// smsd received that file.
async fn receive(place: &Place, name: &str, content: &[u8]) {
    let path = place.path(name);
    std::fs::write(&path, content).unwrap();
    assert!(place.run(&["RECEIVED", path.to_str().unwrap()], &[]).await);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs curl, flock, iconv and setsid; .ci/run installs them"]
async fn a_server_that_is_down_costs_no_sms() {
    let server = Server::answering([Reply::Broken, Reply::Status(503), Reply::Status(500)]).await;
    let place = Place::new("smstools", &server.url());
    let mut texts = ODD_TEXTS.to_vec();
    // Its bytes are four ends of a line.
    texts.push("\u{a0a}\u{a0a}");
    for (number, text) in texts.iter().enumerate() {
        receive(
            &place,
            &format!("GSM1.{number:06}"),
            &file(&["Alphabet: UCS2"], &utf16(text)),
        )
        .await;
    }
    let taken = server.taken(texts.len()).await;
    let found: Vec<&str> = taken.iter().map(|post| post.field("text")).collect();
    assert_eq!(found, texts);
    assert_eq!(place.settled().await, (0, 0));
    assert_eq!(server.posts(0).await.len(), texts.len() + 3, "each was taken once");
    assert_eq!(
        taken[0],
        Post::of([
            ("from", "VK"),
            ("id", "GSM1.000000 26-11-20 22:34:21"),
            ("line", "GSM1"),
            ("text", texts[0])
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs curl, flock, iconv and setsid; .ci/run installs them"]
async fn each_character_set_is_known_by_its_header() {
    let server = Server::answering([]).await;
    let place = Place::new("smstools", &server.url());
    place.without_sender();
    let mut half = utf16("half 😀");
    half.truncate(half.len() - 2);
    let cases: [(&str, Vec<u8>, &str); 6] = [
        (
            "Alphabet: UTF-8",
            "schön €\nAlphabet: UCS2\n".into(),
            "schön €\nAlphabet: UCS2\n",
        ),
        ("Alphabet: ISO", b"sch\xf6n \xa4".to_vec(), "schön €"),
        ("Alphabet: GSM", b"plain".to_vec(), "plain"),
        ("Alphabet: UTF-8", b"sch\xf6n".to_vec(), "schön"),
        ("Alphabet: UCS2", half, "half "),
        ("Alphabet: UCS2", [&utf16("odd")[..], b"\0"].concat(), "odd"),
    ];
    for (number, (alphabet, body, _)) in cases.iter().enumerate() {
        receive(&place, &format!("GSM1.{number}"), &file(&[alphabet], body)).await;
    }
    assert!(place.run(&["send"], &[]).await);
    let taken = server.taken(cases.len()).await;
    let texts: Vec<&str> = taken.iter().map(|post| post.field("text")).collect();
    assert_eq!(texts, cases.map(|(_, _, text)| text));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs curl, flock, iconv and setsid; .ci/run installs them"]
async fn the_number_the_lines_and_the_parts_are_posted() {
    let server = Server::answering([]).await;
    let place = Place::new("smstools", &server.url());
    place.without_sender();
    let known = [
        "Number: +46 70 123 45 67",
        "IMSI: 250010000000001",
        "Report: yes",
        "Alphabet: ISO",
    ];
    receive(&place, "1", &file(&known, b"x")).await;
    for (name, header) in [
        ("2", "UDH-DATA: 05 00 03 2C 03 02 "),
        ("3", "UDH-DATA: 06 08 04 01 2C 03 02 "),
        ("4", "UDH-DATA: 0B 05 04 0B 84 23 F0 00 03 FF 02 01 "),
        ("5", "UDH-DATA: 05 00 03 2C 03 "),
        ("6", "UDH-DATA: 05 00 zz 2C 03 02 1F 1 99999999999999999999 ; id"),
        ("7", "UDH-DATA:"),
    ] {
        receive(&place, name, &file(&["IMSI: ", header, "Alphabet: ISO"], b"x")).await;
    }
    assert!(place.run(&["send"], &[]).await);
    let taken = server.taken(7).await;
    assert_eq!(
        taken[0],
        Post::of([
            ("from", "VK"),
            ("id", "1 26-11-20 22:34:21"),
            ("line", "250010000000001"),
            ("line", "GSM1"),
            ("text", "x"),
            ("to", "46701234567"),
        ])
    );
    let parts: Vec<[&str; 4]> = taken[1..]
        .iter()
        .map(|post| ["reference", "total", "sequence", "line"].map(|name| post.field(name)))
        .collect();
    let none = ["(missing)", "(missing)", "(missing)", "GSM1"];
    assert_eq!(
        parts,
        [
            ["44", "3", "2", "GSM1"],
            ["300", "3", "2", "GSM1"],
            ["255", "2", "1", "GSM1"],
            none,
            none,
            none
        ]
    );
}

/// It may begin and end with half an emoji, which UTF-8 does not have.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs curl, flock, iconv and setsid; .ci/run installs them"]
async fn a_part_in_utf_16_is_posted_as_it_came() {
    let server = Server::answering([]).await;
    let place = Place::new("smstools", &server.url());
    place.without_sender();
    let cut = &utf16("😀Код😀")[2..10];
    let part = ["UDH-DATA: 05 00 03 2C 03 02 ", "Alphabet: UCS2"];
    receive(&place, "1", &file(&part, cut)).await;
    receive(&place, "2", &file(&part, b"")).await;
    receive(&place, "3", &file(&part[1..], &utf16("whole"))).await;
    assert!(place.run(&["send"], &[]).await);
    let taken = server.taken(3).await;
    let found: Vec<_> = taken
        .iter()
        .map(|post| (post.field("charset"), post.field("text")))
        .collect();
    let shown = String::from_utf8_lossy(cut);
    assert_eq!(found, [("UTF-16BE", &*shown), ("UTF-16BE", ""), ("(missing)", "whole")]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs curl, flock, iconv and setsid; .ci/run installs them"]
async fn files_that_are_not_a_received_sms_are_left_alone() {
    let place = Place::new("smstools", "http://127.0.0.1:1");
    place.without_sender();
    let path = place.path("GSM1.1");
    std::fs::write(&path, file(&["Alphabet: ISO"], b"SMS STATUS REPORT\n")).unwrap();
    for event in ["SENT", "FAILED", "REPORT", "CALL"] {
        assert!(place.run(&[event, path.to_str().unwrap()], &[]).await);
    }
    assert!(place.run(&["RECEIVED", path.to_str().unwrap()], &[]).await);
    assert_eq!(place.settled().await, (1, 0));
}
