use axum::http::header::{ACCEPT_ENCODING, ALLOW, CONTENT_ENCODING, WWW_AUTHENTICATE};

use super::*;

fn request(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path)
}

#[tokio::test]
async fn nothing_is_answered_without_the_token() {
    let server = AdminServer::new().await;
    for (method, path) in [
        ("GET", "/v1/numbers"),
        ("POST", "/v1/numbers"),
        ("GET", "/v1/numbers/46701234567"),
        ("PATCH", "/v1/numbers/46701234567"),
        ("GET", "/v1/gateways"),
        ("POST", "/v1/gateways"),
        ("PATCH", "/v1/gateways/a"),
        ("GET", "/v1/operations"),
        ("GET", "/v1/operations/1"),
        ("POST", "/v1/operations/1/close"),
        ("GET", "/v1/messages"),
        ("POST", "/v1/messages/1/resend"),
        ("GET", "/v1/bans"),
        ("POST", "/v1/bans"),
        ("DELETE", "/v1/bans/46701234567"),
        ("GET", "/v1/balance"),
        ("GET", "/v1/ledger"),
    ] {
        for token in [None, Some("Bearer wrong"), Some("Basic dGhlOnRva2Vu"), Some("Bearer ")] {
            let mut request = request(method, path);
            if let Some(token) = token {
                request = request.header(AUTHORIZATION, token);
            }
            let answer = server.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.headers[WWW_AUTHENTICATE], "Bearer", "{method} {path}");
            answer.problem(401);
        }
    }
    server.audit().await;
}

#[tokio::test]
async fn every_refusal_is_a_problem() {
    let server = AdminServer::new().await;
    server.get("/v1/numbres").await.problem(404);
    server.get("/").await.problem(404);
    let wrong = server.call("DELETE", "/v1/numbers", None).await;
    let allow = wrong.headers[ALLOW].to_str().unwrap().to_owned();
    assert!(allow.contains("GET") && allow.contains("POST"), "{allow}");
    wrong.problem(405);
    let text = |media_type, text: &str| Some((media_type, text.as_bytes().to_vec()));
    server
        .call("POST", "/v1/gateways", text("text/plain", "{}"))
        .await
        .problem(415);
    server
        .call("POST", "/v1/gateways", text("application/json", "{"))
        .await
        .problem(400);
    let large = format!("\"{}\"", "x".repeat(2_000_000));
    server
        .call("POST", "/v1/gateways", text("application/json", &large))
        .await
        .problem(413);
    let packed = request("POST", "/v1/gateways")
        .header(AUTHORIZATION, format!("Bearer {TOKEN}"))
        .header(CONTENT_TYPE, "application/json")
        .header(CONTENT_ENCODING, "br");
    server.send(packed.body(Body::from("{}")).unwrap()).await.problem(415);
    server.audit().await;
}

#[tokio::test]
async fn a_storage_that_is_not_there_is_a_503_and_nothing_else() {
    let server = AdminServer::new().await;
    server.app.database.close().await;
    server.get("/v1/numbers").await.problem(503);
    server.post("/v1/gateways", json!({ "name": "a" })).await.problem(503);
    server
        .call("POST", "/v1/numbers", csv_content("number,gateway\n46701234567,a\n"))
        .await
        .problem(503);
}

#[tokio::test]
async fn answers_are_packed_for_those_who_ask() {
    let server = AdminServer::new().await;
    server
        .gateway("a-gateway-whose-name-is-long-enough-to-be-worth-packing")
        .await;
    let asked = request("GET", "/v1/gateways")
        .header(AUTHORIZATION, format!("bearer {TOKEN}"))
        .header(ACCEPT_ENCODING, "gzip");
    let answer = server.send(asked.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.headers[CONTENT_ENCODING]),
        (200, &"gzip".parse().unwrap())
    );
    server.audit().await;
}

#[tokio::test]
async fn a_packed_import_is_unpacked() {
    let server = AdminServer::new().await;
    server.gateway("bank1").await;
    // `number,gateway`, and 46701234567 of bank1.
    let packed = "1f8b08000000000002ffcb2bcd4d4a2dd2494f2c492d4face4323\
                  1333730343236313533d7494acccb36e402004f91a41f21000000";
    let request = request("POST", "/v1/numbers")
        .header(AUTHORIZATION, format!("Bearer {TOKEN}"))
        .header(CONTENT_TYPE, "text/csv")
        .header(CONTENT_ENCODING, "gzip");
    let body = Body::from(hex::decode(packed).unwrap());
    assert_eq!(server.send(request.body(body).unwrap()).await.expect(200)["added"], 1);
    server.audit().await;
}
