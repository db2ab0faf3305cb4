//! The programs that gateways run, each in its own words: what it is answered, what is stored, what is pushed.

mod flat;
mod jasmin;
mod kannel;
mod wholesalers;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::support::{Answer, Gateway, Rented, TestServer};

const FORM: &str = "application/x-www-form-urlencoded";

/// A gateway with these settings, and its one number, rented.
async fn rented(server: &TestServer, settings: Value) -> (Gateway, Rented) {
    let gateway = server.gateway_with("bank", settings).await;
    server.import(&gateway, "sweden", "telia", [46_700_000_001]).await;
    (gateway, server.rent().await)
}

async fn get(server: &TestServer, gateway: &Gateway, query: &str) -> Answer {
    let request = Request::get(format!("/in/{}?{query}", gateway.token));
    server.ask(request.body(Body::empty()).unwrap()).await
}

async fn post(
    server: &TestServer,
    gateway: &Gateway,
    query: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Answer {
    let mut request = Request::post(format!("/in/{}?{query}", gateway.token));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.ask(request.body(body.into()).unwrap()).await
}

/// What was pushed since the start, as `sender: text`.
async fn pushed(server: &TestServer) -> Vec<String> {
    server.tick().await;
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let pushes = server.onlinesim.pushes();
    let line = |body: &Value| format!("{}: {}", word(&body["phoneFrom"]), word(&body["text"]));
    pushes.iter().map(|push| line(&push.body)).collect()
}

async fn stored(server: &TestServer) -> usize {
    server.admin_list("/v1/messages").await.len()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

fn of_kind(kind: &str) -> Value {
    json!({ "kind": kind })
}
