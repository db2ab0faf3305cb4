//! What suppliers report about orders: a hint, after which the order is read.

use leaseline::domain::purchase::SupplierName;
use serde_json::json;

use super::{Market, id};
use crate::support::suppliers::WholesalerControl as _;

#[tokio::test]
async fn a_report_has_the_order_read_and_is_believed_in_nothing() {
    let market = Market::open().await;
    let order = json!({"supplier": "cm", "area_code": "20", "quantity": 2, "operator": "cm"});
    let placed = market.order(order).await;
    let line = placed["lines"][0]["id"].as_i64().unwrap();
    market.work().await;
    let calls = market.cm.calls().len();
    let token = market.gateway(SupplierName::Cm).token;
    let path = format!("/orders/{token}/{line}");
    let report = r#"{"status":"Completed","numbers":["31209999999"]}"#;
    for _ in 0..2 {
        assert_eq!(market.server.gateway_post(&path, report).await.code(), 200);
    }
    market.work().await;
    assert!(market.cm.calls().len() > calls, "the order was read");
    assert_eq!(
        market.states(id(&placed)).await,
        ["waiting", "waiting"],
        "a forged report"
    );
    market.cm.api(|api| api.fill(0, &["31201234567", "31201234568"]));
    assert_eq!(market.server.gateway_post(&path, "not even JSON").await.code(), 200);
    market.work().await;
    assert_eq!(market.states(id(&placed)).await, ["unproven", "unproven"]);
    market.close().await;
}

#[tokio::test]
async fn a_report_of_somebody_else_is_refused() {
    let market = Market::open().await;
    let order = json!({"supplier": "cm", "area_code": "20", "quantity": 1, "operator": "cm"});
    let line = market.order(order).await["lines"][0]["id"].as_i64().unwrap();
    market.stocked().await;
    let cm = market.gateway(SupplierName::Cm).token;
    let carrierx = market.gateway(SupplierName::CarrierX).token;
    for (path, body, code) in [
        (format!("/orders/{cm}/999"), String::new(), 404),
        (format!("/orders/{cm}/x"), String::new(), 404),
        (format!("/orders/wrong/{line}"), String::new(), 404),
        (format!("/orders/{carrierx}/{line}"), String::new(), 404),
        (format!("/orders/{cm}/{line}"), "x".repeat(64 * 1024), 200),
        (format!("/orders/{cm}/{line}"), "x".repeat(64 * 1024 + 1), 413),
    ] {
        assert_eq!(market.server.gateway_post(&path, body).await.code(), code, "{path}");
    }
    market.close().await;
}
