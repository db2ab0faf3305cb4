//! Lost answers, crashes, budgets and pauses: rules 13 and 14.

use std::time::Duration;

use leaseline::domain::country::CountryNames;
use leaseline::domain::purchase::line::calls::SupplierCall;
use leaseline::domain::purchase::request::{OtherPurchases, PurchaseMark, PurchaseRequest};
use leaseline::flow::claim_purchases::{PurchaseCapacity, PurchaseWork};
use serde_json::json;

use super::{AMERICAN, FRENCH, Market, POLL, carrierx_order, id, multitel_order};
use crate::support::suppliers::{ApiAnswer, Fault, Trouble, WholesalerControl as _};

pub(super) const CAPACITY: PurchaseCapacity = PurchaseCapacity {
    lines: 8,
    lease: Duration::from_secs(140),
};

impl Market {
    /// Stores what the worker is about to do, as it does before it calls.
    pub(super) async fn claims(&self) -> Vec<PurchaseWork> {
        let countries = CountryNames::new(&std::collections::BTreeMap::new()).unwrap();
        let flows = &self.server.app().flows;
        flows.claim_purchases(&countries, CAPACITY).await.unwrap()
    }

    /// Stores the intent to buy.
    async fn claim(&self) -> PurchaseWork {
        let [work] = <[PurchaseWork; 1]>::try_from(self.claims().await).unwrap();
        assert!(matches!(work.call, SupplierCall::Buy(_)), "{:?}", work.call);
        work
    }

    /// Calls the wholesaler as the worker does, if something is bought, and loses the answer.
    pub(super) async fn buy_and_lose(&self, work: &PurchaseWork) {
        let SupplierCall::Buy(intent) = &work.call else { return };
        let suppliers = &self.server.app().suppliers;
        let name = work.order.terms.supplier;
        let request = PurchaseRequest {
            mark: PurchaseMark::of_line(intent.call_line),
            selection: intent.selection.clone(),
            sms_url: Some(suppliers.sms_url(name, &self.base)),
            status_url: None,
            options: Vec::new(),
            others: OtherPurchases::default(),
        };
        suppliers.get(name).unwrap().client.buy(&request).await.ok();
    }
}

#[tokio::test]
async fn rule_13_an_answer_that_is_lost_is_looked_up_and_nothing_is_bought_twice() {
    for acts in [true, false] {
        for trouble in [
            Trouble::HangsUp,
            Trouble::Answers(ApiAnswer::empty(502)),
            Trouble::Answers(ApiAnswer::text(200, "text/html", "<html>")),
        ] {
            let market = Market::open().await;
            market.carrierx.faults(vec![Some(Fault {
                acts,
                trouble: trouble.clone(),
            })]);
            let order = market.order_american().await;
            market.work().await;
            if !acts {
                // It may still be under way.
                assert_eq!(market.states(order).await, ["unknown"], "{trouble:?}");
                market.work_after(POLL).await;
            }
            assert_eq!(market.states(order).await, ["wiring"], "{acts} {trouble:?}");
            assert_eq!(market.carrierx.sold(), [AMERICAN], "{acts} {trouble:?}");
            market.close().await;
        }
    }
}

#[tokio::test]
async fn rule_13_a_crash_between_the_intent_and_the_call_loses_nothing() {
    for is_called in [true, false] {
        let mut market = Market::open().await;
        let order = market.order_american().await;
        let work = market.claim().await;
        assert_eq!(market.states(order).await, ["attempted"]);
        if is_called {
            market.buy_and_lose(&work).await;
        }
        market.server.restart().await;
        market.work().await;
        if !is_called {
            // It may still be under way.
            assert_eq!(market.states(order).await, ["unknown"]);
            market.work_after(POLL).await;
        }
        assert_eq!(market.states(order).await, ["wiring"], "{is_called}");
        assert_eq!(market.carrierx.sold(), [AMERICAN], "{is_called}");
        market.close().await;
    }
}

/// A random purchase got the number for which another line asks. That line must not take it for its own.
#[tokio::test]
async fn rule_13_a_number_belongs_to_the_line_that_bought_it() {
    let market = Market::open().await;
    market
        .carrierx
        .api(|api| api.available.retain(|did| did["phonenumber"] == AMERICAN));
    let random = json!({"supplier": "carrierx", "random": true, "quantity": 1, "max_monthly": "0.6", "operator": "cx"});
    let random = id(&market.order(random).await);
    let work = market.claim().await;
    market.buy_and_lose(&work).await;
    let chosen = market.order_american().await;
    market.carrierx.faults(vec![Trouble::HangsUp.instead()]);
    market.work().await;
    assert_eq!(market.states(chosen).await, ["unknown"]);
    market.work_after(CAPACITY.lease).await;
    assert_eq!(market.states(chosen).await, ["refused"]);
    // While the other line asked for the number, it might have been that one's.
    market.work_after(POLL).await;
    assert_eq!(market.states(random).await, ["wiring"]);
    assert_eq!(market.carrierx.sold(), [AMERICAN]);
    market.close().await;
}

#[tokio::test]
async fn rule_13_a_lease_that_ended_is_unknown_and_looked_up() {
    let market = Market::open().await;
    let order = market.order_american().await;
    let work = market.claim().await;
    market.work().await;
    assert_eq!(market.states(order).await, ["attempted"], "its lease has not ended");
    market.buy_and_lose(&work).await;
    market.work_after(CAPACITY.lease).await;
    assert_eq!(market.states(order).await, ["wiring"]);
    assert_eq!(market.carrierx.sold(), [AMERICAN]);
    market.close().await;
}

#[tokio::test]
async fn rule_14_what_the_budget_does_not_cover_waits_for_the_next_day() {
    let market = Market::with(&[("CARRIERX__BUDGET_PER_DAY", "1.50")]).await;
    let order = json!({"supplier": "carrierx", "country": "united states", "prefix": "1516", "quantity": 3,
                       "max_monthly": "0.70", "operator": "cx"});
    let order = id(&market.order(order).await);
    market.work().await;
    assert_eq!(market.states(order).await, ["wiring", "wiring", "planned"]);
    assert_eq!(market.read(order).await["lines"][2]["reason"], "budget_per_day");
    market.work_after(Duration::from_secs(11 * 3600)).await;
    assert_eq!(market.carrierx.sold().len(), 2, "it is 23:00");
    market.work_after(Duration::from_secs(3600)).await;
    assert_eq!(market.carrierx.sold().len(), 3, "it is midnight, UTC");
    market.close().await;
}

/// A number that was given back on the same day was paid for all the same.
#[tokio::test]
async fn rule_14_a_give_back_does_not_give_the_budget_back() {
    let market = Market::with(&[("CARRIERX__BUDGET_PER_DAY", "1.10")]).await;
    market.stocked().await;
    market.give_back(AMERICAN, json!({"reason": "too dear"})).await.ok();
    market.work().await;
    assert_eq!(market.carrierx.api(|api| api.rented.len()), 0);
    let order = id(&market.order(carrierx_order(["15162065572"])).await);
    market.work().await;
    assert_eq!(market.line(order).await["reason"], "budget_per_day");
    market.work_after(Duration::from_hours(12)).await;
    assert_eq!(market.states(order).await, ["wiring"], "it is midnight, UTC");
    market.close().await;
}

#[tokio::test]
async fn rule_14_many_orders_share_one_budget() {
    let market = Market::with(&[("CARRIERX__BUDGET_PER_DAY", "1.30")]).await;
    for number in ["15162065571", "15162065572", "15162065573"] {
        market.order(carrierx_order([number])).await;
    }
    market.work().await;
    assert_eq!(market.carrierx.sold().len(), 2);
    market.close().await;
}

/// An account without money stops everything, and costs no line anything.
#[tokio::test]
async fn a_supplier_without_balance_is_left_alone_until_it_is_resumed() {
    let market = Market::open().await;
    market.multitel.api(|api| api.has_balance = false);
    let order = id(&market.order(multitel_order(FRENCH)).await);
    market.work().await;
    let line = market.line(order).await;
    assert_eq!(
        (&line["state"], &line["attempts"]),
        (&json!("planned"), &json!(0)),
        "{line}"
    );
    let calls = market.multitel.calls().len();
    market.multitel.api(|api| api.has_balance = true);
    market.work_after(Duration::from_secs(86_400)).await;
    assert_eq!(market.multitel.calls().len(), calls, "it is paused");
    assert_eq!(market.resume("multitel").await, 200);
    market.work().await;
    assert_eq!(market.states(order).await, ["stocked"]);
    assert_eq!(market.resume("multitel").await, 409);
    market.close().await;
}

#[tokio::test]
async fn three_failed_calls_pause_a_supplier_for_a_while() {
    let market = Market::open().await;
    market
        .carrierx
        .faults([(); 3].map(|()| Trouble::HangsUp.instead()).to_vec());
    let order = market.order_american().await;
    // The purchase and its look-up.
    market.work().await;
    market.work_after(POLL).await;
    assert_eq!(market.carrierx.calls().len(), 3);
    market.work_after(POLL).await;
    market.work_after(POLL).await;
    assert_eq!(market.carrierx.sold(), [AMERICAN]);
    assert_eq!(market.states(order).await, ["wiring"]);
    market.close().await;
}

/// An API that keeps no marks: a number of ours that no order has is the one whose answer was lost.
#[tokio::test]
async fn rule_13_a_random_number_whose_answer_was_lost_is_found_without_a_mark() {
    let market = Market::open().await;
    market.carrierx.api(|api| api.keeps_attributes = false);
    market.stocked().await;
    market.carrierx.faults(vec![Trouble::HangsUp.afterwards()]);
    let random = json!({"supplier": "carrierx", "random": true, "quantity": 1, "country": "united states",
                        "max_monthly": "1", "operator": "cx"});
    let order = id(&market.order(random).await);
    market.work().await;
    let line = market.line(order).await;
    let found = (&line["number"], &line["state"]);
    assert_eq!(
        found,
        (&json!("15162065570"), &json!("refused")),
        "it is voice only, and on the bill"
    );
    assert_eq!(market.carrierx.sold().len(), 2);
    market.close().await;
}

/// A supplier that names one number for two purchases is not believed, and nothing is booked twice.
#[tokio::test]
async fn rule_13_a_number_that_another_order_has_is_not_booked_once_more() {
    let market = Market::open().await;
    market.order(multitel_order(FRENCH)).await;
    market.work().await;
    let same = json!({"DATA": [{"RETURN": FRENCH.parse::<u64>().unwrap()}]});
    market
        .multitel
        .faults(vec![Trouble::Answers(ApiAnswer::json(200, &same)).instead()]);
    let other = id(&market.order(multitel_order("33554530001")).await);
    market.work().await;
    assert_eq!(market.states(other).await, ["unknown"]);
    market.work_after(POLL).await;
    assert_eq!(market.states(other).await, ["stocked"], "it was looked up, and bought");
    assert_eq!(market.multitel.sold(), [FRENCH, "33554530001"]);
    market.close().await;
}
