//! What happens at the same time: orders on one budget and on one number, give-backs and rentals, cancellations and purchases.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tokio::join;

use super::{AMERICAN, Market, POLL, carrierx_order, id};
use crate::support::Answer;
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

    async fn cancel(&self, order: i64) -> Answer {
        let path = format!("/v1/orders/{order}/cancel");
        self.server.admin_post(&path, json!({"reason": "changed"})).await
    }

    /// Three numbers of CM.com, of which the budget covers two.
    async fn order_three(&self) -> i64 {
        let order = json!({"supplier": "cm", "area_code": "20", "quantity": 3, "operator": "cm"});
        id(&self.order(order).await)
    }

    fn fill(&self, numbers: &[&str]) {
        self.cm.api(|api| {
            if !api.requests.is_empty() {
                api.fill(0, numbers);
            }
        });
    }

    /// What was filled is on the bill and in the inventory; lines without a number are not.
    async fn audit_filled(&self, order: i64, filled: &[&str], name: &str) {
        let order = self.read(order).await;
        let mut ours = Vec::new();
        for line in order["lines"].as_array().unwrap() {
            match (line["state"].as_str().unwrap(), line["number"].as_str()) {
                ("unproven", Some(number)) => ours.push(number),
                ("cancelled" | "refused", None) => {}
                _ => panic!("{name}: {line}"),
            }
        }
        assert_eq!(ours, filled, "{name}: {order}");
        let costs = self.server.admin_list("/v1/costs").await;
        let paid: Vec<_> = costs.iter().filter(|cost| cost["kind"] == "setup").collect();
        assert_eq!(paid.len(), filled.len(), "{name}: {costs:?}");
        assert_eq!(
            self.server.admin_list("/v1/numbers").await.len(),
            filled.len(),
            "{name}"
        );
        let requests = self.cm.api(|api| api.requests.len());
        assert_eq!(requests, usize::from(!filled.is_empty()), "{name}");
    }
}

const DUTCH: [&str; 3] = ["31201234567", "31201234568", "31201234569"];
/// Two of the three lines are within the budget.
const BUDGET_OF_TWO: [(&str, &str); 1] = [("CM__BUDGET_PER_DAY", "7")];
/// After that the worker's call counts as lost.
const LEASE: Duration = Duration::from_secs(140);

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
    join!(market.cancel(order), market.work());
    market.carrierx.api(|api| api.finish_messaging("enabled"));
    market.work_after(POLL).await;
    let states = market.states(order).await;
    let count = |state: &str| states.iter().filter(|one| *one == state).count();
    assert_eq!(count("stocked"), market.carrierx.sold().len(), "{states:?}");
    assert_eq!(count("stocked") + count("cancelled"), 12, "{states:?}");
    market.close().await;
}

/// Whenever the partner cancels, and however many numbers the staff finds: a line is filled or cancelled, never both.
#[tokio::test]
async fn rule_13_a_request_is_cancelled_before_it_is_called_or_filled() {
    for (count, cancelled_at) in [1, 3]
        .into_iter()
        .flat_map(|count| (0..=5).map(move |step| (count, step)))
    {
        let name = format!("{count} numbers, cancelled at step {cancelled_at}");
        let market = Market::with(&BUDGET_OF_TWO).await;
        let order = market.order_three().await;
        let mut called = Vec::new();
        for step in 0..=5 {
            if step == cancelled_at {
                // The line that the budget does not cover is planned until tomorrow.
                assert_eq!(market.cancel(order).await.code(), 200, "{name}");
            }
            match step {
                0 => called = market.claims().await,
                1 => {
                    for work in &called {
                        market.buy_and_lose(work).await;
                    }
                    market.work_after(LEASE).await;
                }
                2 => market.fill(&DUTCH[..count]),
                3 => {
                    market.server.advance(POLL);
                    market.claims().await;
                }
                4 => market.work_after(LEASE).await,
                _ => {}
            }
        }
        let filled = if cancelled_at == 0 { &[] } else { &DUTCH[..count] };
        market.audit_filled(order, filled, &name).await;
        assert_eq!(market.cancel(order).await.code(), 409, "{name}: nothing is left");
        market.close().await;
    }
}

#[tokio::test]
async fn rule_13_a_request_is_cancelled_while_it_is_called_or_filled() {
    for (at_the_call, cancel_first) in [(true, true), (true, false), (false, true), (false, false)] {
        let name = format!("{at_the_call}, {cancel_first}");
        let market = Market::with(&BUDGET_OF_TWO).await;
        let order = market.order_three().await;
        if !at_the_call {
            market.work().await;
            market.fill(&DUTCH[..2]);
            market.server.advance(POLL);
        }
        let cancelled = match cancel_first {
            true => join!(market.cancel(order), market.work()).0,
            false => join!(market.work(), market.cancel(order)).1,
        };
        assert_eq!(cancelled.code(), 200, "{name}");
        market.fill(&DUTCH[..2]);
        market.work_after(POLL).await;
        let is_called = !market.cm.sold().is_empty();
        let filled = if is_called { &DUTCH[..2] } else { &[] };
        market.audit_filled(order, filled, &name).await;
        market.close().await;
    }
}
