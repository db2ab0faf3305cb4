//! SMS in: what a gateway sends, and what it is answered.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Gateway, TestServer, same};

async fn table(server: &TestServer, gateway: &Gateway, bodies: &[&str]) -> String {
    let mut lines = Vec::new();
    for body in bodies {
        let answer = server
            .gateway_post(&format!("/in/{}", gateway.token), (*body).to_owned())
            .await;
        lines.push(format!("{body}\n  {} {}", answer.code(), answer.text()));
    }
    lines.join("\n")
}

#[tokio::test]
async fn an_sms_is_taken_with_an_empty_200() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    let sms = json!({"id": "a-1", "from": "Service", "to": "46700000001", "text": "code", "sent_at": "2026-11-20T14:00:00+03:00"});
    assert_snapshot!(server.sms_answer(&gateway.token, sms).await.golden(), @"HTTP 200");
    server.close().await;
}

#[tokio::test]
async fn an_unknown_token_is_a_404() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    let sms = json!({"from": "Service", "to": "46700000001", "text": "code"});
    let half = &gateway.token[..gateway.token.len() / 2];
    let longer = format!("{}0", gateway.token);
    let mut answers = Vec::new();
    for token in ["nobody", "%00", "%ff", half, &longer, &gateway.token.to_uppercase()] {
        if token == gateway.token {
            continue;
        }
        let heartbeat = format!("/in/{token}/heartbeat");
        answers.push((token.to_owned(), server.sms_answer(token, sms.clone()).await));
        answers.push((heartbeat.clone(), server.gateway_post(&heartbeat, "").await));
    }
    assert_snapshot!(same(&answers), @r#"
    HTTP 404
    content-type: application/json

    {"error":"no gateway has this token"}
    "#);
    // The token is asked for before the body.
    assert_eq!(server.gateway_post("/in/nobody", "{").await.code(), 404);
    assert_snapshot!(server.gateway_post("/in", "{").await.golden(), @r#"
    HTTP 404
    content-type: application/json

    {"error":"the token is missing: it belongs into the path (/in/TOKEN) or into the header Authorization, as Bearer or as the password of Basic"}
    "#);
    assert_eq!(server.admin_list("/v1/messages").await.len(), 0);
    server.close().await;
}

#[tokio::test]
async fn a_malformed_sms_is_refused_and_the_field_is_named() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    let bodies = [
        "",
        "{",
        r#"{"to":"46700000001","text":"code"}"#,
        r#"{"from":null,"to":"46700000001","text":"code"}"#,
        r#"{"from":["Service"],"to":"46700000001","text":"code"}"#,
        r#"{"sender":["Service"],"to":"46700000001","text":"code"}"#,
        r#"{"from":"Service","text":"code"}"#,
        r#"{"from":"Service","to":"","text":"code"}"#,
        r#"{"from":"Service","to":"nobody","text":"code"}"#,
        r#"{"from":"Service","to":"123456789012345678901","text":"code"}"#,
        r#"{"from":"Service","to":-46700000001,"text":"code"}"#,
        r#"{"from":"Service","to":46700000001.5,"text":"code"}"#,
        r#"{"from":"Service","to":"46700000001"}"#,
        r#"{"from":"Service","to":"46700000001","text":7}"#,
        r#"{"from":"Service","to":"46700000001","text":null}"#,
        r#"{"id":[],"from":"Service","to":"46700000001","text":"code"}"#,
        r#"{"id":1.5,"from":"Service","to":"46700000001","text":"code"}"#,
    ];
    assert_snapshot!(table(&server, &gateway, &bodies).await, @r#"

      400 {"error":"the body must be a JSON object: it is not JSON at line 1, column 0"}
    {
      400 {"error":"the body must be a JSON object: it is not JSON at line 1, column 1"}
    {"to":"46700000001","text":"code"}
      400 {"error":"from is missing"}
    {"from":null,"to":"46700000001","text":"code"}
      400 {"error":"from is missing"}
    {"from":["Service"],"to":"46700000001","text":"code"}
      400 {"error":"from must be a string"}
    {"sender":["Service"],"to":"46700000001","text":"code"}
      400 {"error":"sender must be a string"}
    {"from":"Service","text":"code"}
      400 {"error":"to is missing"}
    {"from":"Service","to":"","text":"code"}
      400 {"error":"to must be the number that received the SMS, in digits (20 at most)"}
    {"from":"Service","to":"nobody","text":"code"}
      400 {"error":"to must be the number that received the SMS, in digits (20 at most)"}
    {"from":"Service","to":"123456789012345678901","text":"code"}
      400 {"error":"to must be the number that received the SMS, in digits (20 at most)"}
    {"from":"Service","to":-46700000001,"text":"code"}
      400 {"error":"to must be a string"}
    {"from":"Service","to":46700000001.5,"text":"code"}
      400 {"error":"to must be a string"}
    {"from":"Service","to":"46700000001"}
      400 {"error":"text is missing"}
    {"from":"Service","to":"46700000001","text":7}
      400 {"error":"text must be a string"}
    {"from":"Service","to":"46700000001","text":null}
      400 {"error":"text is missing"}
    {"id":[],"from":"Service","to":"46700000001","text":"code"}
      400 {"error":"id must be a string"}
    {"id":1.5,"from":"Service","to":"46700000001","text":"code"}
      400 {"error":"id must be a string"}
    "#);
    assert_eq!(
        server.admin_list("/v1/messages").await.len(),
        0,
        "nothing of it is stored"
    );
    server.close().await;
}

#[tokio::test]
async fn rule_12_an_sms_has_bounds() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    let ask = async |from: usize, id: usize, text: usize| {
        let sms =
            json!({"id": "i".repeat(id), "from": "ф".repeat(from), "to": "46700000001", "text": "т".repeat(text)});
        let answer = server.sms_answer(&gateway.token, sms).await;
        format!("{} {}", answer.code(), answer.text())
    };
    assert_snapshot!(ask(100, 200, 30_000).await, @"200");
    assert_snapshot!(ask(101, 1, 1).await, @r#"400 {"error":"from must not be longer than 100 characters"}"#);
    assert_snapshot!(ask(1, 201, 1).await, @r#"400 {"error":"id must not be longer than 200 characters"}"#);
    let body = json!({"from": "S", "to": "46700000001", "text": "x".repeat(39_016)});
    let answer = server.sms_answer(&gateway.token, body).await;
    assert_snapshot!(format!("{} {}", answer.code(), answer.text()), @r#"400 {"error":"text must not be longer than 39015 characters"}"#);
    let body = json!({"from": "S", "to": "46700000001", "text": "x".repeat(1 << 20)});
    let answer = server.sms_answer(&gateway.token, body).await;
    assert_snapshot!(format!("{} {}", answer.code(), answer.text()), @r#"413 {"error":"the body could not be read"}"#);
    assert_eq!(server.admin_list("/v1/messages").await.len(), 1);
    server.close().await;
}

#[tokio::test]
async fn a_body_that_is_not_an_object_is_refused() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    for body in [
        "null",
        "7",
        "\"an SMS\"",
        "[]",
        r#"["a-1","Service","46700000001","code",null]"#,
    ] {
        let answer = server.gateway_post(&format!("/in/{}", gateway.token), body).await;
        assert_eq!(answer.code(), 400, "{body}");
        let sentence = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(
            sentence.starts_with("the body must be a JSON object"),
            "{body}: {sentence}"
        );
    }
    assert_eq!(server.admin_list("/v1/messages").await.len(), 0);
    server.close().await;
}

/// Rule 11: what a gateway gets wrong is named, not repeated.
#[tokio::test]
async fn rule_11_a_refusal_does_not_repeat_the_message() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    for body in [
        r#""secret 4711""#,
        r#"{"from":"secret 4711","to":{"secret 4711":1},"text":"secret 4711"}"#,
        r#"{"from":"Service","to":"secret","text":"secret 4711"}"#,
        r#"{"from":"Service","to":"46700000001","text":["secret 4711"]}"#,
        r#"{"from":"Service","to":"46700000001","text":"secret 4711"#,
    ] {
        let answer = server
            .gateway_post(&format!("/in/{}", gateway.token), body.to_owned())
            .await;
        assert_eq!(answer.code(), 400, "{body}");
        assert!(!answer.text().contains("4711"), "{body}: {}", answer.text());
    }
    server.close().await;
}
