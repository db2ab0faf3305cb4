//! What goes wrong with wholesalers is a trouble until it is over.

use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};

use super::{AMERICAN, FRENCH, Market, POLL, id};

impl Market {
    /// `kind supplier count` of the open troubles with wholesalers, after a look.
    async fn troubles(&self) -> Vec<String> {
        self.server.watch().await;
        let listed = self.server.admin_list("/v1/troubles?state=open").await;
        let line = |one: &Value| {
            let supplier = one["supplier"].as_str()?;
            Some(format!("{} {supplier} {}", one["kind"].as_str()?, one["count"]))
        };
        listed.iter().filter_map(line).collect()
    }

    async fn troubles_after(&self, span: Duration) -> Vec<String> {
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
    let line = market.read(order).await["lines"][0].clone();
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

#[tokio::test]
async fn a_supplier_without_balance_is_a_trouble_until_it_is_resumed() {
    let market = Market::open().await;
    market.multitel.api(|api| api.has_balance = false);
    let order =
        json!({"supplier": "multitel", "numbers": [FRENCH], "max_monthly": "2", "max_setup": "1", "operator": "mt"});
    market.order(order).await;
    market.work().await;
    for _ in 0..3 {
        let open = market.troubles_after(Duration::from_secs(3600)).await;
        assert_eq!(open, ["supplier_paused multitel 1"]);
    }
    market.multitel.api(|api| api.has_balance = true);
    let resumed = market
        .server
        .admin(Method::POST, "/v1/suppliers/multitel/resume", None)
        .await;
    assert_eq!(resumed.code(), 200);
    market.work().await;
    market.troubles().await;
    assert_eq!(
        market.troubles_after(Duration::from_secs(60)).await,
        Vec::<String>::new()
    );
    market.close().await;
}
