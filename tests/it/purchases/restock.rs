//! Orders that the server places by itself.

use axum::http::Method;
use leaseline::worker::Worker as _;
use serde_json::json;

use super::{Market, POLL};
use crate::support::suppliers::WholesalerControl as _;

impl Market {
    async fn restock(&self) {
        self.server.app().restock.pass().await.unwrap();
        self.work().await;
    }

    async fn orders(&self) -> usize {
        self.server.admin_list("/v1/orders").await.len()
    }
}

#[tokio::test]
async fn a_stock_below_its_floor_is_filled_up_by_one_order_at_a_time() {
    let market = Market::open().await;
    let rule =
        json!({"floor": 2, "target": 3, "prefix": "1516", "max_monthly": "0.6", "batch_max": 10, "enabled": true});
    let path = "/v1/restock/carrierx/united%20states";
    let set = market.server.admin(Method::PUT, path, Some(rule)).await;
    assert_eq!(set.code(), 200, "{}", set.line());
    for _ in 0..3 {
        market.restock().await;
    }
    assert_eq!(
        (market.orders().await, market.carrierx.sold().len()),
        (1, 3),
        "open lines count"
    );
    market.carrierx.api(|api| api.finish_messaging("enabled"));
    market.work_after(POLL).await;
    assert_eq!(market.states(1).await, ["stocked"; 3]);
    market.restock().await;
    assert_eq!((market.orders().await, market.server.promised().await), (1, 3));

    // One rented number leaves the floor, the second one does not.
    let rented = [market.server.rent().await, market.server.rent().await];
    for _ in 0..2 {
        market.restock().await;
    }
    assert_eq!(market.orders().await, 2);
    let order = market.read(2).await;
    assert_eq!((&order["wanted"], &order["reference"]), (&json!(2), &json!(null)));
    let reason = &order["lines"][0]["reason"];
    assert_eq!(*reason, "no number that meets the order is for sale");
    assert_eq!(market.carrierx.sold().len(), 3);
    for one in rented {
        market.server.finish(one.id, 4, "0").await;
    }
    market.close().await;
}

/// The country of a number that was chosen, or adopted, follows from the number.
#[tokio::test]
async fn numbers_of_orders_without_a_country_count_for_theirs() {
    let market = Market::open().await;
    let chosen = json!({"supplier": "carrierx", "numbers": ["15162065571", "46501818082"], "external": true,
                        "max_monthly": "0.6"});
    market.order(chosen).await;
    let rule = |floor: u32| json!({"floor": floor, "target": floor, "max_monthly": "0.6", "batch_max": 10});
    for (floor, orders) in [(1, 1), (2, 2)] {
        let path = "/v1/restock/carrierx/united%20states";
        market.server.admin(Method::PUT, path, Some(rule(floor))).await.ok();
        market.restock().await;
        assert_eq!(market.orders().await, orders, "floor {floor}");
    }
    assert_eq!(
        market.read(2).await["wanted"],
        1,
        "the Swedish number is not one of theirs"
    );
    market.close().await;
}
