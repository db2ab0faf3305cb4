use super::*;

/// Twelve numbers of two gateways: three are not as the others.
async fn inventory(server: &AdminServer) {
    server.gateway("bank1").await;
    server.gateway("bank2").await;
    let rows = (0..12).map(|index| {
        let (gateway, operator) = if index % 2 == 0 {
            ("bank1", "telia")
        } else {
            ("bank2", "")
        };
        format!("467012345{index:02},,{operator},{gateway}\n")
    });
    let csv = std::iter::once("number,country,operator,gateway\n".to_owned())
        .chain(rows)
        .collect::<String>();
    assert_eq!(server.import(&csv).await, [12, 0, 0, 0]);
    assert_eq!(server.import("number,country,gateway\n4799999,,bank1\n").await[0], 1);
    server
        .patch("/v1/numbers/46701234503", json!({ "enabled": false }))
        .await
        .expect(200);
    let ban = json!({ "number": "46701234504", "reason": "noise", "for": "2h" });
    server.post("/v1/bans", ban).await.expect(201);
}

#[tokio::test]
async fn a_number_reads_as_the_manual_says() {
    let server = AdminServer::new().await;
    inventory(&server).await;
    assert_eq!(
        server.get("/v1/numbers/+46701234504").await.expect(200),
        json!({
            "number": "46701234504", "country": "sweden", "operator": "telia", "gateway": "bank1", "line": null, "state": "banned",
            "hold": null, "strikes": 0, "banned_until": "2026-11-21T00:00:00.000Z", "rests_until": null, "operation": null,
        })
    );
    let other = server.get("/v1/numbers/46701234505").await.expect(200);
    assert_eq!(
        (&other["operator"], &other["gateway"]),
        (&json!("other"), &json!("bank2"))
    );
    for path in ["/v1/numbers/46701234599", "/v1/numbers/call-me", "/v1/numbers/%FF"] {
        server.get(path).await.problem(404);
    }
    server.audit().await;
}

#[tokio::test]
async fn numbers_are_filtered_and_paged_in_their_order() {
    let server = AdminServer::new().await;
    inventory(&server).await;
    server.rent("sweden").await;
    for (filter, count) in [
        ("", 13),
        ("country=Sweden", 12),
        ("country=norway", 1),
        ("country=denmark", 0),
        ("gateway=bank1", 7),
        ("gateway=bank1&operator=telia", 6),
        ("prefix=%2B467012", 12),
        ("prefix=46701234504", 1),
        ("prefix=999", 0),
        ("state=available", 10),
        ("state=rented", 1),
        ("state=banned", 1),
        ("state=disabled", 1),
        ("state=disabled&gateway=bank1", 0),
        ("state=given_back", 0),
        ("state=available&prefix=47", 1),
        ("state=&country=", 13),
    ] {
        let whole = server.pages("/v1/numbers", filter, 1000).await;
        assert_eq!(whole.len(), count, "{filter}");
        let numbers: Vec<&str> = whole.iter().map(|item| item["number"].as_str().unwrap()).collect();
        assert!(numbers.is_sorted(), "{filter}");
        assert_eq!(server.pages("/v1/numbers", filter, 3).await, whole, "{filter}");
        assert_eq!(server.pages("/v1/numbers", filter, 1).await, whole, "{filter}");
    }
    server.audit().await;
}

#[tokio::test]
async fn a_bad_filter_is_named() {
    let server = AdminServer::new().await;
    for (query, parameter) in [
        ("state=free", "state"),
        ("country=any", "country"),
        ("operator=any", "operator"),
        ("prefix=46x", "prefix"),
        ("prefix=1234567890123456", "prefix"),
        ("cursor=x", "cursor"),
        ("cursor=6f7065726174696f6e732037", "cursor"),
        ("colour=red", "colour"),
    ] {
        let detail = server.get(&format!("/v1/numbers?{query}")).await.problem(400);
        assert!(detail.starts_with(parameter), "{query}: {detail}");
    }
    server.audit().await;
}

#[tokio::test]
async fn a_disabled_number_is_not_available_until_it_is_enabled() {
    let server = AdminServer::new().await;
    server.gateway("bank1").await;
    server.import("number,gateway\n46701234567,bank1\n").await;
    let path = "/v1/numbers/46701234567";
    let off = server.patch(path, json!({ "enabled": false })).await.expect(200);
    assert_eq!(off["state"], "disabled");
    server.patch(path, json!({ "enabled": false })).await.expect(200);
    assert!(server.try_rent("sweden").await.is_none());
    let on = server.patch(path, json!({ "enabled": true })).await.expect(200);
    assert_eq!(on["state"], "available");
    let (operation, _) = server.rent("sweden").await;
    let rented = server.patch(path, json!({ "enabled": false })).await.expect(200);
    assert_eq!(
        (&rented["state"], &rented["operation"]),
        (&json!("rented"), &json!(operation))
    );
    let close = format!("/v1/operations/{operation}/close");
    server.post(&close, json!({ "reason": "test" })).await.expect(200);
    assert_eq!(server.get(path).await.expect(200)["state"], "disabled");

    server
        .patch("/v1/numbers/46701234568", json!({ "enabled": true }))
        .await
        .problem(404);
    for (body, field) in [
        (json!({}), "enabled"),
        (json!({ "enabled": 1 }), "enabled"),
        (json!({ "enabled": true, "x": 1 }), "x"),
        (json!({ "operatr": "telia" }), "operatr"),
        (json!({ "operator": "" }), "operator"),
        (json!({ "operator": "any" }), "operator"),
        (json!({ "operator": 7 }), "operator"),
        (
            json!({ "country": "swedn" }),
            "country: no country has that name; did you mean sweden?",
        ),
        (json!({ "country": null }), "country"),
        (json!({ "gateway": "bank9" }), "gateway"),
        (json!({ "gateway": "x".repeat(65) }), "gateway"),
    ] {
        assert!(server.patch(path, body).await.problem(400).starts_with(field));
    }
    server.audit().await;
}

#[tokio::test]
async fn a_rented_number_does_not_move_and_a_banned_one_does() {
    let server = AdminServer::new().await;
    server.gateway("bank1").await;
    server.gateway("bank2").await;
    server.import("number,gateway\n46701234567,bank1\n").await;
    let (operation, number) = server.rent("sweden").await;
    let moved = "number,gateway\n46701234567,bank2\n";
    let report = server.call("POST", "/v1/numbers", csv_content(moved)).await.expect(200);
    let reason = report["rejected"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("is rented; try again when its operation is closed"));
    assert_eq!(server.import("number,gateway\n46701234567,bank1\n").await, [0, 0, 1, 0]);
    let close = format!("/v1/operations/{operation}/close");
    server.post(&close, json!({ "reason": "test" })).await.expect(200);
    server
        .post("/v1/bans", json!({ "number": number, "reason": "noise" }))
        .await
        .expect(201);
    assert_eq!(server.import(moved).await, [0, 1, 0, 0]);
    let number = server.get("/v1/numbers/46701234567").await.expect(200);
    assert_eq!(
        (&number["state"], &number["gateway"]),
        (&json!("banned"), &json!("bank2"))
    );
    server.audit().await;
}

#[tokio::test]
async fn a_number_moves_by_patch_all_at_once() {
    let server = AdminServer::new().await;
    server.gateway("bank1").await;
    server.gateway("bank2").await;
    server.import("number,operator,gateway,line\n46701234567,telia,bank1,A\n46701234568,telia,bank1,B\n46701234569,,bank2,B\n").await;
    let path = "/v1/numbers/46701234567";
    let moved = json!({ "gateway": "bank2", "operator": "Tele2", "country": "norway", "line": 7, "enabled": false });
    let moved = server.patch(path, moved).await.expect(200);
    let expected = json!(["bank2", "tele2", "norway", "7", "disabled"]);
    assert_eq!(
        json!(["gateway", "operator", "country", "line", "state"].map(|field| &moved[field])),
        expected
    );
    let warning = moved["warnings"][0].as_str().unwrap();
    assert!(
        warning.contains("sweden") && moved["warnings"].as_array().unwrap().len() == 1,
        "{warning}"
    );
    let back = server.patch(path, json!({ "country": "Sweden" })).await.expect(200);
    assert_eq!((&back["country"], &back["warnings"]), (&json!("sweden"), &Value::Null));
    // Its line goes along, and may be another number's there: then nothing changes.
    let before = server.get("/v1/numbers/46701234568").await.expect(200);
    let clash = json!({ "gateway": "bank2", "operator": "new", "enabled": false });
    let detail = server.patch("/v1/numbers/46701234568", clash).await.problem(409);
    assert!(detail.starts_with("line"), "{detail}");
    assert_eq!(server.get("/v1/numbers/46701234568").await.expect(200), before);
    let along = json!({ "gateway": "bank2", "line": "C" });
    assert_eq!(
        server.patch("/v1/numbers/46701234568", along).await.expect(200)["line"],
        "C"
    );
    server.audit().await;
}

#[tokio::test]
async fn a_rented_number_does_not_move_by_patch() {
    let server = AdminServer::new().await;
    server.gateway("bank1").await;
    server.gateway("bank2").await;
    server.import("number,gateway\n46701234567,bank1\n").await;
    let (operation, _) = server.rent("sweden").await;
    let path = "/v1/numbers/46701234567";
    for body in [
        json!({ "gateway": "bank2" }),
        json!({ "country": "norway" }),
        json!({ "operator": "telia", "line": "A", "enabled": false }),
    ] {
        let detail = server.patch(path, body).await.problem(409);
        assert_eq!(detail, "number is rented; try again when its operation is closed");
    }
    // The same gateway may be repeated, and the line can change.
    let same = json!({ "gateway": "bank1", "country": "sweden", "operator": "other", "line": "A" });
    let same = server.patch(path, same).await.expect(200);
    assert_eq!((&same["line"], &same["state"]), (&json!("A"), &json!("rented")));
    let close = format!("/v1/operations/{operation}/close");
    server.post(&close, json!({ "reason": "test" })).await.expect(200);
    server.patch(path, json!({ "gateway": "bank2" })).await.expect(200);
    server.audit().await;
}
