//! What is refused before its body was read. A small rest is read, so that the next request is served on the same
//! connection; a larger one, or one that does not come, ends the connection, and the answer announces it.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::get_services;
use super::wire::read_answer;
use crate::support::wire::{Listening, raw_post};
use crate::support::{KEY, TestServer};

/// Longer than a refusal waits for the rest of a body, and shorter than the deadline.
const SOON: Duration = Duration::from_secs(5);

fn head(key: &str, more: &str) -> String {
    format!(
        "POST /getServicesRent HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n{more}\r\n\r\n"
    )
}

fn good() -> String {
    raw_post("/getServicesRent", "", &get_services().json())
}

/// The next answer, which is that one; whether it announces the end of the connection.
async fn answered(stream: &mut TcpStream, code: u16) -> bool {
    let answer = timeout(SOON, read_answer(stream)).await.expect("an answer");
    assert!(answer.starts_with(&format!("HTTP/1.1 {code} ")), "{answer}");
    answer.contains("connection: close\r\n")
}

async fn ended(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    // The end may come as a reset.
    let _end = timeout(SOON, stream.read_to_end(&mut rest)).await.expect("an end");
    assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest));
}

#[tokio::test]
async fn after_a_refusal_with_a_small_body_the_connection_goes_on() {
    let server = TestServer::build().await;
    let listening = Listening::start(server.onlinesim_router()).await;
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    let padding = "x".repeat(10 * 1024);
    let whole = head("wrong", "content-length: 10240") + &padding;
    let chunked = head("wrong", "transfer-encoding: chunked") + "2800\r\n" + &padding + "\r\n0\r\n\r\n";
    let another_path = whole
        .replacen("/getServicesRent", "/another", 1)
        .replacen("wrong", KEY, 1);
    for (refused, code) in [(&whole, 401), (&chunked, 401), (&another_path, 404)] {
        stream.write_all(refused.as_bytes()).await.unwrap();
        assert!(!answered(&mut stream, code).await);
        stream.write_all(good().as_bytes()).await.unwrap();
        assert!(!answered(&mut stream, 200).await);
    }
    // The body comes after the head, and right behind it the next request, which ends the connection.
    let (first, rest) = whole.split_at(whole.len() - 5_000);
    stream.write_all(first.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    tokio::task::yield_now().await;
    let last = good().replacen("host: x", "host: x\r\nconnection: close", 1);
    stream.write_all((rest.to_owned() + &last).as_bytes()).await.unwrap();
    let mut both = String::new();
    let read = timeout(SOON, stream.read_to_string(&mut both)).await;
    read.expect("an end").unwrap();
    let codes: Vec<&str> = both
        .match_indices("HTTP/1.1 ")
        .map(|(at, _)| &both[at + 9..at + 12])
        .collect();
    assert_eq!(codes, ["401", "200"], "{both}");
    drop(stream);
    listening.stop().await;
    server.close().await;
}

#[tokio::test]
async fn after_a_refusal_with_a_large_body_the_connection_ends_and_the_answer_announces_it() {
    let server = TestServer::build().await;
    let listening = Listening::start(server.onlinesim_router()).await;
    let large = "x".repeat(10 << 20);
    let whole = head("wrong", &format!("content-length: {}", large.len())) + &large;
    let length = format!("{:x}\r\n", large.len());
    let chunked = head("wrong", "transfer-encoding: chunked") + &length + &large + "\r\n0\r\n\r\n";
    for request in [whole, chunked] {
        let mut stream = TcpStream::connect(listening.address).await.unwrap();
        let (mut reading, mut writing) = stream.split();
        // A client that sends all of it before it reads gets its answer, too.
        let sent = async {
            let _enough = writing.write_all(request.as_bytes()).await;
        };
        timeout(SOON, sent).await.expect("it is taken or refused");
        let mut all = Vec::new();
        let _end = timeout(SOON, reading.read_to_end(&mut all)).await.expect("an end");
        let answer = String::from_utf8(all).unwrap();
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
        assert!(answer.contains("connection: close\r\n"), "{answer}");
    }
    listening.stop().await;
    server.close().await;
}

#[tokio::test]
async fn rule_12_a_refusal_does_not_wait_long_for_a_body_that_does_not_come() {
    let server = TestServer::build().await;
    let listening = Listening::start(server.onlinesim_router()).await;
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    let started = Instant::now();
    let half = head("wrong", "content-length: 10240") + "half";
    stream.write_all(half.as_bytes()).await.unwrap();
    assert!(answered(&mut stream, 401).await);
    ended(&mut stream).await;
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    // A client that asks whether to send the body gets the refusal instead.
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    let asked = head("wrong", "expect: 100-continue\r\ncontent-length: 10240");
    stream.write_all(asked.as_bytes()).await.unwrap();
    assert!(answered(&mut stream, 401).await);
    ended(&mut stream).await;
    listening.stop().await;
    server.close().await;
}
