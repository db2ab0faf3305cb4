use super::*;

#[tokio::test]
async fn a_gateway_is_set_up_and_its_token_shown_once() {
    let server = AdminServer::new().await;
    let wanted = json!({ "name": "bank1", "capacity": 64, "heartbeat_timeout": "5m" });
    let made = server.post("/v1/gateways", wanted).await.expect(201);
    let token = made["token"].as_str().unwrap();
    assert_eq!(made["name"], "bank1");
    assert_eq!(made["url"], format!("https://numbers.example.org/in/{token}"));
    let setup = made["setup"].as_str().unwrap();
    assert!(setup.starts_with("Gateway bank1: any program") && setup.contains(made["url"].as_str().unwrap()));

    let listed = server.get("/v1/gateways").await.expect(200);
    assert_eq!(
        listed,
        json!({ "items": [{
            "name": "bank1", "kind": "generic", "fields": {}, "answer": null, "secrets": 0, "unsigned": false,
            "character_set": "gsm", "enabled": true, "capacity": 64, "heartbeat_timeout": "5m", "allow": [], "online": false, "last_heartbeat": null,
            "numbers": 0, "rented": 0, "repetitions": 0, "reused_ids": 0, "old_tokens": [], "refused_since_start": 0, "created_at": "2026-11-20T22:00:00.000Z",
        }], "next": null })
    );
    let gateway = server.known(token).await;
    server.app.flows.heartbeat(gateway.id).await.unwrap();
    let listed = server.get("/v1/gateways").await.expect(200);
    assert_eq!(listed["items"][0]["online"], true);
    assert_eq!(listed["items"][0]["last_heartbeat"], "2026-11-20T22:00:00.000Z");
    server.audit().await;
}

#[tokio::test]
async fn what_a_gateway_cannot_be_is_named() {
    let server = AdminServer::new().await;
    for (body, field) in [
        (json!({}), "name"),
        (json!({ "name": "" }), "name"),
        (json!({ "name": 7 }), "name"),
        (json!({ "name": "a b" }), "name"),
        (json!({ "name": "a", "capacity": -1 }), "capacity"),
        (json!({ "name": "a", "capacity": "64" }), "capacity"),
        (json!({ "name": "a", "heartbeat_timeout": "soon" }), "heartbeat_timeout"),
        (json!({ "name": "a", "heartbeat_timeout": 0 }), "heartbeat_timeout"),
        (json!({ "name": "a", "capcity": 1 }), "capcity"),
        (json!(["a"]), "object"),
    ] {
        let detail = server.post("/v1/gateways", body).await.problem(400);
        assert!(detail.contains(field), "{field}: {detail}");
    }
    server.gateway("bank1").await;
    let again = server.post("/v1/gateways", json!({ "name": "bank1" })).await;
    assert!(again.problem(409).contains("name"));
    server.audit().await;
}

#[tokio::test]
async fn how_a_gateway_cannot_talk_is_named() {
    let server = AdminServer::new().await;
    for (body, message) in [
        (json!({ "name": "a", "kind": "goip" }), "kind must be generic, kannel"),
        (json!({ "name": "a", "kind": true }), "kind must be a string"),
        (json!({ "name": "a", "fields": ["from"] }), "fields must be"),
        (json!({ "name": "a", "fields": {"sender": "x"} }), "fields.sender"),
        (
            json!({ "name": "a", "fields": {"from": "a..b"} }),
            "fields.from must be a name",
        ),
        (
            json!({ "name": "a", "fields": {"from": 7} }),
            "fields.from must be a string",
        ),
        (
            json!({ "name": "a", "kind": "kannel", "fields": {"from": "x"} }),
            "fields is not for the kind kannel",
        ),
        (json!({ "name": "a", "answer": "OK" }), "answer must be"),
        (json!({ "name": "a", "answer": {"body": "OK"} }), "answer.body"),
        (json!({ "name": "a", "answer": {"text": 1} }), "answer.text"),
        (
            json!({ "name": "a", "answer": {"content_type": "plain"} }),
            "answer.content_type",
        ),
        (json!({ "name": "a", "secrets": "k" }), "secrets must be a list"),
        (
            json!({ "name": "a", "secrets": ["k", 1] }),
            "secrets[1] must be a string",
        ),
        (
            json!({ "name": "a", "secrets": ["k"] }),
            "secrets is not for the kind generic",
        ),
        (
            json!({ "name": "a", "kind": "twilio", "secrets": [""] }),
            "secrets must be at most",
        ),
        (
            json!({ "name": "a", "character_set": "ascii" }),
            "character_set must be gsm or latin1",
        ),
        (
            json!({ "name": "a", "character_set": "latin1" }),
            "character_set is not for the kind generic",
        ),
    ] {
        let detail = server.post("/v1/gateways", body).await.problem(400);
        assert!(detail.starts_with(message), "{message}: {detail}");
    }
    assert_eq!(server.get("/v1/gateways").await.expect(200)["items"], json!([]));
    server.audit().await;
}

#[tokio::test]
async fn a_gateways_bounds_are_changed_and_taken_away() {
    let server = AdminServer::new().await;
    server.gateway("bank1").await;
    let changed = server.patch("/v1/gateways/bank1", json!({ "capacity": 2, "heartbeat_timeout": 90 }));
    let changed = changed.await.expect(200);
    assert_eq!(
        (&changed["capacity"], &changed["heartbeat_timeout"], &changed["online"]),
        (&json!(2), &json!("1m 30s"), &json!(false))
    );
    let changed = server.patch("/v1/gateways/bank1", json!({ "heartbeat_timeout": null }));
    let changed = changed.await.expect(200);
    assert_eq!(
        (&changed["capacity"], &changed["heartbeat_timeout"], &changed["online"]),
        (&json!(2), &json!(null), &json!(true))
    );
    server
        .patch("/v1/gateways/bank2", json!({ "capacity": 2 }))
        .await
        .problem(404);
    server
        .patch("/v1/gateways/bank1", json!({ "name": "x" }))
        .await
        .problem(400);
    server.audit().await;
}

#[tokio::test]
async fn a_gateway_has_the_kind_and_settings_that_were_set() {
    let server = AdminServer::new().await;
    let wanted = json!({
        "name": "web", "fields": {"from": "data.sender", "text": null},
        "answer": {"text": "OK"},
    });
    let made = server.post("/v1/gateways", wanted).await.expect(201);
    let token = made["token"].as_str().unwrap();
    let item = server.get("/v1/gateways").await.expect(200)["items"][0].clone();
    assert_eq!(item["fields"], json!({"from": "data.sender"}));
    assert_eq!(
        item["answer"],
        json!({"content_type": "text/plain; charset=utf-8", "text": "OK"})
    );
    let stored = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    let settings = stored(&server.known(token).await.adapter.settings);
    assert_eq!(settings["fields"], json!({"from": "data.sender"}));

    // Another kind does not keep settings that it does not have, and its own apply at once.
    let path = "/v1/gateways/web";
    let detail = server.patch(path, json!({"kind": "jasmin"})).await.problem(400);
    assert!(detail.starts_with("fields is not for the kind jasmin"), "{detail}");
    assert_eq!(server.known(token).await.adapter.kind, "generic");
    let change = json!({"kind": "jasmin", "fields": null, "answer": null, "character_set": "latin1"});
    let changed = server.patch(path, change).await.expect(200);
    assert_eq!(
        (&changed["kind"], &changed["character_set"]),
        (&json!("jasmin"), &json!("latin1"))
    );
    let adapter = &server.known(token).await.adapter;
    assert_eq!(adapter.kind, "jasmin");
    assert_eq!(stored(&adapter.settings), json!({"character_set": "latin1"}));
    server
        .patch(path, json!({"kind": null, "character_set": null}))
        .await
        .expect(200);
    let adapter = &server.known(token).await.adapter;
    assert_eq!((&*adapter.kind, &*adapter.settings), ("generic", "{}"));
    server.audit().await;
}

#[tokio::test]
async fn rule_11_secrets_are_kept_and_never_shown() {
    let server = AdminServer::new().await;
    let wanted = json!({ "name": "phones", "kind": "sms-gate", "secrets": ["let-me-in", "me-too"] });
    let made = server.post("/v1/gateways", wanted).await.expect(201);
    let listed = server.get("/v1/gateways").await.expect(200);
    assert_eq!(listed["items"][0]["secrets"], 2);
    let gateway = server.known(made["token"].as_str().unwrap()).await;
    assert_eq!(gateway.adapter.settings, r#"{"secrets":["let-me-in","me-too"]}"#);
    let changed = server
        .patch("/v1/gateways/phones", json!({ "capacity": 1 }))
        .await
        .expect(200);
    assert_eq!(changed["secrets"], 2, "they stay");
    let detail = server
        .patch("/v1/gateways/phones", json!({ "kind": "kannel" }))
        .await
        .problem(400);
    for shown in [
        made.to_string(),
        listed.to_string(),
        changed.to_string(),
        detail,
        format!("{gateway:?}"),
    ] {
        assert!(!shown.contains("let-me-in"), "{shown}");
    }
    let changed = server
        .patch("/v1/gateways/phones", json!({ "secrets": ["new"] }))
        .await
        .expect(200);
    assert_eq!(changed["secrets"], 1);
    server.audit().await;
}

#[tokio::test]
async fn gateways_come_in_pages() {
    let server = AdminServer::new().await;
    for name in ["c", "a", "b"] {
        server.gateway(name).await;
    }
    let first = server.get("/v1/gateways?limit=2").await.expect(200);
    let names = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| item["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&first), ["a", "b"]);
    let next = first["next"].as_str().unwrap();
    let second = server
        .get(&format!("/v1/gateways?limit=2&cursor={next}"))
        .await
        .expect(200);
    assert_eq!((names(&second), &second["next"]), (vec!["c".to_owned()], &Value::Null));
    for (query, parameter) in [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=x", "limit"),
        ("limit=1&limit=2", "limit"),
        ("cursor=zz", "cursor"),
        ("cursor=6162", "cursor"),
        ("nam=a", "nam"),
    ] {
        let detail = server.get(&format!("/v1/gateways?{query}")).await.problem(400);
        assert!(detail.starts_with(parameter), "{query}: {detail}");
    }
    server.audit().await;
}
