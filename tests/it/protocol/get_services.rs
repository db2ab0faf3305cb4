use insta::assert_snapshot;

use super::{get_services, table};
use crate::support::TestServer;

#[tokio::test]
async fn an_empty_inventory_is_an_empty_list() {
    let server = TestServer::build().await;
    let answer = server.post_text("/getServicesRent", get_services().json()).await;
    assert_snapshot!(answer.golden(), @r#"
    HTTP 200
    content-type: application/json; charset=utf-8

    {"status":"SUCCESS","countryList":[]}
    "#);
    server.close().await;
}

#[tokio::test]
async fn countries_and_their_operators_with_any_as_the_sum() {
    let server = TestServer::build().await;
    let gateway = server.gateway("bank").await;
    server
        .import(&gateway, "sweden", "telia", 46_700_000_001..=46_700_000_005)
        .await;
    server
        .import(&gateway, "sweden", "tele2", 46_720_000_001..=46_720_000_002)
        .await;
    server.import(&gateway, "germany", "o2", [4_915_100_000_001]).await;
    let answer = server.post_text("/getServicesRent", get_services().json()).await;
    assert_snapshot!(answer.golden(), @r#"
    HTTP 200
    content-type: application/json; charset=utf-8

    {"status":"SUCCESS","countryList":[{"country":"germany","operatorMap":{"any":{"rent":1},"o2":{"rent":1}}},{"country":"sweden","operatorMap":{"any":{"rent":7},"tele2":{"rent":2},"telia":{"rent":5}}}]}
    "#);
    server.close().await;
}

#[tokio::test]
async fn what_is_not_understood_is_named() {
    let server = TestServer::build().await;
    let changes = [
        "no action",
        "action=5",
        "action=null",
        "action=\"GET_NUMBER\"",
        "action=\"get_services\"",
        "action=\"GET_SERVICES \"",
        "no key",
        "key=5",
        "key=null",
        // Accepted: what the page does not name.
        "service=\"rent\"",
        "sum=\"no price is asked for here\"",
        "somethingNew={\"a\":[1,2]}",
    ];
    assert_snapshot!(table(&server, "/getServicesRent", &get_services(), &changes).await, @r#"
    no action
      400 {"status":"ERROR","error":"action is missing"}
    action=5
      400 {"status":"ERROR","error":"action must be a string"}
    action=null
      400 {"status":"ERROR","error":"action is missing"}
    action="GET_NUMBER"
      400 {"status":"ERROR","error":"action must be GET_SERVICES on this path"}
    action="get_services"
      400 {"status":"ERROR","error":"action must be GET_SERVICES, GET_NUMBER or FINISH_ACTIVATION"}
    action="GET_SERVICES "
      400 {"status":"ERROR","error":"action must be GET_SERVICES, GET_NUMBER or FINISH_ACTIVATION"}
    no key
      400 {"status":"ERROR","error":"key is missing"}
    key=5
      400 {"status":"ERROR","error":"key must be a string"}
    key=null
      400 {"status":"ERROR","error":"key is missing"}
    service="rent"
      200 {"status":"SUCCESS","countryList":[]}
    sum="no price is asked for here"
      200 {"status":"SUCCESS","countryList":[]}
    somethingNew={"a":[1,2]}
      200 {"status":"SUCCESS","countryList":[]}
    "#);
    server.close().await;
}
