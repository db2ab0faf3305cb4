use super::*;

async fn three_numbers(server: &AdminServer) -> String {
    let token = server.gateway("bank1").await;
    server
        .import("number,gateway\n46701234567,bank1\n46701234568,bank1\n46701234569,bank1\n")
        .await;
    token
}

#[tokio::test]
async fn an_operation_reads_whole() {
    let server = AdminServer::new().await;
    let token = three_numbers(&server).await;
    let (id, number) = server.rent("sweden").await;
    server.sms(&token, &number, "a1").await;
    let listed = server.get("/v1/operations").await.expect(200);
    assert_eq!(
        listed,
        json!({ "items": [{
            "id": id, "number": number, "state": "receiving", "outcome": null, "sum": "320.00", "posted": null,
            "created_at": "2026-11-20T22:00:00.000Z", "closed_at": null, "messages": 1, "discrepancies": 0,
        }], "next": null })
    );
    server.finish(id, "sold").await;
    let whole = server.get(&format!("/v1/operations/{id}")).await.expect(200);
    assert_eq!(
        (&whole["state"], &whole["outcome"], &whole["posted"]),
        (&json!("closed"), &json!("sold"), &json!("870.50"))
    );
    assert_eq!(whole["messages"][0]["text"], "a text");
    assert_eq!(
        whole["history"],
        json!([
            { "at": "2026-11-20T22:00:00.000Z", "actor": "onlinesim", "action": "opened", "detail": "sum 320.00" },
            { "at": "2026-11-20T22:00:00.000Z", "actor": "onlinesim", "action": "closed", "detail": "sold" },
        ])
    );
    for path in ["/v1/operations/77", "/v1/operations/0", "/v1/operations/x"] {
        server.get(path).await.problem(404);
    }
    server.audit().await;
}

#[tokio::test]
async fn operations_are_filtered_and_paged_newest_first() {
    let server = AdminServer::new().await;
    three_numbers(&server).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        let (id, _) = server.rent("sweden").await;
        server.finish(id, "cancelled").await;
        ids.push(id);
    }
    let (open, number) = server.rent("sweden").await;
    // Onlinesim changes its mind about the first one.
    server.finish(ids[0], "sold").await;
    let of_number = server.pages("/v1/operations", &format!("number=%2B{number}"), 1).await;
    assert_eq!(of_number.len(), 2);
    for (filter, count) in [
        ("", 6),
        ("state=open", 1),
        ("state=closed", 5),
        ("discrepancy=true", 1),
        ("discrepancy=false", 5),
        ("state=open&discrepancy=true", 0),
        (&format!("number={number}&state=open"), 1),
        (&format!("number={number}&state=closed"), 1),
        ("number=46700000000", 0),
    ] {
        let whole = server.pages("/v1/operations", filter, 1000).await;
        assert_eq!(whole.len(), count, "{filter}");
        let ids: Vec<i64> = whole.iter().map(|item| item["id"].as_i64().unwrap()).collect();
        assert!(ids.is_sorted_by(|newer, older| newer > older), "{filter}");
        assert_eq!(server.pages("/v1/operations", filter, 2).await, whole, "{filter}");
    }
    assert_eq!(server.pages("/v1/operations", "state=open", 5).await[0]["id"], open);
    let discrepant = server.pages("/v1/operations", "discrepancy=true", 5).await;
    assert_eq!(
        (&discrepant[0]["id"], &discrepant[0]["discrepancies"]),
        (&json!(ids[0]), &json!(1))
    );
    for (query, parameter) in [
        ("state=waiting", "state"),
        ("discrepancy=1", "discrepancy"),
        ("number=x", "number"),
    ] {
        let detail = server.get(&format!("/v1/operations?{query}")).await.problem(400);
        assert!(detail.starts_with(parameter), "{query}: {detail}");
    }
    server.audit().await;
}

#[tokio::test]
async fn rule_5_the_admin_closes_an_operation_with_a_reason() {
    let server = AdminServer::new().await;
    three_numbers(&server).await;
    let (id, number) = server.rent("sweden").await;
    let path = format!("/v1/operations/{id}/close");
    for (body, field) in [
        (json!({}), "reason"),
        (json!({ "reason": "" }), "reason"),
        (json!({ "reason": "x".repeat(501) }), "reason"),
        (json!({ "reason": "x", "force": true }), "force"),
    ] {
        assert!(server.post(&path, body).await.problem(400).starts_with(field));
    }
    let closed = server
        .post(&path, json!({ "reason": "the phone is broken" }))
        .await
        .expect(200);
    assert_eq!(
        (&closed["state"], &closed["outcome"]),
        (&json!("closed"), &json!("forced"))
    );
    let last = &closed["history"][1];
    assert_eq!(
        (&last["actor"], &last["detail"]),
        (&json!("admin"), &json!("forced: the phone is broken"))
    );
    server.post(&path, json!({ "reason": "again" })).await.problem(409);
    server
        .post("/v1/operations/77/close", json!({ "reason": "x" }))
        .await
        .problem(404);
    let number = server.get(&format!("/v1/numbers/{number}")).await.expect(200);
    assert_eq!(number["state"], "available");
    server.audit().await;
}

#[tokio::test]
async fn rule_6_the_balance_and_the_ledger_agree() {
    let server = AdminServer::new().await;
    three_numbers(&server).await;
    let (sold, _) = server.rent("sweden").await;
    let (cancelled, _) = server.rent("sweden").await;
    server.rent("sweden").await;
    server.finish(sold, "sold").await;
    server.finish(cancelled, "cancelled").await;
    assert_eq!(
        server.get("/v1/balance").await.expect(200),
        json!({
            "currency": "RUB", "expected": "320.00", "posted": "870.50", "reversed": "0.00", "voided": "320.00",
        })
    );
    let all = server.pages("/v1/ledger", "", 2).await;
    assert_eq!(all.len(), 6);
    assert_eq!(all, server.pages("/v1/ledger", "", 1000).await);
    let lines = server.pages("/v1/ledger", &format!("operation={sold}"), 2).await;
    let kinds: Vec<_> = lines.iter().map(|line| (&line["kind"], &line["amount"])).collect();
    assert_eq!(
        kinds,
        [
            (&json!("post"), &json!("870.50")),
            (&json!("reserve"), &json!("550.50")),
            (&json!("reserve"), &json!("320.00")),
        ]
    );
    assert_eq!(lines[0]["operation"], sold);
    assert_eq!(lines[0]["at"], "2026-11-20T22:00:00.000Z");
    let detail = server.get("/v1/ledger?operation=0").await.problem(400);
    assert!(detail.starts_with("operation"), "{detail}");
    server.audit().await;
}
