use insta::assert_snapshot;
use serde_json::json;

use super::{get_number, table};
use crate::support::TestServer;

const PATH: &str = "/getNumberRent";

#[tokio::test]
async fn a_number_is_rented() {
    let server = TestServer::build().await;
    server.stocked(1).await;
    let answer = server.post_text(PATH, get_number().json()).await;
    assert_snapshot!(answer.golden(), @r#"
    HTTP 200
    content-type: application/json; charset=utf-8

    {"status":"SUCCESS","number":46700000001,"activationId":1}
    "#);
    let answer = server.post_text(PATH, get_number().json()).await;
    assert_snapshot!(answer.golden(), @r#"
    HTTP 200
    content-type: application/json; charset=utf-8

    {"status":"NO_NUMBERS"}
    "#);
    server.close().await;
}

#[tokio::test]
async fn the_request_of_the_protocols_page_is_understood() {
    let server = TestServer::build().await;
    let gateway = server.gateway("bank").await;
    server
        .import(&gateway, "sweden", "telia", [46_950_000_001, 46_700_000_001])
        .await;
    let body = r#"{
        "action": "GET_NUMBER",
        "key": "key-of-onlinesim",
        "service": "rent",
        "sum": 320,
        "exceptionPhoneSet": [46950, 7918]
    }"#;
    assert_snapshot!(server.post_text(PATH, body).await.line(), @r#"200 {"status":"SUCCESS","number":46700000001,"activationId":1}"#);
    assert_snapshot!(server.post_text(PATH, body).await.line(), @r#"200 {"status":"NO_NUMBERS"}"#);
    server.close().await;
}

#[tokio::test]
async fn what_fits_is_accepted_in_every_spelling() {
    let server = TestServer::build().await;
    let changes = [
        "sum=0",
        "sum=20.00",
        "sum=870.5",
        "sum=1e3",
        "sum=1000000000",
        "exceptionPhoneSet=null",
        "exceptionPhoneSet=[]",
        "exceptionPhoneSet=[46950,\"46951\",\"+46952\",0,\"007\"]",
        "country=null",
        "country=\"any\"",
        "country=\"\"",
        "country=\"Sweden\"",
        "operator=\"any\"",
        "operator=\"telia\"",
        "somethingNew=[1,{\"a\":null}]",
    ];
    let lines = table(&server, PATH, &get_number(), &changes).await;
    for line in lines.lines().filter(|line| line.starts_with(' ')) {
        assert_eq!(line, r#"  200 {"status":"NO_NUMBERS"}"#, "{lines}");
    }
    server.close().await;
}

#[tokio::test]
async fn prices_are_exact_and_round_half_to_even() {
    let server = TestServer::build().await;
    server.stocked(7).await;
    let mut booked = Vec::new();
    for sum in ["320", "20.00", "870.5", "0.005", "0.015", "0.1", "1000000000"] {
        let body = get_number().changed(&format!("sum={sum}")).json();
        let id = server.post_text(PATH, body).await.json()["activationId"].clone();
        let operation = server.operation(id.as_i64().unwrap()).await;
        booked.push(format!("{sum} -> {}", operation["sum"].as_str().unwrap()));
    }
    assert_snapshot!(booked.join("\n"), @"
    320 -> 320.00
    20.00 -> 20.00
    870.5 -> 870.50
    0.005 -> 0.00
    0.015 -> 0.02
    0.1 -> 0.10
    1000000000 -> 1000000000.00
    ");
    server.close().await;
}

#[tokio::test]
async fn country_and_operator_filter_and_any_filters_nothing() {
    let server = TestServer::build().await;
    let gateway = server.gateway("bank").await;
    server.import(&gateway, "sweden", "telia", [46_700_000_001]).await;
    server.import(&gateway, "sweden", "tele2", [46_720_000_001]).await;
    server.import(&gateway, "germany", "telia", [4_915_100_000_001]).await;
    let get = async |filter: serde_json::Value| server.get_number_with(filter).await.map(|rented| rented.number);
    assert_eq!(get(json!({"country": "norway"})).await, None);
    assert_eq!(get(json!({"country": "germany", "operator": "tele2"})).await, None);
    assert_eq!(
        get(json!({"country": " Sweden", "operator": "TELE2"})).await,
        Some(46_720_000_001)
    );
    assert_eq!(
        get(json!({"country": "germany", "operator": "any"})).await,
        Some(4_915_100_000_001)
    );
    assert_eq!(
        get(json!({"country": "any", "operator": "telia"})).await,
        Some(46_700_000_001)
    );
    assert_eq!(get(json!({"country": "any", "operator": "any"})).await, None);
    server.close().await;
}
