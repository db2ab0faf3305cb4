use super::*;

#[tokio::test]
async fn a_gateway_is_set_up_and_its_token_shown_once() {
    let house = House::new().await;
    let wanted = json!({ "name": "bank1", "capacity": 64, "heartbeat_timeout": "5m" });
    let made = house.post("/v1/gateways", wanted).await.expect(201);
    let token = made["token"].as_str().unwrap();
    assert_eq!(made["name"], "bank1");
    assert_eq!(made["url"], format!("https://numbers.example.org/in/{token}"));

    let listed = house.get("/v1/gateways").await.expect(200);
    assert_eq!(
        listed,
        json!({ "items": [{
            "name": "bank1", "capacity": 64, "heartbeat_timeout": "5m", "online": false, "last_heartbeat": null,
            "numbers": 0, "rented": 0, "created_at": "2026-11-20T22:00:00.000Z",
        }], "next": null })
    );
    let found = house.app.flows.directory.find(&house.app.flows.database, token).await;
    let gateway = found.unwrap().expect("the token is known");
    crate::flow::gateways::heartbeat(&house.app.flows.database, &house.clock, gateway)
        .await
        .unwrap();
    let listed = house.get("/v1/gateways").await.expect(200);
    assert_eq!(listed["items"][0]["online"], true);
    assert_eq!(listed["items"][0]["last_heartbeat"], "2026-11-20T22:00:00.000Z");
    house.audit().await;
}

#[tokio::test]
async fn what_a_gateway_cannot_be_is_named() {
    let house = House::new().await;
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
        let detail = house.post("/v1/gateways", body).await.problem(400);
        assert!(detail.contains(field), "{field}: {detail}");
    }
    house.gateway("bank1").await;
    let again = house.post("/v1/gateways", json!({ "name": "bank1" })).await;
    assert!(again.problem(409).contains("name"));
    house.audit().await;
}

#[tokio::test]
async fn a_gateways_bounds_are_changed_and_taken_away() {
    let house = House::new().await;
    house.gateway("bank1").await;
    let changed = house.patch("/v1/gateways/bank1", json!({ "capacity": 2, "heartbeat_timeout": 90 }));
    let changed = changed.await.expect(200);
    assert_eq!(
        (&changed["capacity"], &changed["heartbeat_timeout"], &changed["online"]),
        (&json!(2), &json!("1m 30s"), &json!(false))
    );
    let changed = house.patch("/v1/gateways/bank1", json!({ "heartbeat_timeout": null }));
    let changed = changed.await.expect(200);
    assert_eq!(
        (&changed["capacity"], &changed["heartbeat_timeout"], &changed["online"]),
        (&json!(2), &json!(null), &json!(true))
    );
    house
        .patch("/v1/gateways/bank2", json!({ "capacity": 2 }))
        .await
        .problem(404);
    house
        .patch("/v1/gateways/bank1", json!({ "name": "x" }))
        .await
        .problem(400);
    house.audit().await;
}

#[tokio::test]
async fn gateways_come_in_pages() {
    let house = House::new().await;
    for name in ["c", "a", "b"] {
        house.gateway(name).await;
    }
    let first = house.get("/v1/gateways?limit=2").await.expect(200);
    let names = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| item["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&first), ["a", "b"]);
    let next = first["next"].as_str().unwrap();
    let second = house
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
        let detail = house.get(&format!("/v1/gateways?{query}")).await.problem(400);
        assert!(detail.starts_with(parameter), "{query}: {detail}");
    }
    house.audit().await;
}
