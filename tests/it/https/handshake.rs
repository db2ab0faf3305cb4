//! Versions, protocols, and handshakes that are not finished.

use std::time::Duration;

use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Authority, DOMAIN, Files, long};
use crate::support::KEY;
use crate::support::certificates::connect;
use crate::support::wire::raw_post;

/// What takes longer will never happen.
const AT_ONCE: Duration = Duration::from_secs(5);

/// The first message of a client that speaks nothing newer than TLS 1.1.
fn hello_of_tls_1_1() -> Vec<u8> {
    let mut hello = vec![0x03, 0x02];
    hello.extend([7; 32]);
    // No session; TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA; no compression.
    hello.extend([0, 0, 2, 0xc0, 0x13, 1, 0]);
    let length = u8::try_from(hello.len()).unwrap();
    [&[0x16, 0x03, 0x01, 0, length + 4, 0x01, 0, 0, length], &hello[..]].concat()
}

pub(super) fn services() -> String {
    let body = format!("{{\"action\":\"GET_SERVICES\",\"key\":\"{KEY}\"}}");
    raw_post("/getServicesRent", "connection: close\r\n", &body)
}

#[tokio::test]
async fn tls_1_2_and_1_3_are_served_with_http_1_1_alone() {
    let authority = Authority::new();
    let files = Files::new(&authority.certificate(&[DOMAIN], long()));
    let (server, listening) = files.server().await;
    for version in [&TLS12, &TLS13] {
        for (offered, negotiated) in [(&["h2", "http/1.1"][..], Some(&b"http/1.1"[..])), (&[], None)] {
            let client = authority.client(&[version], offered);
            let mut stream = connect(&client, listening.address, DOMAIN).await.unwrap();
            assert_eq!(stream.get_ref().1.alpn_protocol(), negotiated);
            stream.write_all(services().as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        }
        for refused in ["h2", "acme-tls/1"] {
            let client = authority.client(&[version], &[refused]);
            assert!(connect(&client, listening.address, DOMAIN).await.is_err(), "{refused}");
        }
    }
    listening.stop().await;
    server.close().await;
}

#[tokio::test]
async fn older_versions_and_plain_http_are_refused() {
    let authority = Authority::new();
    let files = Files::new(&authority.certificate(&[DOMAIN], long()));
    let (server, listening) = files.server().await;
    for (sent, is_client_hello) in [(hello_of_tls_1_1(), true), (services().into_bytes(), false)] {
        let mut stream = TcpStream::connect(listening.address).await.unwrap();
        stream.write_all(&sent).await.unwrap();
        let mut answer = Vec::new();
        let ended = timeout(AT_ONCE, stream.read_to_end(&mut answer)).await;
        let _reset = ended.expect("the connection ends");
        // An alert: its version, its length, fatal, and what it is about (handshake_failure or protocol_version).
        assert!(answer.is_empty() || answer[0] == 0x15, "{answer:?}");
        assert!(
            !is_client_hello || [[2, 40], [2, 70]].iter().any(|alert| answer[5..] == *alert),
            "{answer:?}"
        );
    }
    listening.stop().await;
    server.close().await;
}

#[tokio::test]
async fn a_server_that_stops_does_not_wait_for_the_rest_of_a_handshake() {
    let authority = Authority::new();
    let files = Files::new(&authority.certificate(&[DOMAIN], long()));
    let (server, listening) = files.server().await;
    let silent = TcpStream::connect(listening.address).await.unwrap();
    let mut half = TcpStream::connect(listening.address).await.unwrap();
    half.write_all(&hello_of_tls_1_1()[..20]).await.unwrap();
    // By the time of this handshake the server has taken the connections before.
    drop(authority.connect(listening.address).await.unwrap());
    timeout(AT_ONCE, listening.stop()).await.expect("it stops at once");
    drop((silent, half));
    server.close().await;
}
