//! What a number costs and earns, from its purchase until it is given back.

use leaseline::worker::Worker as _;
use serde_json::{Value, json};

use super::{AMERICAN, Market, POLL};
use crate::support::hours;

impl Market {
    /// So many days later, with what is booked then.
    async fn days_later(&self, days: u64) {
        self.server.advance(hours(24 * days));
        self.server.app().renewals.pass().await.unwrap();
    }

    pub(super) async fn spent_today(&self) -> Value {
        let suppliers = self.server.admin_list("/v1/suppliers").await;
        let carrierx = suppliers.iter().find(|one| one["name"] == "carrierx");
        carrierx.unwrap()["spent_today"].clone()
    }

    async fn margin(&self, query: &str) -> Vec<Value> {
        self.server.admin_list(&format!("/v1/margin?{query}")).await
    }
}

#[tokio::test]
async fn a_number_is_set_against_what_it_costs_until_it_is_given_back() {
    let market = Market::open().await;
    // On 20 November.
    market.stocked().await;
    let costs = market.server.admin_list("/v1/costs").await;
    let booked: Vec<_> = costs
        .iter()
        .map(|one| (&one["kind"], &one["amount"], &one["number"]))
        .collect();
    let (messaging, monthly, number) = (json!("messaging"), json!("monthly"), json!(AMERICAN));
    // Nothing is charged for the setup.
    let expected = [
        (&messaging, &json!("0.03"), &number),
        (&monthly, &json!("0.60"), &number),
    ];
    assert_eq!(booked, expected);
    let idle = market.server.admin_list("/v1/idle").await;
    assert_eq!(
        (&idle[0]["number"], &idle[0]["margin"]),
        (&json!(AMERICAN), &json!("-58.28"))
    );
    let rented = market.server.rent().await;
    market.server.finish(rented.id, 3, "870").await;
    assert!(market.server.admin_list("/v1/idle").await.is_empty());
    // Until 20 April: five months more.
    market.days_later(151).await;
    let expected = |key: &str| {
        json!({"key": key, "income": "870.00", "costs": [{"currency": "USD", "amount": "3.78", "rub": "349.65"}],
               "margin": "520.35"})
    };
    assert_eq!(market.margin("by=supplier").await, [expected("carrierx")]);
    assert_eq!(market.margin("by=number").await, [expected(AMERICAN)]);
    let months = market.margin("by=month").await;
    assert_eq!(months.len(), 6);
    assert_eq!(
        months[5],
        json!({"key": "2027-04", "income": "0.00", "costs": [{"currency": "USD", "amount": "0.63", "rub": "58.28"}],
               "margin": "-58.28"})
    );
    assert_eq!(market.server.admin_list("/v1/idle").await.len(), 1);

    let given_back = market.give_back(AMERICAN, json!({"reason": "idle"})).await;
    assert_eq!(given_back.code(), 202, "{}", given_back.line());
    market.work().await;
    assert_eq!(market.states(1).await, ["given_back"]);
    market.days_later(90).await;
    assert_eq!(
        market.margin("by=supplier").await,
        [expected("carrierx")],
        "what was, stays"
    );
    assert_eq!(market.margin("by=number").await, [expected(AMERICAN)]);
    assert!(
        market.server.admin_list("/v1/idle?days=365").await.is_empty(),
        "it is not ours any more"
    );
    market.close().await;
}

#[tokio::test]
async fn rule_14_a_month_of_sms_counts_with_its_purchase_and_is_not_counted_twice() {
    let market = Market::open().await;
    market.order_american().await;
    market.work().await;
    assert_eq!(market.spent_today().await, "0.63", "before it is charged");
    market.carrierx.api(|api| api.finish_messaging("enabled"));
    market.work_after(POLL).await;
    assert_eq!(market.spent_today().await, "0.63", "and after that");
    let order = json!({"supplier": "carrierx", "numbers": ["15162065572"], "max_monthly": "0.6", "operator": "cx"});
    market.order(order).await;
    market.work().await;
    assert_eq!(market.spent_today().await, "1.26");
    // It is switched on after midnight: that day pays for it, too.
    market.server.advance(hours(13));
    assert_eq!(market.spent_today().await, "0.00");
    market.carrierx.api(|api| api.finish_messaging("enabled"));
    market.work().await;
    assert_eq!(market.spent_today().await, "0.03");
    market.close().await;
}

#[tokio::test]
async fn margins_are_the_same_after_an_archive() {
    let market = Market::open().await;
    market.stocked().await;
    // Three months, in each a rental that was sold and one that was refunded.
    for _ in 0..3 {
        for refund in [false, true] {
            let rented = market.server.rent().await;
            market.server.finish(rented.id, 3, "870").await;
            if refund {
                market.server.advance(hours(25));
                market.server.finish(rented.id, 5, "870").await;
            }
        }
        market.days_later(30).await;
    }
    let rented = market.server.rent().await;
    market.server.finish(rented.id, 3, "100.50").await;
    market.server.tick().await;
    let queries = [
        "by=number",
        "by=supplier",
        "by=month",
        "by=supplier&from=2026-11-21&to=2026-12-21",
        "by=number&from=2026-11-21&to=2026-12-21",
        "by=month&from=2026-11-21&to=2026-12-21",
        "by=month&to=2026-11-20",
    ];
    let margins = async || {
        let mut margins = Vec::new();
        for query in queries {
            margins.push(market.margin(query).await);
        }
        margins.push(market.server.admin_list("/v1/idle?days=365").await);
        margins.push(market.server.admin_list("/v1/idle?days=60").await);
        margins
    };
    let before = margins().await;
    for day in ["2026-12-01", "2027-01-05"] {
        let archived = market.server.archive(day).await.unwrap();
        assert!(archived.removed > 0 && archived.kinds().contains(&"operation"), "{day}");
        assert_eq!(margins().await, before, "{day}");
    }
    assert!(market.server.admin_list("/v1/operations").await.len() < 4);
    market.close().await;
}
