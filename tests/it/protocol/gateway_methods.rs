//! SMS in: with which methods, and where the token stands.

use axum::body::Body;
use axum::http::{Method, Request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use insta::assert_snapshot;
use serde_json::json;

use crate::support::TestServer;

#[tokio::test]
async fn the_methods_and_the_heartbeat() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    let all = "GET, POST, PUT";
    for (method, path, allowed) in [
        (Method::GET, "/heartbeat", "POST"),
        // An SMS would be stored by somebody who only looks.
        (Method::HEAD, "", all),
        (Method::DELETE, "", all),
        (Method::PATCH, "", all),
        (Method::OPTIONS, "", all),
    ] {
        let request = Request::builder()
            .method(method.clone())
            .uri(format!("/in/{}{path}", gateway.token))
            .header("content-type", "application/json")
            .body(Body::from(r#"{"from":"S","to":46700000001,"text":"x"}"#))
            .unwrap();
        let answer = server.ask(request).await;
        assert_eq!(
            (answer.code(), answer.header("allow")),
            (405, allowed),
            "{method} {path}"
        );
        let sentence = r#"{"error":"this path does not take the method; the header Allow names those it takes"}"#;
        // An answer to HEAD has no body.
        let expected = if method == Method::HEAD { "" } else { sentence };
        assert_eq!(answer.text(), expected, "{method} {path}");
    }
    assert_eq!(server.admin_list("/v1/messages").await.len(), 0);
    let beat = server
        .gateway_post(&format!("/in/{}/heartbeat", gateway.token), "")
        .await;
    assert_snapshot!(beat.golden(), @"HTTP 200");
    server.close().await;
}

/// `gateway.methods`: no SMS is taken from a URL, wherever the token stands, and the heartbeat goes on.
#[tokio::test]
async fn only_the_methods_of_the_configuration_are_taken() {
    let server = TestServer::with(&[("GATEWAY__METHODS", "POST")]).await;
    let gateway = server.stocked(1).await;
    let sms = "id=1&from=S&to=46700000001&text=x";
    for (method, code) in [
        (Method::GET, 405),
        (Method::PUT, 405),
        (Method::HEAD, 405),
        (Method::POST, 200),
    ] {
        for path in [format!("/in/{}", gateway.token), "/in".to_owned()] {
            let request = Request::builder()
                .method(method.clone())
                .uri(format!("{path}?{sms}"))
                .header("authorization", format!("Bearer {}", gateway.token))
                .header("content-type", "application/x-www-form-urlencoded");
            let answer = server.ask(request.body(Body::from(sms)).unwrap()).await;
            let allow = if code == 405 { "POST" } else { "" };
            assert_eq!(
                (answer.code(), answer.header("allow")),
                (code, allow),
                "{method} {path}"
            );
        }
    }
    assert_eq!(server.admin_list("/v1/messages").await.len(), 1);
    server.heartbeat(&gateway).await;
    server.close().await;
}

#[tokio::test]
async fn post_and_put_are_taken_with_the_token_anywhere() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    let basic = |token: &str| format!("Basic {}", STANDARD.encode(format!("kannel:{token}")));
    let token = &gateway.token;
    let mut texts = Vec::new();
    for (method, path, authorization, code) in [
        (Method::POST, format!("/in/{token}"), None, 200),
        (Method::PUT, format!("/in/{token}"), None, 200),
        // What stands in the path counts.
        (
            Method::POST,
            format!("/in/{token}"),
            Some("Bearer nobody".to_owned()),
            200,
        ),
        (
            Method::POST,
            "/in/nobody".to_owned(),
            Some(format!("Bearer {token}")),
            404,
        ),
        (Method::PUT, "/in".to_owned(), Some(format!("Bearer {token}")), 200),
        (Method::POST, "/in".to_owned(), Some(basic(token)), 200),
        (Method::POST, "/in".to_owned(), Some(basic("nobody")), 404),
        (Method::POST, "/in".to_owned(), None, 404),
    ] {
        let text = format!("{method} {path} {authorization:?}");
        let sms = json!({"from": "S", "to": "46700000001", "text": text});
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json");
        let request = match authorization {
            None => request,
            Some(value) => request.header("authorization", value),
        };
        let answer = server.ask(request.body(Body::from(sms.to_string())).unwrap()).await;
        assert_eq!((answer.code(), answer.text().is_empty()), (code, code == 200), "{text}");
        if code == 200 {
            texts.push(text);
        }
    }
    let stored = server.admin_list("/v1/messages").await;
    let stored: Vec<&str> = stored
        .iter()
        .rev()
        .map(|message| message["text"].as_str().unwrap())
        .collect();
    assert_eq!(stored, texts);
    server.close().await;
}
