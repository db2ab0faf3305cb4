use super::*;

async fn two_numbers(server: &AdminServer) {
    server.gateway("bank1").await;
    server
        .import("number,gateway\n46701234567,bank1\n46701234568,bank1\n")
        .await;
}

#[tokio::test]
async fn a_banned_number_is_unavailable_until_the_ban_is_lifted() {
    let server = AdminServer::new().await;
    two_numbers(&server).await;
    let ban = json!({ "number": 46_701_234_567_u64, "reason": "noise" });
    let expected = json!({
        "number": "46701234567", "until": "2026-11-21T22:00:00.000Z", "reason": "noise", "strikes": 0,
    });
    assert_eq!(server.post("/v1/bans", ban).await.expect(201), expected);
    let ban = json!({ "number": "+46701234568", "reason": "hum", "for": 60 });
    server.post("/v1/bans", ban).await.expect(201);
    assert!(server.try_rent("sweden").await.is_none());
    let bans = server.pages("/v1/bans", "", 1).await;
    assert_eq!((&bans[0]["reason"], &bans[1]), (&json!("hum"), &expected));
    assert_eq!(bans.len(), 2);

    let lifted = server.call("DELETE", "/v1/bans/+46701234567", None).await;
    assert_eq!((lifted.status.as_u16(), lifted.body), (204, Value::Null));
    server.call("DELETE", "/v1/bans/46701234567", None).await.problem(404);
    server.call("DELETE", "/v1/bans/46701234599", None).await.problem(404);
    server.rent("sweden").await;
    server.audit().await;
}

#[tokio::test]
async fn a_rented_number_is_banned_when_its_operation_closes() {
    let server = AdminServer::new().await;
    two_numbers(&server).await;
    let (operation, number) = server.rent("sweden").await;
    server
        .post("/v1/bans", json!({ "number": number, "reason": "noise" }))
        .await
        .expect(201);
    let path = format!("/v1/numbers/{number}");
    assert_eq!(server.get(&path).await.expect(200)["state"], "rented");
    let close = format!("/v1/operations/{operation}/close");
    server.post(&close, json!({ "reason": "test" })).await.expect(200);
    assert_eq!(server.get(&path).await.expect(200)["state"], "banned");
    server.audit().await;
}

#[tokio::test]
async fn what_is_no_ban_is_named() {
    let server = AdminServer::new().await;
    two_numbers(&server).await;
    for (body, field) in [
        (json!({ "reason": "x" }), "number"),
        (json!({ "number": "me", "reason": "x" }), "number"),
        (json!({ "number": "46701234567" }), "reason"),
        (json!({ "number": "46701234567", "reason": " " }), "reason"),
        (json!({ "number": "46701234567", "reason": "x".repeat(501) }), "reason"),
        (json!({ "number": "46701234567", "reason": "x", "for": "0s" }), "for"),
        (json!({ "number": "46701234567", "reason": "x", "for": "9999d" }), "for"),
        (json!({ "number": "46701234567", "reason": "x", "until": 1 }), "until"),
    ] {
        let detail = server.post("/v1/bans", body).await.problem(400);
        assert!(detail.starts_with(field), "{field}: {detail}");
    }
    let unknown = json!({ "number": "46701234599", "reason": "x" });
    server.post("/v1/bans", unknown).await.problem(404);
    server.audit().await;
}
