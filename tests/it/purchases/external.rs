//! Numbers of other providers, which CarrierX orders for us.

use std::time::Duration;

use serde_json::json;

use super::{Market, POLL, id};
use crate::support::hours;
use crate::support::suppliers::WholesalerControl as _;
use crate::support::suppliers::carrierx::CarrierXApi;

const SWEDISH: &str = "46501818082";
const VOICE_ONLY: &str = "46501818081";

impl Market {
    async fn order_external(&self, number: &str) -> i64 {
        let order = json!({"supplier": "carrierx", "numbers": [number], "external": true, "max_monthly": "1",
                           "operator": "any-se"});
        id(&self.order(order).await)
    }
}

#[tokio::test]
async fn a_number_of_another_provider_is_waited_for_then_wired_and_stocked() {
    let market = Market::open().await;
    let order = market.order_external(SWEDISH).await;
    for _ in 0..60 {
        market.work_after(POLL).await;
        assert_eq!(market.states(order).await, ["waiting"]);
    }
    let line = market.read(order).await["lines"][0].clone();
    assert_eq!(line["number"], SWEDISH);
    assert_eq!(market.server.promised().await, 0);
    // Filled an hour later; its SMS are set up after that.
    market.carrierx.api(CarrierXApi::fill_external);
    market.work_after(POLL).await;
    assert_eq!(market.states(order).await, ["wiring"]);
    market.carrierx.api(|api| api.finish_messaging("enabled"));
    market.work_after(POLL).await;
    assert_eq!(market.states(order).await, ["stocked"]);
    assert_eq!(market.carrierx.sold(), [SWEDISH]);
    assert_eq!(market.server.promised().await, 1);
    market.close().await;
}

/// 409 is no refusal: the same order is sent again, each time after a longer pause, and only its own line waits.
#[tokio::test]
async fn an_order_that_cannot_be_processed_is_sent_again_after_growing_pauses() {
    let market = Market::open().await;
    market.carrierx.api(|api| api.external_conflicts = 3);
    let order = market.order_external(SWEDISH).await;
    let sent = || {
        let calls = market.carrierx.calls();
        let is_rent = |query: &[(String, String)]| query.iter().any(|(name, _)| name == "include_external");
        calls
            .iter()
            .filter(|call| call.method == "POST" && is_rent(&call.query))
            .count()
    };
    market.work().await;
    let mut pauses = Vec::new();
    for attempt in 2..=4 {
        let mut minutes = 0;
        while sent() < attempt {
            minutes += 1;
            assert!(minutes < 60, "it is never sent again");
            market.work_after(POLL).await;
        }
        pauses.push(minutes);
    }
    assert!(pauses.is_sorted() && pauses[2] > pauses[0], "{pauses:?}");
    assert_eq!(market.states(order).await, ["waiting"]);
    assert_eq!(market.carrierx.sold(), [SWEDISH]);
    market.close().await;
}

#[tokio::test]
async fn an_order_that_another_provider_does_not_fill_is_refused() {
    let market = Market::open().await;
    let order = market.order_external(SWEDISH).await;
    market.work().await;
    market.carrierx.api(|api| api.rented.clear());
    market.work_after(POLL).await;
    let shown = market.read(order).await;
    assert_eq!(
        (&shown["state"], &shown["lines"][0]["state"]),
        (&json!("failed"), &json!("refused"))
    );
    assert!(
        market.server.admin_list("/v1/costs").await.is_empty(),
        "nothing is on the bill"
    );
    market.close().await;
}

/// It is paid for, and can never receive an SMS.
#[tokio::test]
async fn a_number_that_is_voice_only_is_ours_and_useless_until_it_is_given_back() {
    let market = Market::open().await;
    let order = market.order_external(VOICE_ONLY).await;
    market.work().await;
    market.carrierx.api(CarrierXApi::fill_external);
    market.work_after(POLL).await;
    let line = market.read(order).await["lines"][0].clone();
    assert_eq!(line["state"], "refused", "{line}");
    assert!(
        line["reason"].as_str().unwrap().contains("give the number back"),
        "{line}"
    );
    let number = market.server.admin_get(&format!("/v1/numbers/{VOICE_ONLY}")).await;
    assert_eq!(
        (&number["state"], &number["hold"]),
        (&json!("disabled"), &json!("refused"))
    );
    assert_eq!(market.server.promised().await, 0);
    let asked = market.give_back(VOICE_ONLY, json!({"reason": "useless"})).await;
    assert_eq!(asked.code(), 202, "{}", asked.line());
    market.work().await;
    assert_eq!(market.states(order).await, ["given_back"]);
    assert!(market.carrierx.api(|api| api.rented.is_empty()));
    market.close().await;
}

/// Nothing of a request is forgotten while it waits, also when the server is started again in between.
#[tokio::test]
async fn a_request_that_is_filled_an_hour_later_is_taken_by_the_next_server() {
    let mut market = Market::open().await;
    let order = json!({"supplier": "cm", "city": "AMSTERDAM", "quantity": 2, "operator": "cm"});
    let placed = id(&market.order(order).await);
    market.work().await;
    market.work_after(hours(1)).await;
    assert_eq!(market.states(placed).await, ["waiting", "waiting"]);
    market.cm.api(|api| api.fill(0, &["31201234567", "31201234568"]));
    market.server.stop_for(Duration::from_secs(30)).await;
    market.work().await;
    assert_eq!(market.states(placed).await, ["unproven", "unproven"]);
    assert_eq!(market.cm.sold(), ["leaseline-1"], "one request for both");
    market.close().await;
}
