//! Whose address a request has, and from where requests are answered.

use axum::body::Body;
use axum::http::{Method, Request};
use leaseline::http::auth_failures::ClientAddress;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::listening;
use crate::support::test_server::ADMIN_TOKEN;
use crate::support::wire::raw_post;
use crate::support::{Answer, KEY, TestServer};

/// A request of a client with that address.
fn from(address: &str, method: Method, path: &str, key: &str) -> Request<Body> {
    let body = json!({"action": "GET_SERVICES", "key": key}).to_string();
    Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json")
        .extension(ClientAddress(address.parse().unwrap()))
        .body(Body::from(body))
        .unwrap()
}

async fn services(server: &TestServer, address: &str) -> Answer {
    server.ask(from(address, Method::POST, "/getServicesRent", KEY)).await
}

/// The check at the end asks for services, from no address.
async fn close(mut server: TestServer) {
    server.restart_without("ONLINESIM__ALLOW").await;
    server.close().await;
}

/// The open troubles: their kinds, gateways, counts and details.
async fn troubles(server: &TestServer) -> Vec<Value> {
    server.watch().await;
    let open = server.admin_list("/v1/troubles?state=open").await;
    let shown = |one: &Value| json!([one["kind"], one["gateway"], one["count"], one["detail"]]);
    open.iter().map(shown).collect()
}

#[tokio::test]
async fn onlinesim_is_answered_in_its_networks_alone() {
    let server = TestServer::with(&[("ONLINESIM__ALLOW", "203.0.113.0/24,2001:db8::7")]).await;
    for inside in ["203.0.113.9", "::ffff:203.0.113.9", "2001:db8::7"] {
        assert_eq!(services(&server, inside).await.code(), 200, "{inside}");
    }
    for outside in ["192.0.2.1", "2001:db8::8", "127.0.0.1"] {
        let refused = services(&server, outside).await;
        assert_eq!(
            refused.line(),
            r#"403 {"status":"ERROR","error":"requests from this address are not allowed"}"#
        );
    }
    // Without an address it cannot be known.
    assert_eq!(
        server
            .post("/getServicesRent", json!({"action": "GET_SERVICES"}))
            .await
            .code(),
        403
    );
    for (path, code) in [("/healthz", 200), ("/readyz", 200), ("/none", 403)] {
        let request = from("192.0.2.1", Method::GET, path, KEY);
        assert_eq!(server.ask(request).await.code(), code, "{path}");
    }
    assert_eq!(
        troubles(&server).await,
        [json!(["wrong_onlinesim_address", null, 5, "the last from 192.0.2.1"])]
    );
    close(server).await;
}

#[tokio::test]
async fn a_gateway_is_answered_in_its_networks_alone() {
    let server = TestServer::with(&[("ONLINESIM__ALLOW", "203.0.113.0/24")]).await;
    let bank = server.stocked(1).await;
    let allow = async |networks: Value| {
        let path = format!("/v1/gateways/{}", bank.name);
        server
            .admin(Method::PATCH, &path, Some(json!({ "allow": networks })))
            .await
    };
    let heartbeat = async |address: &str| {
        let path = format!("/in/{}/heartbeat", bank.token);
        server.ask(from(address, Method::POST, &path, "")).await
    };
    // Onlinesim's networks are not those of gateways.
    assert_eq!(heartbeat("192.0.2.1").await.code(), 200);
    let changed = allow(json!(["192.0.2.0/24", "2001:db8::7"])).await.ok().json();
    assert_eq!(changed["allow"], json!(["192.0.2.0/24", "2001:db8::7"]));
    assert_eq!(heartbeat("192.0.2.1").await.code(), 200);
    for _ in 0..2 {
        let refused = heartbeat("198.51.100.1").await;
        assert_eq!(refused.code(), 403);
        assert_eq!(
            refused.json(),
            json!({"error": "requests of this gateway are not allowed from this address"})
        );
    }
    assert_eq!(
        troubles(&server).await,
        [json!([
            "wrong_gateway_address",
            bank.name,
            2,
            "the last from 198.51.100.1"
        ])]
    );
    for (wrong, message) in [
        (
            json!(["bank.example"]),
            "allow: \"bank.example\" is not a network: write one such as",
        ),
        (
            json!(["192.0.2.1/24"]),
            "allow: 192.0.2.1/24 lies within a network: write 192.0.2.0/24",
        ),
    ] {
        let refused = allow(wrong).await;
        assert_eq!(refused.code(), 400);
        assert!(
            refused.text().contains(&json!(message).to_string()[1..message.len()]),
            "{}",
            refused.text()
        );
    }
    allow(Value::Null).await.ok();
    assert_eq!(heartbeat("198.51.100.1").await.code(), 200);
    close(server).await;
}

/// One request with a wrong key on a connection of its own, with these lines in its head.
async fn wrong_key(address: std::net::SocketAddr, forwarded: &str) -> String {
    let body = json!({"action": "GET_SERVICES", "key": KEY}).to_string();
    let more = format!("{forwarded}connection: close\r\n");
    let request = raw_post("/getServicesRent", &more, &body).replace(&format!("Bearer {KEY}"), "Bearer wrong");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn the_client_behind_a_trusted_proxy_has_its_own_address() {
    for (proxies, address) in [("127.0.0.1", "203.0.113.7"), ("10.0.0.0/8", "127.0.0.1")] {
        let server = TestServer::with(&[("HTTP__TRUSTED_PROXIES", proxies)]).await;
        let listening = listening(&server).await;
        // The first address was in the request when it came to the proxy.
        let header = "x-forwarded-for: 192.0.2.1, 203.0.113.7\r\n";
        let answer = wrong_key(listening.address, header).await;
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
        assert_eq!(
            troubles(&server).await,
            [json!([
                "wrong_onlinesim_key",
                null,
                1,
                format!("1 a minute, the last from {address}")
            ])]
        );
        listening.stop().await;
        server.close().await;
    }
}

#[tokio::test]
async fn the_audit_has_the_address_of_the_admins_client() {
    let (server, _, rented) = TestServer::with_rental(&[]).await;
    let path = format!("/v1/operations/{}/close", rented.id);
    let request = Request::post(path)
        .header("authorization", format!("Bearer {ADMIN_TOKEN}"))
        .header("content-type", "application/json")
        .extension(ClientAddress("203.0.113.7".parse().unwrap()));
    let body = Body::from(r#"{"reason":"SIM card lost"}"#);
    server.admin_raw(request.body(body).unwrap()).await.ok();
    let history = server.operation(rented.id).await["history"].clone();
    assert_eq!(history[0].get("client"), None);
    assert_eq!(
        (&history[1]["actor"], &history[1]["client"]),
        (&json!("admin"), &json!("203.0.113.7"))
    );
    server.close().await;
}

#[tokio::test]
async fn a_forged_header_opens_no_network() {
    let server = TestServer::with(&[("ONLINESIM__ALLOW", "203.0.113.0/24")]).await;
    let open = TestServer::with(&[
        ("ONLINESIM__ALLOW", "203.0.113.0/24"),
        ("HTTP__TRUSTED_PROXIES", "127.0.0.0/8"),
    ])
    .await;
    for (server, code) in [(server, 403), (open, 401)] {
        let listening = listening(&server).await;
        let answer = wrong_key(listening.address, "x-forwarded-for: 203.0.113.7\r\n").await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {code} ")), "{answer}");
        let answer = wrong_key(listening.address, "x-forwarded-for: 203.0.113.7, 192.0.2.1\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
        listening.stop().await;
        close(server).await;
    }
}
