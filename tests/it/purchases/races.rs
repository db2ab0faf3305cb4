//! What happens at the same time: orders on one budget and on one number, give-backs and rentals, cancellations and purchases.

use axum::http::Method;
use futures_util::future::join_all;
use serde_json::json;
use tokio::join;

use super::{AMERICAN, Market, POLL, carrierx_order, id};
use crate::support::suppliers::WholesalerControl as _;
use crate::support::suppliers::carrierx::did;

impl Market {
    /// So many more numbers are for sale at CarrierX.
    fn offer(&self, count: u64) -> Vec<String> {
        let numbers: Vec<String> = (0..count).map(|index| (15_162_070_000 + index).to_string()).collect();
        let offered = numbers.iter().map(|number| did(number, number, "USA", 7, "available"));
        self.carrierx.api(|api| api.available.extend(offered));
        numbers
    }
}

#[tokio::test]
async fn rule_14_twenty_orders_at_once_stay_within_one_budget() {
    let market = Market::with(&[("CARRIERX__BUDGET_PER_DAY", "6.30")]).await;
    let offered = market.offer(20).into_iter();
    let orders = offered.map(|number| market.order(carrierx_order([number])));
    join!(join_all(orders), market.work());
    market.work().await;
    assert_eq!(market.carrierx.sold().len(), 10);
    market.close().await;
}

#[tokio::test]
async fn rule_13_two_orders_of_one_number_are_one_purchase() {
    let market = Market::open().await;
    let place = || market.server.admin_post("/v1/orders", carrierx_order([AMERICAN]));
    let (one, other) = join!(place(), place());
    let mut codes = [one.code(), other.code()];
    codes.sort_unstable();
    assert_eq!(codes, [202, 409]);
    market.work().await;
    assert_eq!(market.carrierx.sold(), [AMERICAN]);
    market.close().await;
}

#[tokio::test]
async fn rule_16_a_number_is_either_rented_or_given_back() {
    for _ in 0..8 {
        let market = Market::open().await;
        market.stocked().await;
        let back = json!({"reason": "too dear"});
        let (rented, given) = join!(market.server.get_number(), market.give_back(AMERICAN, back));
        market.work().await;
        let at_supplier = market.carrierx.api(|api| api.rented.len());
        match rented {
            Some(rented) => {
                assert_eq!((given.code(), at_supplier), (409, 1));
                market.server.finish(rented.id, 4, "0").await;
            }
            None => assert_eq!((given.code(), at_supplier), (202, 0)),
        }
        market.close().await;
    }
}

#[tokio::test]
async fn rule_13_what_is_cancelled_is_not_bought_and_what_is_bought_is_not_cancelled() {
    let market = Market::open().await;
    let numbers = market.offer(12);
    let order = id(&market.order(carrierx_order(numbers)).await);
    let path = format!("/v1/orders/{order}/cancel");
    let cancel = market
        .server
        .admin(Method::POST, &path, Some(json!({"reason": "changed"})));
    join!(cancel, market.work());
    market.carrierx.api(|api| api.finish_messaging("enabled"));
    market.work_after(POLL).await;
    let states = market.states(order).await;
    let count = |state: &str| states.iter().filter(|one| *one == state).count();
    assert_eq!(count("stocked"), market.carrierx.sold().len(), "{states:?}");
    assert_eq!(count("stocked") + count("cancelled"), 12, "{states:?}");
    market.close().await;
}
