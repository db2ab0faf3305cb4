//! Whom a gateway's token lets in, and for how long: tokens are replaced, gateways disabled and deleted, signatures asked for.

use std::time::Duration;

use super::*;
use crate::domain::gateway::{GatewaySettings, StoredAdapter};

impl AdminServer {
    /// Whether the token lets its gateway in.
    async fn lets_in(&self, token: &str) -> bool {
        let found = self.app.gateways.find(token).await;
        found.unwrap().is_some()
    }

    /// Replaces the token of `bank1`.
    async fn rotate(&self, body: Value) -> String {
        let made = self.post("/v1/gateways/bank1/token", body).await.expect(201);
        let token = made["token"].as_str().unwrap().to_owned();
        assert_eq!(
            made,
            json!({ "token": token, "url": format!("https://numbers.example.org/in/{token}") })
        );
        token
    }

    async fn old_tokens(&self) -> Value {
        self.get("/v1/gateways/bank1").await.expect(200)["old_tokens"].clone()
    }
}

#[tokio::test]
async fn a_token_is_taken_back_at_once() {
    let server = AdminServer::new().await;
    let first = server.gateway("bank1").await;
    assert!(server.lets_in(&first).await);
    // As curl -X POST sends it: without a body.
    let made = server.call("POST", "/v1/gateways/bank1/token", None).await.expect(201);
    let second = made["token"].as_str().unwrap();
    assert!(!server.lets_in(&first).await && server.lets_in(second).await);
    assert_eq!(server.old_tokens().await, json!([]));
    let shown = server.get("/v1/gateways/bank1").await.expect(200).to_string();
    assert!(!shown.contains(second), "it is shown once: {shown}");
    server.audit().await;
}

/// Also while the directory still knows it: it looks gateways up again after 10 s only.
#[tokio::test]
async fn an_old_token_is_valid_for_as_long_as_requested() {
    let server = AdminServer::new().await;
    let first = server.gateway("bank1").await;
    let second = server.rotate(json!({ "keep_old": "5s" })).await;
    assert_eq!(server.old_tokens().await, json!(["2026-11-20T22:00:05.000Z"]));
    server.clock.advance(Duration::from_millis(4_999));
    assert!(server.lets_in(&first).await && server.lets_in(&second).await);
    server.clock.advance(Duration::from_millis(1));
    assert!(!server.lets_in(&first).await && server.lets_in(&second).await);
    assert_eq!(server.old_tokens().await, json!([]));
    server.audit().await;
}

#[tokio::test]
async fn no_older_token_outlives_the_last_word() {
    let server = AdminServer::new().await;
    let mut tokens = vec![server.gateway("bank1").await];
    for keep_old in ["24h", "48h", "1h"] {
        tokens.push(server.rotate(json!({ "keep_old": keep_old })).await);
    }
    assert_eq!(server.old_tokens().await, json!(vec!["2026-11-20T23:00:00.000Z"; 3]));
    for token in &tokens {
        assert!(server.lets_in(token).await);
    }
    tokens.push(server.rotate(json!({})).await);
    let newest = tokens.pop().unwrap();
    for token in &tokens {
        assert!(!server.lets_in(token).await);
    }
    assert!(server.lets_in(&newest).await);
    server.audit().await;
}

#[tokio::test]
async fn rule_12_few_old_tokens_are_good_at_once() {
    let server = AdminServer::new().await;
    let mut newest = server.gateway("bank1").await;
    for _ in 0..4 {
        newest = server.rotate(json!({ "keep_old": 3600 })).await;
    }
    let path = "/v1/gateways/bank1/token";
    let detail = server.post(path, json!({ "keep_old": "1h" })).await.problem(409);
    assert!(
        detail.starts_with("keep_old: 4 older tokens of the gateway are still valid"),
        "{detail}"
    );
    assert!(server.lets_in(&newest).await, "nothing changed");
    server.clock.advance(Duration::from_hours(1));
    server.rotate(json!({ "keep_old": "30d" })).await;
    assert!(server.lets_in(&newest).await);
    for (body, message) in [
        (json!({ "keep_old": "31d" }), "keep_old must be a duration"),
        (json!({ "keep_old": "later" }), "keep_old must be a duration"),
        (json!({ "keep": "1h" }), "keep is not a field"),
    ] {
        let detail = server.post(path, body).await.problem(400);
        assert!(detail.starts_with(message), "{message}: {detail}");
    }
    let content = Some(("text/plain", b"keep_old=1h".to_vec()));
    server.call("POST", path, content).await.problem(415);
    server.post("/v1/gateways/bank2/token", json!({})).await.problem(404);
    server.audit().await;
}

#[tokio::test]
async fn a_gateway_is_disabled_and_enabled() {
    let server = AdminServer::new().await;
    let token = server.gateway("bank1").await;
    let shown = server.get("/v1/gateways/bank1").await.expect(200);
    assert_eq!((&shown["name"], &shown["enabled"]), (&json!("bank1"), &json!(true)));
    for enabled in [false, false, true] {
        let changed = server.patch("/v1/gateways/bank1", json!({ "enabled": enabled })).await;
        assert_eq!(changed.expect(200)["enabled"], enabled);
        assert_eq!(server.known(&token).await.enabled, enabled);
        assert_eq!(
            server.get("/v1/gateways").await.expect(200)["items"][0]["enabled"],
            enabled
        );
    }
    server.get("/v1/gateways/bank2").await.problem(404);
    let made = json!({ "name": "bank2", "enabled": false });
    server.post("/v1/gateways", made).await.expect(201);
    assert_eq!(server.get("/v1/gateways/bank2").await.expect(200)["enabled"], false);
    server.audit().await;
}

#[tokio::test]
async fn a_gateway_without_numbers_is_deleted_and_its_messages_stay() {
    let server = AdminServer::new().await;
    let token = server.gateway("bank1").await;
    server.gateway("bank2").await;
    server
        .import("number,country,gateway\n46701234567,sweden,bank1\n")
        .await;
    server.sms(&token, "46701234567", "1").await;
    let detail = server.call("DELETE", "/v1/gateways/bank1", None).await.problem(409);
    assert_eq!(
        detail,
        "the gateway has numbers: import them with another gateway first, or disable the gateway"
    );
    server
        .import("number,country,gateway\n46701234567,sweden,bank2\n")
        .await;
    assert_eq!(
        server.call("DELETE", "/v1/gateways/bank1", None).await.expect(204),
        Value::Null
    );
    assert!(!server.lets_in(&token).await);
    server.call("DELETE", "/v1/gateways/bank1", None).await.problem(404);
    server.get("/v1/gateways/bank1").await.problem(404);
    server.get("/v1/gateways/%231").await.problem(404);
    let messages = server.get("/v1/messages").await.expect(200);
    assert_eq!(messages["items"][0]["gateway"], "bank1");

    // Its name is free, and what has it now is another one.
    let other = server.gateway("bank1").await;
    server.sms(&other, "46701234567", "1").await;
    let messages = server.get("/v1/messages").await.expect(200);
    assert_eq!(
        messages["items"].as_array().unwrap().len(),
        2,
        "ids of different gateways are different"
    );
    assert!(server.lets_in(&other).await && !server.lets_in(&token).await);
    server.audit().await;
}

#[tokio::test]
async fn what_is_wrong_about_a_new_gateways_access_is_named() {
    let server = AdminServer::new().await;
    for (body, message) in [
        (
            json!({ "name": "a", "kind": "twilio" }),
            "secrets is missing: requests of the kind twilio are signed",
        ),
        (
            json!({ "name": "a", "kind": "sms-gate", "secrets": [] }),
            "secrets is missing",
        ),
        (
            json!({ "name": "a", "kind": "sms-gate", "unsigned": false }),
            "secrets is missing",
        ),
        (
            json!({ "name": "a", "kind": "twilio", "secrets": ["k"], "unsigned": true }),
            "unsigned must not be true where there are secrets",
        ),
        (
            json!({ "name": "a", "unsigned": true }),
            "unsigned is not for the kind generic",
        ),
        (
            json!({ "name": "a", "unsigned": "yes" }),
            "unsigned must be true or false",
        ),
        (json!({ "name": "a", "enabled": null }), "enabled must be true or false"),
    ] {
        let detail = server.post("/v1/gateways", body).await.problem(400);
        assert!(detail.starts_with(message), "{message}: {detail}");
    }
    assert_eq!(server.get("/v1/gateways").await.expect(200)["items"], json!([]));
    server.audit().await;
}

#[tokio::test]
async fn what_signs_is_unsigned_only_where_that_is_asked_for() {
    let server = AdminServer::new().await;
    let path = "/v1/gateways/phones";
    let wanted = json!({ "name": "phones", "kind": "sms-gate", "unsigned": true });
    server.post("/v1/gateways", wanted).await.expect(201);
    let signed = |shown: &Value| (shown["secrets"].clone(), shown["unsigned"].clone());
    assert_eq!(signed(&server.get(path).await.expect(200)), (json!(0), json!(true)));
    for (change, secrets, unsigned) in [
        // Whatever else changes.
        (json!({ "kind": "twilio" }), 0, true),
        (json!({ "secrets": ["key"] }), 1, false),
        (json!({ "secrets": [], "unsigned": true }), 0, true),
        (json!({ "secrets": ["key"], "unsigned": false }), 1, false),
        (json!({ "secrets": null, "kind": "kannel" }), 0, false),
        (json!({ "kind": "twilio", "secrets": ["key"] }), 1, false),
    ] {
        let changed = server.patch(path, change.clone()).await.expect(200);
        assert_eq!(signed(&changed), (json!(secrets), json!(unsigned)), "{change}");
    }
    for change in [
        json!({ "secrets": [] }),
        json!({ "secrets": null }),
        json!({ "unsigned": true }),
    ] {
        server.patch(path, change).await.problem(400);
    }
    assert_eq!(signed(&server.get(path).await.expect(200)), (json!(1), json!(false)));
    server.audit().await;
}

/// Another process changes the row; the server knows it a little later.
#[tokio::test]
async fn what_another_process_changes_is_noticed() {
    let server = AdminServer::new().await;
    let made = server.post("/v1/gateways", json!({ "name": "web" })).await.expect(201);
    let token = made["token"].as_str().unwrap();
    let id = server.known(token).await.id;
    let kannel = StoredAdapter {
        kind: "kannel".to_owned(),
        settings: "{}".to_owned(),
    };
    let mut tx = server.app.database.write().await.unwrap();
    crate::storage::gateways::save(&mut tx, id, &GatewaySettings::default(), &kannel);
    tx.commit().await.unwrap();
    server.clock.advance(Duration::from_millis(9_999));
    assert_eq!(server.known(token).await.adapter.kind, "generic");
    server.clock.advance(Duration::from_millis(1));
    assert_eq!(server.known(token).await.adapter.kind, "kannel");
    server.audit().await;
}
