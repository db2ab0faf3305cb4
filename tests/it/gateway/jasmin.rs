//! Jasmin's HTTP connector.

use insta::assert_snapshot;

use super::*;
use crate::support::same;

const FIELDS: &str = "id=f7f971ba-5d1c-4d3c-8a52-6a0a5a2f54a1&from=VK&to=46700000001&origin-connector=sim\
    &content=%04%12%040%04H&binary=041204300448&priority=0&coding=%08";

#[tokio::test]
async fn an_sms_is_answered_with_the_word_again_and_for_a_stranger_too() {
    let server = TestServer::build().await;
    let (gateway, _) = rented(&server, of_kind("jasmin")).await;
    let stranger = FIELDS.replace("46700000001", "79001112233").replace("id=f", "id=e");
    let headers = [("content-type", FORM)];
    let answers = [
        ("post", post(&server, &gateway, "", &headers, FIELDS).await),
        ("get", get(&server, &gateway, FIELDS).await),
        ("stranger", post(&server, &gateway, "", &headers, stranger).await),
    ];
    assert_snapshot!(same(&answers), @r"
    HTTP 200
    content-type: text/plain; charset=utf-8

    ACK/Jasmin
    ");
    assert_eq!(pushed(&server).await, ["VK: Ваш"]);
    assert_eq!(stored(&server).await, 2);
    server.close().await;
}

#[tokio::test]
async fn the_partner_may_set_the_character_set_of_an_smsc_that_translates() {
    let server = TestServer::build().await;
    let settings = json!({"kind": "jasmin", "character_set": "latin1"});
    let (gateway, _) = rented(&server, settings).await;
    let fields = "id=1&from=VK&to=46700000001&binary=40e9&coding=%00";
    get(&server, &gateway, fields).await.ok();
    assert_eq!(pushed(&server).await, ["VK: @é"]);
    server.close().await;
}
