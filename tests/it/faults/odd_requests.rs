//! Bytes on the partner's listener that no honest client sends. Each is answered or dropped, none is taken for something
//! else, and the next client is served. Rules 10 and 12.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::crash::process::WAIT_MAX;
use crate::support::wire::{Listening, raw_post};
use crate::support::{KEY, TestServer};

const DEADLINE: Duration = Duration::from_millis(300);
/// The deadline, and what a commit and a body may take longer.
const IN_TIME: Duration = Duration::from_millis(1500);

struct Api {
    server: TestServer,
    listening: Listening,
}

fn body() -> String {
    format!(r#"{{"action":"GET_NUMBER","key":"{KEY}","service":"rent","sum":320}}"#)
}

/// GET_NUMBER with more headers and another body length than is right, if given so.
fn request(more: &str, body: &str) -> String {
    format!(
        "POST /getNumberRent HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {KEY}\r\ncontent-type: application/json\r\n{more}\r\n{body}"
    )
}

fn whole() -> String {
    raw_post("/getNumberRent", "", &body())
}

impl Api {
    async fn start() -> Self {
        let server = TestServer::with(&[("ONLINESIM__DEADLINE", "300ms")]).await;
        server.stocked(50).await;
        let listening = Listening::start(server.onlinesim_router()).await;
        Self { server, listening }
    }

    /// Sends these bytes; returns what comes back until the server closes the connection.
    async fn answers_to(&self, bytes: &[u8], then_close: bool) -> String {
        let mut stream = TcpStream::connect(self.listening.address).await.unwrap();
        // The server may have had enough before the last byte.
        let _refused = stream.write_all(bytes).await;
        if then_close {
            let _closed = stream.shutdown().await;
        }
        let mut answer = Vec::new();
        // A reset after the answer is an end, too.
        let _end = timeout(WAIT_MAX, stream.read_to_end(&mut answer))
            .await
            .expect("an end");
        String::from_utf8(answer).unwrap()
    }

    async fn rentals(&self) -> usize {
        self.server.tick().await;
        self.server.open_operations().await.len()
    }

    /// Checks the number of rentals and that the API still answers.
    async fn close(self, rentals: usize) {
        assert_eq!(self.rentals().await, rentals);
        let head = whole().replacen("host: x", "host: x\r\nconnection: close", 1);
        let answer = self.answers_to(head.as_bytes(), false).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        self.listening.stop().await;
        self.server.close().await;
    }
}

fn codes(answers: &str) -> Vec<&str> {
    answers.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect()
}

#[tokio::test]
async fn rule_12_a_head_has_bounds() {
    let api = Api::start().await;
    let length = format!("content-length: {}\r\n", body().len());
    let large = format!("x-large: {}\r\n{length}", "x".repeat(64 * 1024));
    let many: String = (0..200).map(|one| format!("x-{one}: 1\r\n")).collect();
    let long = whole().replacen(
        "/getNumberRent",
        &format!("/getNumberRent?{}", "x".repeat(64 * 1024)),
        1,
    );
    for (what, bytes) in [
        ("a large header", request(&large, &body())),
        ("many headers", request(&(many + &length), &body())),
        ("a long URL", long),
    ] {
        let answer = api.answers_to(bytes.as_bytes(), false).await;
        assert!(
            codes(&answer) == ["431"] || codes(&answer) == ["414"],
            "{what}: {answer}"
        );
    }
    api.close(0).await;
}

#[tokio::test]
async fn bytes_that_are_not_http_are_dropped() {
    let api = Api::start().await;
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"\0\0\0\0\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST /getNumberRent HTTP/9.9\r\n\r\n",
        b"POST /getNumberRent HTTP/1.1\r\nhost : x\r\n\r\n",
    ] {
        let answer = api.answers_to(bytes, true).await;
        assert!(codes(&answer).iter().all(|code| *code == "400"), "{bytes:?}: {answer}");
    }
    api.close(0).await;
}

#[tokio::test]
async fn many_requests_on_one_connection_at_once_are_answered_in_their_order() {
    let api = Api::start().await;
    let wrong = whole().replace("GET_NUMBER", "GET_NOTHING").replacen(
        &format!("content-length: {}", body().len()),
        &format!("content-length: {}", body().len() + 1),
        1,
    );
    let mut all: String = (0..20)
        .map(|one| if one % 4 == 3 { wrong.clone() } else { whole() })
        .collect();
    all += &whole().replacen("host: x", "host: x\r\nconnection: close", 1);
    let answer = api.answers_to(all.as_bytes(), false).await;
    let mut expected: Vec<&str> = (0..20).map(|one| if one % 4 == 3 { "400" } else { "200" }).collect();
    expected.push("200");
    assert_eq!(codes(&answer), expected, "{answer}");
    let ids = answer.match_indices("\"activationId\":").map(|(at, word)| {
        let id: String = answer[at + word.len()..]
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        id.parse::<u64>().unwrap()
    });
    assert!(ids.eq(1..=16), "{answer}");
    api.close(16).await;
}

#[tokio::test]
async fn a_request_with_two_lengths_smuggles_no_second_one() {
    let api = Api::start().await;
    let chunked = format!("{:x}\r\n{}\r\n0\r\n\r\n", body().len(), body());
    let behind = whole();
    let length = format!("content-length: {}\r\n", chunked.len() + behind.len());
    // A proxy that goes by the length sees one request; by the chunks, a second one follows it.
    let both = "transfer-encoding: chunked\r\n".to_owned() + &length;
    let turned = length.clone() + "transfer-encoding: chunked\r\n";
    let mut rentals = 0;
    for headers in [both, turned] {
        let answer = api
            .answers_to((request(&headers, &chunked) + &behind).as_bytes(), false)
            .await;
        assert_eq!(codes(&answer), ["200"], "one answer, and the connection ends: {answer}");
        rentals += 1;
    }
    for headers in [
        format!("content-length: 5\r\n{length}"),
        "content-length: -1\r\n".to_owned(),
        "content-length: +5\r\n".to_owned(),
        "content-length: 5, 6\r\n".to_owned(),
        "transfer-encoding: gzip\r\n".to_owned(),
        "transfer-encoding: chunked, identity\r\n".to_owned(),
    ] {
        let answer = api
            .answers_to((request(&headers, &chunked) + &behind).as_bytes(), false)
            .await;
        assert_eq!(codes(&answer), ["400"], "{headers}: {answer}");
    }
    // A chunk whose size is none.
    let answer = api
        .answers_to(
            request("transfer-encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n").as_bytes(),
            false,
        )
        .await;
    assert_eq!(codes(&answer), ["400"], "{answer}");
    api.close(rentals).await;
}

#[tokio::test]
async fn half_a_body_rents_nothing() {
    let api = Api::start().await;
    let half = request(&format!("content-length: {}\r\n", body().len()), &body()[..20]);
    let answer = api.answers_to(half.as_bytes(), true).await;
    assert!(codes(&answer).iter().all(|code| *code == "400"), "{answer}");
    // Silence instead of the rest: an answer in time, and the connection ends.
    let started = Instant::now();
    let answer = api.answers_to(half.as_bytes(), false).await;
    let took = started.elapsed();
    assert_eq!(codes(&answer), ["503"], "{answer}");
    assert!(took >= DEADLINE && took < IN_TIME, "{took:?}");
    api.close(0).await;
}
