//! Numbers that are ours at a supplier: adopted, and compared with its list.

use super::costs::price;
use super::order_lines::answer;
use super::orders::with_suppliers;
use super::*;
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::line::calls::CallAnswer;
use crate::domain::purchase::line::steps::StepTimes;
use crate::domain::purchase::outcome::{CallFailure, SuppliedNumber, WiringState};
use crate::flow::adopt_numbers::AdoptNumbersError;

pub(super) const FIRST: &str = "15162065571";
pub(super) const SECOND: &str = "15162065572";

fn number(digits: &str) -> PhoneNumber {
    digits.parse().unwrap()
}

fn listed(digits: &str) -> SuppliedNumber {
    SuppliedNumber {
        number: number(digits),
        reference: Some(format!("sid-{digits}")),
        price: Some(price("5", "0.6")),
    }
}

impl AdminServer {
    async fn adopt(&self, wanted: &[&str], at_supplier: &[&str]) -> Result<i64, AdoptNumbersError> {
        let wanted = wanted.iter().map(|digits| number(digits)).collect();
        let list: Vec<SuppliedNumber> = at_supplier.iter().map(|digits| listed(digits)).collect();
        let countries = crate::domain::country::CountryNames::new(&std::collections::BTreeMap::new()).unwrap();
        let adopted = self
            .app
            .flows
            .adopt_numbers(SupplierName::CarrierX, wanted, &list, &countries);
        adopted.await.map(|order| order.0)
    }

    pub(super) async fn refused(&self, wanted: &[&str], at_supplier: &[&str]) -> String {
        self.adopt(wanted, at_supplier).await.unwrap_err().to_string()
    }

    /// The SMS of that line come to the server now.
    async fn wire(&self, line: i64) {
        let now = self.clock.now();
        let times = StepTimes {
            now,
            poll: std::time::Duration::ZERO,
            backoff: std::time::Duration::ZERO,
        };
        let done = |line: crate::domain::purchase::line::OrderLine| {
            line.wired(Ok(WiringState::Done), [1; 32], false, times).unwrap()
        };
        self.change_line(line, done).await;
    }

    async fn compare(&self, at_supplier: &[&str]) {
        self.clock.advance(std::time::Duration::from_secs(1));
        let list: Vec<SuppliedNumber> = at_supplier.iter().map(|digits| listed(digits)).collect();
        let now = self.clock.now();
        let compared = self.app.flows.compare_owned(SupplierName::CarrierX, &list, now);
        compared.await.unwrap();
    }

    async fn state(&self, digits: &str) -> String {
        let number = self.get(&format!("/v1/numbers/{digits}")).await.expect(200);
        number["state"].as_str().unwrap().to_owned()
    }

    async fn enable(&self, digits: &str) -> Answer {
        let path = format!("/v1/numbers/{digits}");
        self.patch(&path, json!({ "enabled": true })).await
    }

    async fn deviation(&self, order: i64) -> Value {
        let order = self.get(&format!("/v1/orders/{order}")).await.expect(200);
        order["lines"][0]["deviation"].clone()
    }
}

#[tokio::test]
async fn adopted_numbers_are_lines_that_are_wired_and_cost_their_month() {
    let server = with_suppliers().await;
    let order = server.adopt(&[FIRST, SECOND], &[SECOND, FIRST]).await.unwrap();
    let order = server.get(&format!("/v1/orders/{order}")).await.expect(200);
    let states: Vec<&Value> = order["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| &line["state"])
        .collect();
    assert_eq!(states, ["wiring", "wiring"]);
    assert_eq!(order["history"][0]["action"], "adopted");
    let costs = server.get("/v1/costs").await.expect(200)["items"].clone();
    let booked: Vec<(&Value, &Value)> = costs
        .as_array()
        .unwrap()
        .iter()
        .map(|cost| (&cost["kind"], &cost["amount"]))
        .collect();
    let month = (&json!("monthly"), &json!("0.60"));
    assert_eq!(booked, [month, month], "no setup: it was paid long ago");
    assert!(
        server
            .refused(&[FIRST], &[FIRST])
            .await
            .contains("numbers[0] is in an order already")
    );
    server.audit().await;
}

/// A purchase that was resolved by hand is booked at its highest price, until the list has the real one.
#[tokio::test]
async fn a_price_that_the_list_has_corrects_what_was_booked() {
    let server = with_suppliers().await;
    let order = json!({ "supplier": "carrierx", "numbers": [FIRST], "max_monthly": "1", "operator": "cx" });
    server.post("/v1/orders", order).await.expect(202);
    server.attempt(1).await;
    let now = server.clock.now();
    server.change_line(1, |line| line.lose_answer(now).unwrap()).await;
    let ours = json!({ "ours": true, "reason": "in their list" });
    server.post("/v1/order-lines/1/resolve", ours).await.expect(200);
    let booked = async || {
        let costs = server.get("/v1/costs").await.expect(200)["items"].clone();
        let costs = costs.as_array().unwrap().iter();
        costs
            .map(|cost| {
                format!(
                    "{} {}",
                    cost["kind"].as_str().unwrap(),
                    cost["amount"].as_str().unwrap()
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(booked().await, ["monthly 1.00"]);
    server.compare(&[SECOND]).await;
    assert_eq!(booked().await, ["monthly 1.00"], "the list does not have it");
    for _ in 0..2 {
        server.compare(&[FIRST]).await;
        assert_eq!(booked().await, ["correction 4.60", "monthly 1.00"]);
    }
    let deviation = server.deviation(1).await;
    assert_eq!(deviation, "the price is above the highest that was allowed");
    let order = server.get("/v1/orders/1").await.expect(200);
    let event = order["history"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&event["action"], &event["detail"]),
        (&json!("price known"), &json!("costs corrected by 4.60 USD"))
    );
    // The correction is in the price of the day's attempt already.
    let carrierx = server.get("/v1/suppliers").await.expect(200)["items"][3].clone();
    assert_eq!(carrierx["spent_today"], "5.63");
    server.audit().await;
}

#[tokio::test]
async fn what_cannot_be_adopted_is_refused_whole() {
    let server = with_suppliers().await;
    server.gateway("bank1").await;
    let rows = format!("number,gateway\n{FIRST},bank1\n{SECOND},bank1\n");
    assert_eq!(server.import(&rows).await, [2, 0, 0, 0]);
    let unlisted = server.refused(&[FIRST, SECOND], &[FIRST]).await;
    assert_eq!(unlisted, "numbers[1] is not on the supplier's list of our numbers");
    let (operation, rented) = server.rent("united states").await;
    let refused = server.refused(&[&rented], &[FIRST, SECOND]).await;
    assert!(refused.contains("is rented"), "{refused}");
    assert_eq!(server.get("/v1/orders").await.expect(200)["items"], json!([]));
    server.finish(operation, "cancelled").await;
    // A number of the inventory is held while its SMS change their way.
    server.adopt(&[FIRST], &[FIRST]).await.unwrap();
    assert_eq!(
        (server.state(FIRST).await, server.state(SECOND).await),
        ("disabled".to_owned(), "available".to_owned())
    );
    let shown = server.get(&format!("/v1/numbers/{FIRST}")).await.expect(200);
    assert_eq!(shown["gateway"], "carrierx");
    server.audit().await;
}

#[tokio::test]
async fn what_is_gone_from_the_list_is_not_issued_until_it_is_back() {
    let server = with_suppliers().await;
    server.gateway("bank1").await;
    let rows = format!("number,gateway\n{FIRST},bank1\n{SECOND},bank1\n");
    server.import(&rows).await;
    for digits in [FIRST, SECOND] {
        let line = server.buy(SupplierName::CarrierX, digits, price("0", "1"), "USD").await;
        server.wire(line.0).await;
    }
    server.compare(&[FIRST, SECOND, "15162065573"]).await;
    assert_eq!(server.state(FIRST).await, "available");
    server
        .patch(&format!("/v1/numbers/{SECOND}"), json!({ "enabled": false }))
        .await
        .expect(200);
    for _ in 0..2 {
        server.compare(&[]).await;
        assert_eq!(server.state(FIRST).await, "disabled");
        let deviation = server.deviation(1).await;
        assert_eq!(
            deviation,
            "the supplier's list of our numbers does not have it any more"
        );
        for digits in [FIRST, SECOND] {
            let refused = server.enable(digits).await.problem(409);
            assert!(refused.contains("gone at its supplier"), "{refused}");
        }
    }
    let history = server.get("/v1/orders/1").await.expect(200)["history"].clone();
    assert_eq!(history.as_array().unwrap().len(), 1, "{history}");
    server.compare(&[FIRST, SECOND]).await;
    assert_eq!(
        (server.state(FIRST).await, server.deviation(1).await),
        ("available".to_owned(), Value::Null)
    );
    assert_eq!(server.state(SECOND).await, "disabled", "the admin disabled it");
    // A rented number keeps its renter.
    let (operation, rented) = server.rent("united states").await;
    server.compare(&[SECOND]).await;
    assert_eq!(
        (rented.as_str(), server.state(FIRST).await),
        (FIRST, "rented".to_owned())
    );
    server.finish(operation, "cancelled").await;
    assert_eq!(server.state(FIRST).await, "disabled");
    server.audit().await;
}

#[tokio::test]
async fn what_is_gone_is_neither_proven_nor_stocked_when_its_supplier_does_not_take_it_back() {
    let server = with_suppliers().await;
    server.gateway("bank1").await;
    server.import(&format!("number,gateway\n{FIRST},bank1\n")).await;
    let line = server.buy(SupplierName::CarrierX, FIRST, price("0", "1"), "USD").await;
    server.wire(line.0).await;
    server.compare(&[]).await;
    let refused = server.post("/v1/order-lines/1/prove", json!({})).await.problem(409);
    assert!(refused.contains("does not have the number"), "{refused}");
    let back = format!("/v1/numbers/{FIRST}/give-back");
    server.post(&back, json!({ "reason": "gone" })).await.expect(202);
    answer(&server, CallAnswer::GivenBack(Err(CallFailure::NotOffered))).await;
    let order = server.get("/v1/orders/1").await.expect(200);
    let line = &order["lines"][0];
    assert_eq!(line["state"], "stocked", "as it was");
    assert_eq!(
        line["deviation"],
        "the supplier's list of our numbers does not have it any more"
    );
    assert_eq!(server.state(FIRST).await, "disabled");
    server.compare(&[FIRST]).await;
    assert_eq!(
        (server.state(FIRST).await, server.deviation(1).await),
        ("available".to_owned(), Value::Null)
    );
    server.audit().await;
}

#[tokio::test]
async fn a_list_that_is_older_than_a_purchase_does_not_concern_it() {
    let server = with_suppliers().await;
    server.gateway("bank1").await;
    server.import(&format!("number,gateway\n{FIRST},bank1\n")).await;
    let asked_at = server.clock.now();
    let line = server.buy(SupplierName::CarrierX, FIRST, price("0", "1"), "USD").await;
    server.wire(line.0).await;
    let flows = &server.app.flows;
    flows
        .compare_owned(SupplierName::CarrierX, &[], asked_at)
        .await
        .unwrap();
    assert_eq!(server.state(FIRST).await, "available");
    assert_eq!(flows.comparisons_due().await.unwrap(), []);
    server.clock.advance(std::time::Duration::from_secs(86_400));
    assert_eq!(flows.comparisons_due().await.unwrap(), [SupplierName::CarrierX]);
    server.audit().await;
}
