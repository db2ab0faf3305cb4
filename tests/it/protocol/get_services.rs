use insta::assert_snapshot;

use super::{get_services, table};
use crate::support::House;

#[tokio::test]
async fn an_empty_inventory_is_an_empty_list() {
    let house = House::build().await;
    let answer = house.post_text("/getServicesRent", get_services().json()).await;
    assert_snapshot!(answer.golden(), @r#"
    HTTP 200
    content-type: application/json; charset=utf-8

    {"countryList":[],"status":"SUCCESS"}
    "#);
    house.close().await;
}

#[tokio::test]
async fn countries_and_their_operators_with_any_as_the_sum() {
    let house = House::build().await;
    let gateway = house.gateway("bank").await;
    house
        .import(&gateway, "sweden", "telia", 46_700_000_001..=46_700_000_005)
        .await;
    house
        .import(&gateway, "sweden", "tele2", 46_720_000_001..=46_720_000_002)
        .await;
    house.import(&gateway, "germany", "o2", [4_915_100_000_001]).await;
    let answer = house.post_text("/getServicesRent", get_services().json()).await;
    assert_snapshot!(answer.golden(), @r#"
    HTTP 200
    content-type: application/json; charset=utf-8

    {"countryList":[{"country":"germany","operatorMap":{"any":{"rent":1},"o2":{"rent":1}}},{"country":"sweden","operatorMap":{"any":{"rent":7},"tele2":{"rent":2},"telia":{"rent":5}}}],"status":"SUCCESS"}
    "#);
    house.close().await;
}

#[tokio::test]
async fn what_is_not_understood_is_named() {
    let house = House::build().await;
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
    assert_snapshot!(table(&house, "/getServicesRent", &get_services(), &changes).await, @r#"
    no action
      400 {"error":"action is missing","status":"ERROR"}
    action=5
      400 {"error":"action must be a string","status":"ERROR"}
    action=null
      400 {"error":"action is missing","status":"ERROR"}
    action="GET_NUMBER"
      400 {"error":"action must be GET_SERVICES on this path","status":"ERROR"}
    action="get_services"
      400 {"error":"action must be GET_SERVICES, GET_NUMBER or FINISH_ACTIVATION","status":"ERROR"}
    action="GET_SERVICES "
      400 {"error":"action must be GET_SERVICES, GET_NUMBER or FINISH_ACTIVATION","status":"ERROR"}
    no key
      400 {"error":"key is missing","status":"ERROR"}
    key=5
      400 {"error":"key must be a string","status":"ERROR"}
    key=null
      400 {"error":"key is missing","status":"ERROR"}
    service="rent"
      200 {"countryList":[],"status":"SUCCESS"}
    sum="no price is asked for here"
      200 {"countryList":[],"status":"SUCCESS"}
    somethingNew={"a":[1,2]}
      200 {"countryList":[],"status":"SUCCESS"}
    "#);
    house.close().await;
}
