//! What goes wrong with wholesalers is a trouble until it is over.

use std::collections::BTreeMap;
use std::time::Duration;

use leaseline::domain::country::CountryNames;
use leaseline::domain::purchase::line::calls::CallAnswer;
use leaseline::domain::purchase::outcome::{Ownership, Purchase, RequestState, SuppliedNumber};
use serde_json::{Value, json};

use super::failures::CAPACITY;
use super::{AMERICAN, FRENCH, Market, POLL, id, multitel_order};

impl Market {
    /// `kind supplier count` of the open troubles with wholesalers, after a look.
    pub(super) async fn troubles(&self) -> Vec<String> {
        self.server.watch().await;
        let listed = self.server.admin_list("/v1/troubles?state=open").await;
        let line = |one: &Value| {
            let supplier = one["supplier"].as_str()?;
            Some(format!("{} {supplier} {}", one["kind"].as_str()?, one["count"]))
        };
        listed.iter().filter_map(line).collect()
    }

    pub(super) async fn troubles_after(&self, span: Duration) -> Vec<String> {
        self.server.advance(span);
        self.troubles().await
    }
}

#[tokio::test]
async fn a_number_that_costs_more_than_was_allowed_is_ours_and_a_trouble() {
    let market = Market::open().await;
    let order = json!({"supplier": "carrierx", "numbers": [AMERICAN], "max_monthly": "0.5", "operator": "cx"});
    let order = id(&market.order(order).await);
    market.work().await;
    let line = market.line(order).await;
    let deviation = "the price is above the highest that was allowed";
    assert_eq!(
        (&line["state"], &line["deviation"]),
        (&json!("wiring"), &json!(deviation))
    );
    assert_eq!(market.troubles().await, ["purchase_deviates carrierx 1"]);
    let listed = market.server.admin_list("/v1/troubles?state=open").await;
    let detail = format!("the last: order line {}: {deviation}", line["id"]);
    assert!(listed.iter().any(|one| one["detail"] == detail), "{listed:?}");
    // What happens to the line later is no deviation again.
    market.carrierx.api(|api| api.finish_messaging("enabled"));
    market.work_after(POLL).await;
    assert_eq!(market.states(order).await, ["stocked"]);
    assert_eq!(market.troubles().await, ["purchase_deviates carrierx 1"]);
    assert_eq!(
        market.troubles_after(Duration::from_secs(300)).await,
        Vec::<String>::new()
    );
    market.close().await;
}

/// The server did not wait for the answer any more, and the partner decided without it.
#[tokio::test]
async fn a_number_that_was_bought_late_is_ours_and_a_trouble() {
    let bought = || vec![SuppliedNumber::bare(AMERICAN.parse().unwrap())];
    bought_late(&CallAnswer::Purchase(Ok(Purchase::Bought(bought())))).await;
    bought_late(&CallAnswer::Ownership(Ok(Ownership::Ours(bought())))).await;
    bought_late(&CallAnswer::Request(Ok(RequestState::Filled(bought())))).await;
}

/// That answer shows it, to whichever question it belongs.
async fn bought_late(late: &CallAnswer) {
    let market = Market::open().await;
    let order = market.order_american().await;
    let work = market.claims().await.remove(0);
    market.server.advance(CAPACITY.lease);
    assert!(market.claims().await.is_empty(), "its answer is lost");
    let line = market.line(order).await["id"].clone();
    let resolved = json!({"ours": false, "reason": "not in their list"});
    let path = format!("/v1/order-lines/{line}/resolve");
    assert_eq!(market.server.admin_post(&path, resolved).await.code(), 200);
    let flows = &market.server.app().flows;
    let countries = CountryNames::new(&BTreeMap::new()).unwrap();
    flows.record_purchase(&work, late, &countries).await.unwrap();
    assert_eq!(market.states(order).await, ["refused", "wiring"]);
    assert_eq!(market.troubles().await, ["purchase_deviates carrierx 1"]);
    // Once is enough.
    flows.record_purchase(&work, late, &countries).await.unwrap();
    assert_eq!(market.states(order).await, ["refused", "wiring"]);
    market.close().await;
}

#[tokio::test]
async fn a_supplier_without_balance_is_a_trouble_until_it_is_resumed() {
    let market = Market::open().await;
    market.multitel.api(|api| api.has_balance = false);
    market.order(multitel_order(FRENCH)).await;
    market.work().await;
    for _ in 0..3 {
        let open = market.troubles_after(Duration::from_secs(3600)).await;
        assert_eq!(open, ["supplier_paused multitel 1"]);
    }
    market.multitel.api(|api| api.has_balance = true);
    assert_eq!(market.resume("multitel").await, 200);
    market.work().await;
    market.troubles().await;
    assert_eq!(
        market.troubles_after(Duration::from_secs(60)).await,
        Vec::<String>::new()
    );
    market.close().await;
}
