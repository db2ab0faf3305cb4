//! The inventory as the admin brings it in, seen from GET_NUMBER.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::support::house::ADMIN_TOKEN;
use crate::support::{House, minutes};

#[tokio::test]
async fn an_import_repeated_changes_nothing_not_even_under_a_rental() {
    let house = House::build().await;
    let gateway = house.stocked(3).await;
    let rented = house.rent().await;
    let rows: Vec<_> = (1..=3_u64)
        .map(|one| json!({"number": format!("+{}", 46_700_000_000 + one), "country": "Sweden", "operator": "telia", "gateway": gateway.name}))
        .collect();
    let report = house.admin_post("/v1/numbers", json!(rows)).await.ok().json();
    assert_eq!(report["unchanged"], 3, "{report}");
    assert_eq!(house.number_state(rented.number).await, "rented");
    assert_eq!(house.promised().await, 2);
    house.close().await;
}

#[tokio::test]
async fn a_number_that_moves_while_it_is_rented_keeps_its_renter() {
    let house = House::build().await;
    let gateway = house.stocked(1).await;
    let other = house.gateway("other").await;
    let rented = house.rent().await;
    let row = json!([{"number": rented.number.to_string(), "country": "norway", "operator": "telenor", "gateway": other.name}]);
    let report = house.admin_post("/v1/numbers", row).await.ok().json();
    assert_eq!(report["updated"], 1, "{report}");
    house.audit().await;
    // The message comes by the old gateway; it is the renter's.
    house.sms(&gateway, rented.number, "code").await;
    house.tick_after(minutes(30)).await;
    assert_eq!(house.onlinesim.pushes()[0].body["smsId"], rented.id);
    house.finish(rented.id, 3, "320").await;
    assert_eq!(house.services().await["norway"]["telenor"], 1);
    house.close().await;
}

#[tokio::test]
async fn csv_and_derived_countries() {
    let house = House::build().await;
    house.gateway("bank").await;
    let csv = "number,country,operator,gateway\n\
               +7 701 000 00 01,,beeline,bank\n\
               79161234567,,mts,bank\n\
               46701234567,sweden,telia,bank\n\
               nonsense,sweden,telia,bank\n\
               46701234568,sweden,telia,nowhere\n";
    let request = Request::post("/v1/numbers")
        .header("authorization", format!("Bearer {ADMIN_TOKEN}"))
        .header("content-type", "text/csv");
    let answer = house.admin_raw(request.body(Body::from(csv)).unwrap()).await;
    let report = answer.ok().json();
    assert_eq!(report["added"], 3, "{report}");
    let lines: Vec<_> = report["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["line"].as_u64().unwrap())
        .collect();
    assert_eq!(lines, [5, 6]);
    let services = house.services().await;
    assert_eq!(services["kazakhstan"]["beeline"], 1);
    assert_eq!(services["russia"]["mts"], 1);
    house.close().await;
}
