//! SIGTERM: requests and pushes under way are finished; a second one ends the process at once.

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::process::{Place, Server, ServerClient, WAIT_MAX};
use crate::support::wire::raw_post;
use crate::support::{Gate, KEY, NUMBER, Reply};

/// A rental whose SMS is being pushed; Onlinesim's answer waits for the gate.
async fn pushing(place: &Place) -> (Server, Gate) {
    let server = place.start().await;
    let client = &server.client;
    let token = client
        .stock(json!({"name": "bank"}), "sweden", "telia", NUMBER, 2)
        .await;
    let rented = client
        .get_number(&json!({"exceptionPhoneSet": ["46700000002"]}))
        .await
        .unwrap();
    assert_eq!(rented.1["number"], NUMBER);
    let gate = Gate::default();
    place.onlinesim.answers([Reply::held(&gate, Reply::status("SUCCESS"))]);
    let sms = json!({"id": "a", "from": "Service", "to": NUMBER.to_string(), "text": "code"});
    assert_eq!(client.sms(&token, &sms).await.unwrap().0, 200);
    place.onlinesim.wait_for(1).await;
    (server, gate)
}

/// Returns when nothing listens there any more.
async fn listener_is_closed(client: &ServerClient) {
    let closed = async { while TcpStream::connect(client.host()).await.is_ok() {} };
    timeout(WAIT_MAX, closed)
        .await
        .expect("the first signal closes the listener");
}

#[tokio::test]
async fn sigterm_finishes_requests_and_pushes_and_exits_0() {
    let place = Place::new().await;
    let (server, gate) = pushing(&place).await;
    // GET_NUMBER without its body; the server answers that it waits for it.
    let body = json!({"action": "GET_NUMBER", "key": KEY, "service": "rent", "sum": 320}).to_string();
    let request = raw_post("/getNumberRent", "expect: 100-continue\r\n", &body);
    let head = request.strip_suffix(&body).unwrap();
    let mut stream = TcpStream::connect(server.client.host()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    let mut waiting = vec![0; go_on.len()];
    stream.read_exact(&mut waiting).await.unwrap();
    assert_eq!(String::from_utf8(waiting).unwrap(), go_on);

    server.terminate();
    listener_is_closed(&server.client).await;
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(WAIT_MAX, stream.read_to_string(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(
        answer.contains(r#""status":"SUCCESS""#) && answer.contains("46700000002"),
        "{answer}"
    );
    gate.open();
    assert_eq!(server.ended().await.code(), Some(0));

    let server = place.start().await;
    server.client.nothing_due(&place.onlinesim).await;
    assert_eq!(server.client.list("/v1/messages?delivery=delivered").await.len(), 1);
    assert_eq!(place.onlinesim.texts(), ["code"]);
    assert_eq!(server.client.list("/v1/operations?state=open").await.len(), 2);
}

#[tokio::test]
async fn a_second_sigterm_exits_at_once() {
    let place = Place::new().await;
    let (server, gate) = pushing(&place).await;
    server.terminate();
    listener_is_closed(&server.client).await;
    // The push is still held: only the second signal ends the process.
    server.terminate();
    assert_eq!(server.ended().await.code(), Some(143));
    gate.open();

    let server = place.start().await;
    server.client.nothing_due(&place.onlinesim).await;
    assert_eq!(server.client.list("/v1/messages?delivery=delivered").await.len(), 1);
    assert_eq!(
        place.onlinesim.texts(),
        ["code", "code"],
        "the first acceptance did not reach the server"
    );
}
