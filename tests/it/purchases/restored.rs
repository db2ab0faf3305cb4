//! After a backup was restored, nothing is bought that may have been bought since it was made (rule 13).

use axum::http::Method;
use leaseline::domain::restore::IssuedIds;
use serde_json::json;

use super::Market;

#[tokio::test]
async fn rule_13_after_a_restore_nothing_is_bought_until_the_partner_resumes_the_supplier() {
    let mut market = Market::open().await;
    let order = market.order_american().await;
    let recorded = market
        .server
        .in_another_process(async |flows| flows.record_restore(IssuedIds::default(), true).await.unwrap())
        .await;
    assert_eq!(recorded.paused_suppliers, 1);
    market.server.restart().await;
    market.work().await;
    assert_eq!(market.states(order).await, ["planned"]);
    let suppliers = market.server.admin_get("/v1/suppliers").await;
    let paused = suppliers.to_string();
    assert!(
        paused.contains("a backup was restored: numbers may have been bought since it was made"),
        "{paused}"
    );
    let resumed = market
        .server
        .admin(
            Method::POST,
            "/v1/suppliers/carrierx/resume",
            Some(json!({"reason": "their list is the same"})),
        )
        .await;
    assert_eq!(resumed.code(), 200, "{}", resumed.line());
    market.work().await;
    assert_eq!(market.states(order).await, ["wiring"]);
    market.close().await;
}
