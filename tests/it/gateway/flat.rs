//! Queries, forms and JSON of any program.

use insta::assert_snapshot;

use super::*;
use crate::support::same;

#[tokio::test]
async fn a_query_a_form_and_json_are_the_same() {
    let server = TestServer::build().await;
    let (gateway, _) = rented(&server, json!({})).await;
    let fields = "from=VK&to=%2B46700000001&text=%D0%9A%D0%BE%D0%B4%0A%F0%9F%98%80";
    let json = r#"{"id":4,"from":"VK","to":"+46700000001","text":"Код\n😀"}"#;
    let body = |id: u8| format!("id={id}&{fields}");
    let answers = [
        ("query", get(&server, &gateway, &body(1)).await),
        (
            "form",
            post(&server, &gateway, "", &[("content-type", FORM)], body(2)).await,
        ),
        ("no content type", post(&server, &gateway, "", &[], body(3)).await),
        (
            "json",
            post(&server, &gateway, "", &[("content-type", FORM)], json).await,
        ),
        ("again", post(&server, &gateway, "id=1", &[], fields).await),
    ];
    assert_snapshot!(same(&answers), @"HTTP 200");
    assert_eq!(pushed(&server).await, ["VK: Код\n\u{1f600}"; 4]);
    server.close().await;
}

#[tokio::test]
async fn the_partner_says_where_fields_stand_and_what_is_answered() {
    let server = TestServer::build().await;
    let settings = json!({
        "fields": {"id": "data.id", "from": "data.from.number", "to": "data.to.0.number", "text": "data.text"},
        "answer": {"content_type": "application/json", "text": "{\"ok\":true}"},
    });
    let (gateway, _) = rented(&server, settings).await;
    let body = json!({"data": {"id": 7, "from": {"number": "VK"}, "to": [{"number": "+46700000001"}], "text": "code"}});
    let headers = [("content-type", "application/json")];
    let mut answers = Vec::new();
    for time in ["first", "again"] {
        answers.push((time, post(&server, &gateway, "", &headers, body.to_string()).await));
    }
    assert_snapshot!(same(&answers), @r#"
    HTTP 200
    content-type: application/json

    {"ok":true}
    "#);
    assert_eq!(pushed(&server).await, ["VK: code"]);
    server.close().await;
}

/// Two modems make the same id for the same sender and second.
#[tokio::test]
async fn ids_of_our_handlers_are_those_of_their_lines() {
    let server = TestServer::build().await;
    let (gateway, _) = rented(&server, of_kind("gammu")).await;
    for (line, text) in [("modem1", "one"), ("modem2", "two"), ("modem1", "one")] {
        let form = format!("id=IN20261120_223511_00_VK_00.txt&from=VK&line={line}&text={text}");
        post(&server, &gateway, "", &[("content-type", FORM)], form).await.ok();
    }
    assert_eq!(stored(&server).await, 2);
    server.close().await;
}
