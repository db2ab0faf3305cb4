//! Compression and connections.

use std::io::Read as _;
use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use flate2::read::GzDecoder;
use insta::assert_snapshot;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::http::{gzipped, request};
use super::{get_number, get_services};
use crate::support::wire::{Listening, client, raw_post};
use crate::support::{KEY, TestServer, same};

fn unpacked(bytes: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

#[tokio::test]
async fn a_request_may_be_gzipped() {
    let server = TestServer::build().await;
    let gzip = |encoding: &str, body: Vec<u8>| {
        request(Method::POST, "/getServicesRent")
            .header("content-type", "application/json")
            .header("content-encoding", encoding)
            .body(Body::from(body))
            .unwrap()
    };
    let packed = gzipped(get_services().json().as_bytes());
    for encoding in ["gzip", "GZIP", "x-gzip", "X-Gzip"] {
        assert_eq!(
            server.ask(gzip(encoding, packed.clone())).await.code(),
            200,
            "{encoding}"
        );
    }
    assert_eq!(
        server.ask(gzip("identity", get_services().json().into())).await.code(),
        200
    );
    // Several members, one after another, are one text (RFC 1952, 2.2).
    let text = get_services().json();
    let (first, second) = text.as_bytes().split_at(text.len() / 2);
    let members = [gzipped(first), gzipped(second), gzipped(b"")].concat();
    assert_eq!(server.ask(gzip("gzip", members)).await.code(), 200);
    assert_snapshot!(server.ask(gzip("zstd", packed.clone())).await.golden(), @r#"
    HTTP 415
    content-type: application/json; charset=utf-8

    {"status":"ERROR","error":"the header Content-Encoding must be gzip or missing"}
    "#);
    let mut answers = Vec::new();
    for broken in [packed[..packed.len() / 2].to_vec(), b"not gzip at all".to_vec()] {
        answers.push((broken.len(), server.ask(gzip("gzip", broken)).await));
    }
    assert_snapshot!(same(&answers), @r#"
    HTTP 400
    content-type: application/json; charset=utf-8

    {"status":"ERROR","error":"the body could not be read"}
    "#);
    server.close().await;
}

#[tokio::test]
async fn a_byte_order_mark_is_left_out() {
    let server = TestServer::build().await;
    for body in [get_services().json(), format!("\u{feff}{}", get_services().json())] {
        assert_eq!(server.post_text("/getServicesRent", body).await.code(), 200);
    }
    let twice = format!("\u{feff}\u{feff}{}", get_services().json());
    assert_eq!(server.post_text("/getServicesRent", twice).await.code(), 400);
    server.close().await;
}

#[tokio::test]
async fn an_answer_is_gzipped_for_who_accepts_it() {
    let server = TestServer::build().await;
    server.stocked(1).await;
    let ask = |encoding: &str, path: &str, body: String| {
        let request = request(Method::POST, path)
            .header("content-type", "application/json")
            .header("accept-encoding", encoding);
        request.body(Body::from(body)).unwrap()
    };
    let plain = server
        .ask(ask("identity", "/getServicesRent", get_services().json()))
        .await;
    assert_eq!(plain.header("content-encoding"), "");
    let packed = server
        .ask(ask("gzip, deflate", "/getServicesRent", get_services().json()))
        .await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert_eq!(packed.header("content-type"), "application/json; charset=utf-8");
    assert_eq!(unpacked(&packed.body), plain.text());
    // An answer that is packed is an answer that was delivered.
    let number = server.ask(ask("gzip", "/getNumberRent", get_number().json())).await;
    let text = match number.header("content-encoding") {
        "gzip" => unpacked(&number.body),
        _ => number.text().to_owned(),
    };
    assert_eq!(text, r#"{"status":"SUCCESS","number":46700000001,"activationId":1}"#);
    server.tick().await;
    assert_eq!(server.fate(1).await, "waiting");
    server.close().await;
}

#[tokio::test]
async fn over_real_tcp_it_is_the_same() {
    let server = TestServer::build().await;
    server.stocked(1).await;
    let listening = Listening::start(server.onlinesim_router()).await;
    let client = client();
    let post = |path: &str, body: String| {
        client
            .post(listening.url(path))
            .bearer_auth(KEY)
            .header("content-type", "application/json; charset=utf-8")
            .body(body)
    };
    // The client asks for gzip and unpacks it by itself.
    let services = post("/getServicesRent", get_services().json()).send().await.unwrap();
    assert_eq!(services.headers()["content-type"], "application/json; charset=utf-8");
    assert_eq!(
        services.text().await.unwrap(),
        r#"{"status":"SUCCESS","countryList":[{"country":"sweden","operatorMap":{"any":{"rent":1},"telia":{"rent":1}}}]}"#
    );
    let number = post("/getNumberRent", get_number().json()).send().await.unwrap();
    assert_eq!(
        number.text().await.unwrap(),
        r#"{"status":"SUCCESS","number":46700000001,"activationId":1}"#
    );
    let wrong = client
        .get(listening.url("/getNumberRent"))
        .bearer_auth(KEY)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (wrong.status().as_u16(), wrong.headers()["allow"].to_str().unwrap()),
        (405, "POST")
    );
    server.tick().await;
    assert_eq!(server.fate(1).await, "waiting");
    drop(client);
    listening.stop().await;
    server.close().await;
}

#[tokio::test]
async fn a_connection_serves_one_request_after_another() {
    let server = TestServer::build().await;
    let listening = Listening::start(server.onlinesim_router()).await;
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    for (body, code) in [
        (get_services().json(), 200),
        (get_number().changed("no sum").json(), 400),
        (get_number().json(), 200),
    ] {
        let path = if body.contains("GET_NUMBER") {
            "/getNumberRent"
        } else {
            "/getServicesRent"
        };
        stream.write_all(raw_post(path, "", &body).as_bytes()).await.unwrap();
        let answer = read_answer(&mut stream).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {code} ")), "{answer}");
    }
    drop(stream);
    listening.stop().await;
    server.close().await;
}

/// The head of a request may take 15 s; a server that stops does not wait for the rest of it.
#[tokio::test]
async fn a_server_that_stops_does_not_wait_for_the_rest_of_a_head() {
    const AT_ONCE: Duration = Duration::from_secs(5);
    let server = TestServer::build().await;
    let listening = Listening::start(server.onlinesim_router()).await;
    let half = b"POST /getServicesRent HTTP/1.1\r\nhost: x\r\nautho";
    let whole = raw_post("/getServicesRent", "", &get_services().json());
    let mut fresh = TcpStream::connect(listening.address).await.unwrap();
    fresh.write_all(half).await.unwrap();
    let mut kept = TcpStream::connect(listening.address).await.unwrap();
    kept.write_all(whole.as_bytes()).await.unwrap();
    read_answer(&mut kept).await;
    kept.write_all(half).await.unwrap();
    // By the time of this answer the server has read what was sent before.
    let mut other = TcpStream::connect(listening.address).await.unwrap();
    other.write_all(whole.as_bytes()).await.unwrap();
    read_answer(&mut other).await;
    timeout(AT_ONCE, listening.stop()).await.expect("it stops at once");
    for mut stream in [fresh, kept] {
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest));
    }
    server.close().await;
}

/// One answer with a content-length off a connection that stays open.
pub(super) async fn read_answer(stream: &mut TcpStream) -> String {
    let mut answer = String::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(count > 0, "the connection ended in the middle: {answer}");
        answer.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
        let Some((head, body)) = answer.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .expect("an answer has a length");
        if body.len() >= length.parse().unwrap() {
            return answer;
        }
    }
}
