//! The inventory as the admin brings it in, seen from GET_NUMBER.

use axum::http::Method;
use serde_json::json;

use crate::support::{TestServer, minutes};

#[tokio::test]
async fn an_import_repeated_changes_nothing_not_even_under_a_rental() {
    let server = TestServer::build().await;
    let gateway = server.stocked(3).await;
    let rented = server.rent().await;
    let rows: Vec<_> = (1..=3_u64)
        .map(|one| json!({"number": format!("+{}", 46_700_000_000 + one), "country": "Sweden", "operator": "telia", "gateway": gateway.name}))
        .collect();
    let report = server.admin_post("/v1/numbers", json!(rows)).await.ok().json();
    assert_eq!(report["unchanged"], 3, "{report}");
    assert_eq!(server.number_state(rented.number).await, "rented");
    assert_eq!(server.promised().await, 2);
    server.close().await;
}

#[tokio::test]
async fn a_rented_number_stays_where_it_is_and_moves_afterwards() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    let other = server.gateway("other").await;
    let rented = server.rent().await;
    let row = json!([{"number": rented.number.to_string(), "country": "norway", "operator": "telenor", "gateway": other.name}]);
    let report = server.admin_post("/v1/numbers", row.clone()).await.ok().json();
    assert_eq!(report["updated"], 0, "{report}");
    let reason = report["rejected"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("rented"), "{report}");
    server.audit().await;

    server.sms(&gateway, rented.number, "code").await;
    server.tick_after(minutes(30)).await;
    server.finish(rented.id, 3, "320").await;
    let report = server.admin_post("/v1/numbers", row).await.ok().json();
    assert_eq!(report["updated"], 1, "{report}");
    let services = server.services().await;
    assert_eq!(services.len(), 1, "{services:?}");
    assert_eq!(services["norway"]["telenor"], 1);
    // Its SMS come by the new gateway now.
    server.rent().await;
    server.sms(&gateway, rented.number, "by the old one").await;
    server.sms(&other, rented.number, "by the new one").await;
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["code", "by the new one"]);
    server.close().await;
}

#[tokio::test]
async fn rule_12_a_page_of_a_list_is_bounded() {
    let server = TestServer::build().await;
    server.stocked(250).await;
    let page = server.admin_get("/v1/numbers").await;
    assert_eq!(page["items"].as_array().unwrap().len(), 100);
    assert_eq!(
        server.admin_list("/v1/numbers?limit=7").await.len(),
        250,
        "every one, once"
    );
    server.close().await;
}

#[tokio::test]
async fn a_wrong_file_does_not_stop_sales_and_the_right_one_repairs_what_is_left() {
    let server = TestServer::build().await;
    let gateway = server.gateway_with("bank", json!({"capacity": 8})).await;
    let row = |index: u64, operator: &str| json!({"number": (46_700_000_001 + index).to_string(), "operator": operator, "gateway": gateway.name});
    // An ICCID each in the column operator.
    let wrong: Vec<_> = (0..300).map(|index| row(index, &format!("8946{index:015}"))).collect();
    let refused = server.admin_post("/v1/numbers", json!(wrong)).await;
    assert_eq!(refused.code(), 400, "{}", refused.golden());
    assert_eq!(server.promised().await, 0);
    assert!(server.admin_list("/v1/pools").await.is_empty());

    let taken = server.admin_post("/v1/numbers?many_pools=true", json!(wrong)).await;
    assert_eq!(taken.ok().json()["added"], 300);
    let rented = server.rent().await;
    let right: Vec<_> = (0..300).map(|index| row(index, "telia")).collect();
    let report = server.admin_post("/v1/numbers", json!(right)).await.ok().json();
    assert_eq!(
        (&report["updated"], &report["rejected_total"]),
        (&json!(299), &json!(1))
    );
    // The pool of the rented number stays until it is moved, too.
    assert_eq!(server.admin_list("/v1/pools").await.len(), 2);
    assert_eq!(server.promised().await, 7);
    server.sms(&gateway, rented.number, "code").await;
    server.tick().await;
    server.finish(rented.id, 3, "320").await;
    let path = format!("/v1/numbers/{}", rented.number);
    server
        .admin(Method::PATCH, &path, Some(json!({"operator": "telia"})))
        .await
        .ok();
    let pools = server.admin_list("/v1/pools").await;
    assert_eq!((pools.len(), &pools[0]["available"]), (1, &json!(300)), "{pools:?}");
    assert_eq!(server.promised().await, 8);
    server.close().await;
}

/// How many bytes of pages an import of the numbers writes into a new database.
async fn written(numbers: &[u64]) -> u64 {
    let server = TestServer::build().await;
    let gateway = server.gateway("bank").await;
    let log = server.file().with_extension("db-wal");
    let before = std::fs::metadata(&log).unwrap().len();
    server
        .import(&gateway, "sweden", "telia", numbers.iter().copied())
        .await;
    let written = std::fs::metadata(&log).unwrap().len() - before;
    assert_eq!(server.promised().await, u64::try_from(numbers.len()).unwrap());
    server.close().await;
    written
}

/// A chunk of rows that lie all over the inventory would change most of its pages, and so would the next one.
#[tokio::test]
async fn an_import_writes_as_much_in_whatever_order_its_rows_stand() {
    let number = |index: u64| 46_700_000_000 + index % 500 * 1000 + index / 500;
    let mixed: Vec<u64> = (0..10_000).map(number).collect();
    let mut sorted = mixed.clone();
    sorted.sort_unstable();
    let (mixed, sorted) = (written(&mixed).await, written(&sorted).await);
    assert!(mixed <= sorted * 5 / 4, "{mixed} bytes instead of {sorted}");
}
