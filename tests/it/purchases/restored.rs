//! After a backup was restored, nothing is bought that may have been bought since it was made (rule 13), nor on the day of which
//! the attempts are not known (rule 14).

use axum::http::Method;
use leaseline::domain::restore::IssuedIds;
use serde_json::{Value, json};

use super::{AMERICAN, Market, id};
use crate::support::suppliers::WholesalerControl as _;
use crate::support::suppliers::carrierx::did;
use crate::support::{MILLISECOND, hours};

impl Market {
    /// What `leaseline restore` does to the copy, between a stop and a start of the server.
    async fn restored(&mut self) {
        let record = async |flows: &leaseline::flow::Flows| flows.record_restore(IssuedIds::default(), true).await;
        self.server.in_another_process(record).await.unwrap();
        self.server.restart().await;
    }

    async fn reason(&self, order: i64) -> Value {
        self.line(order).await["reason"].clone()
    }
}

#[tokio::test]
async fn rule_13_after_a_restore_nothing_is_bought_until_the_partner_resumes_the_supplier() {
    let mut market = Market::open().await;
    let order = market.order_american().await;
    market.restored().await;
    market.work().await;
    assert_eq!(market.states(order).await, ["planned"]);
    let suppliers = market.server.admin_get("/v1/suppliers").await;
    let paused = suppliers.to_string();
    assert!(
        paused.contains("a backup was restored: numbers may have been bought since it was made"),
        "{paused}"
    );
    assert_eq!(market.resume("carrierx").await, 200);
    // What was bought on this day before the restore is not known (rule 14): 12 hours are left of it.
    market.work().await;
    assert_eq!(market.reason(order).await, "budget_per_day");
    market.work_after(hours(12) - MILLISECOND).await;
    assert_eq!(market.states(order).await, ["planned"]);
    market.work_after(MILLISECOND).await;
    assert_eq!(market.states(order).await, ["wiring"]);
    market.close().await;
}

#[tokio::test]
async fn rule_13_a_supplier_whose_first_order_is_younger_than_the_backup_is_paused_too() {
    let mut market = Market::open().await;
    market.restored().await;
    // The partner repeats what the lost server had bought already.
    let order = market.order_american().await;
    market.work_after(hours(24)).await;
    assert_eq!(market.states(order).await, ["planned"]);
    assert_eq!(market.carrierx.sold(), Vec::<String>::new());
    // The marks of lost lines may be at suppliers: none is used again.
    assert_eq!(market.line(order).await["id"], 1_000_001);
    for supplier in ["multitel-v3", "multitel", "cm", "carrierx"] {
        assert_eq!(market.resume(supplier).await, 200, "{supplier}");
    }
    market.work().await;
    assert_eq!(market.carrierx.sold(), [AMERICAN]);
    market.close().await;
}

#[tokio::test]
async fn after_a_restore_the_list_shows_what_was_bought_meanwhile_and_it_is_adopted_before_the_supplier_is_resumed() {
    let mut market = Market::open().await;
    market.restored().await;
    let mut lost = did("lost-1", AMERICAN, "USA", 7, "assigned");
    lost["messaging"] = json!("disabled");
    market.carrierx.api(|api| api.rented.push(lost));
    let path = "/v1/suppliers/carrierx/owned";
    let owned = |here: Value| vec![json!({"number": AMERICAN, "at_supplier": true, "here": here})];
    assert_eq!(market.server.admin_list(path).await, owned(Value::Null));
    let body = json!({"numbers": [AMERICAN]});
    let adopted = market.server.admin_post("/v1/suppliers/carrierx/adopt", body).await;
    assert_eq!(adopted.code(), 202, "{}", adopted.line());
    assert_eq!(market.server.admin_list(path).await, owned(json!("wiring")));
    let order = id(&adopted.json());
    market.work().await;
    let search = "/v1/suppliers/carrierx/available?country=united%20states&prefix=1516";
    let search = market.server.admin(Method::GET, search, None).await;
    assert_eq!(search.code(), 503, "all else waits: {}", search.line());
    assert_eq!(market.resume("carrierx").await, 200);
    market.work().await;
    assert_eq!(market.states(order).await, ["wiring"]);
    market.close().await;
}
