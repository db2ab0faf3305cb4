//! Lines that the partner decides.

use super::orders::{numbers, order, with_suppliers};
use super::owned::{FIRST, SECOND};
use super::*;
use crate::domain::country::CountryNames;
use crate::domain::purchase::line::calls::CallAnswer;
use crate::domain::purchase::outcome::{Purchase, SuppliedNumber, WiringState};
use crate::flow::claim_purchases::PurchaseCapacity;

/// A server with an order of two lines, of which the purchase of the first is not known.
async fn with_unknown_line() -> AdminServer {
    let server = with_suppliers().await;
    server.post("/v1/orders", order()).await.expect(202);
    server.attempt(1).await;
    let now = server.clock.now();
    server
        .change_line(1, |attempted| attempted.lose_answer(now).unwrap())
        .await;
    server
}

#[tokio::test]
async fn an_unknown_purchase_is_ours() {
    let server = with_unknown_line().await;
    let ours = json!({ "ours": true, "number": "46701234567", "reason": "it is in their list" });
    let line = server.post("/v1/order-lines/1/resolve", ours.clone()).await.expect(200);
    assert_eq!(
        (&line["state"], &line["number"]),
        (&json!("wiring"), &json!("46701234567"))
    );
    let detail = server.post("/v1/order-lines/1/resolve", ours).await.problem(409);
    assert!(detail.contains("is wiring, not unknown"), "{detail}");
    let history = server.get("/v1/orders/1").await.expect(200)["history"].clone();
    let last = history.as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["action"], &last["detail"]),
        (&json!("resolved"), &json!("wiring: it is in their list"))
    );
    server.audit().await;
}

#[tokio::test]
async fn an_unknown_purchase_is_not_ours() {
    let server = with_unknown_line().await;
    let resolve = |body| server.post("/v1/order-lines/1/resolve", body);
    let line = resolve(json!({ "ours": false, "reason": "not in their list" }))
        .await
        .expect(200);
    assert_eq!(
        (&line["state"], &line["reason"]),
        (&json!("refused"), &json!("not in their list"))
    );

    let server = with_unknown_line().await;
    let again = json!({ "ours": false, "again": true, "reason": "not in their list" });
    let line = server.post("/v1/order-lines/1/resolve", again).await.expect(200);
    assert_eq!((&line["state"], &line["attempts"]), (&json!("planned"), &json!(1)));
    server.audit().await;
}

#[tokio::test]
async fn a_decision_that_cannot_be_taken_changes_nothing() {
    let server = with_unknown_line().await;
    server.gateway("bank1").await;
    server.import("number,gateway\n46701234567,bank1\n").await;
    for (body, field) in [
        (json!({ "reason": "x" }), "ours"),
        (json!({ "ours": "yes", "reason": "x" }), "ours"),
        (json!({ "ours": true }), "reason"),
        (json!({ "ours": true, "reason": "x" }), "number"),
        (json!({ "ours": true, "number": "me", "reason": "x" }), "number"),
        (
            json!({ "ours": false, "number": "46701234568", "reason": "x" }),
            "number",
        ),
        (
            json!({ "ours": true, "number": "46701234568", "again": true, "reason": "x" }),
            "again",
        ),
        (json!({ "ours": true, "price": "1", "reason": "x" }), "price"),
    ] {
        let detail = server.post("/v1/order-lines/1/resolve", body).await.problem(400);
        assert!(detail.starts_with(field), "{detail}");
    }
    let taken = json!({ "ours": true, "number": "46701234567", "reason": "x" });
    let detail = server
        .post("/v1/order-lines/1/resolve", taken.clone())
        .await
        .problem(409);
    assert!(detail.starts_with("number: "), "{detail}");
    server
        .post("/v1/order-lines/2/resolve", taken.clone())
        .await
        .problem(409);
    server.post("/v1/order-lines/9/resolve", taken).await.problem(404);
    let order = server.get("/v1/orders/1").await.expect(200);
    assert_eq!(
        (&order["lines"][0]["state"], &order["lines"][1]["state"]),
        (&json!("unknown"), &json!("planned"))
    );
    server.audit().await;
}

/// What the worker does when the supplier answers so.
pub(super) async fn answer(server: &AdminServer, answer: CallAnswer) {
    let countries = CountryNames::new(&std::collections::BTreeMap::new()).unwrap();
    let capacity = PurchaseCapacity {
        lines: 1,
        lease: std::time::Duration::from_secs(60),
    };
    let flows = &server.app.flows;
    let work = flows.claim_purchases(&countries, capacity).await.unwrap();
    flows.record_purchase(&work[0], &answer, &countries).await.unwrap();
}

#[tokio::test]
async fn the_partner_proves_a_number() {
    let server = with_suppliers().await;
    let mut order = numbers(&["46701234567"]);
    order["prove"] = json!(true);
    server.post("/v1/orders", order).await.expect(202);
    let prove = |body| server.post("/v1/order-lines/1/prove", body);
    let detail = prove(json!({})).await.problem(409);
    assert!(detail.contains("is planned, not unproven"), "{detail}");
    let bought = Purchase::Bought(vec![SuppliedNumber::bare("46701234567".parse().unwrap())]);
    answer(&server, CallAnswer::Purchase(Ok(bought))).await;
    answer(&server, CallAnswer::Wiring(Ok(WiringState::Done))).await;
    assert!(server.try_rent("sweden").await.is_none());

    let line = prove(json!({ "reason": "an SMS came" })).await.expect(200);
    assert_eq!(
        (&line["id"], &line["state"], &line["reason"]),
        (&json!(1), &json!("stocked"), &Value::Null)
    );
    server.rent("sweden").await;
    let shown = server.get("/v1/orders/1").await.expect(200);
    assert_eq!((&shown["state"], &shown["stocked"]), (&json!("done"), &json!(1)));
    let last = shown["history"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["action"], &last["detail"]),
        (&json!("proven"), &json!("an SMS came"))
    );

    let again = server.call("POST", "/v1/order-lines/1/prove", None).await;
    assert!(again.problem(409).contains("is stocked"));
    prove(json!({ "reason": "" })).await.problem(400);
    server.call("POST", "/v1/order-lines/9/prove", None).await.problem(404);
    server.audit().await;
}

#[tokio::test]
async fn a_number_of_another_country_is_rented_out_as_what_it_is() {
    let server = with_suppliers().await;
    let order = json!({ "supplier": "carrierx", "random": true, "country": "sweden", "max_monthly": "1" });
    server.post("/v1/orders", order).await.expect(202);
    let bought = Purchase::Bought(vec![SuppliedNumber::bare("15162065571".parse().unwrap())]);
    answer(&server, CallAnswer::Purchase(Ok(bought))).await;
    answer(&server, CallAnswer::Wiring(Ok(WiringState::Done))).await;
    let number = server.get("/v1/numbers/15162065571").await.expect(200);
    assert_eq!(
        (&number["country"], &number["state"]),
        (&json!("united states"), &json!("available"))
    );
    server.audit().await;
}

/// The number is ours by one supplier.
#[tokio::test]
async fn a_number_that_is_live_at_one_supplier_is_not_had_from_another() {
    let server = with_suppliers().await;
    let multitel = |numbers: &[&str]| json!({ "supplier": "multitel", "numbers": numbers, "max_monthly": "1" });
    server.post("/v1/orders", multitel(&[FIRST])).await.expect(202);
    let ordered = server.post("/v1/orders", numbers(&[SECOND, FIRST])).await.problem(409);
    assert_eq!(
        ordered,
        "numbers[1]: 151…71 is in the inventory or in another order already"
    );
    let adopted = server.refused(&[FIRST], &[FIRST]).await;
    assert_eq!(adopted, "numbers[0] is in an order already");
    server
        .post("/v1/orders/1/cancel", json!({ "reason": "no" }))
        .await
        .expect(200);
    server.post("/v1/orders", numbers(&[SECOND])).await.expect(202);
    server.post("/v1/orders", multitel(&[FIRST])).await.expect(202);

    // It comes as a surplus: the line that is booked says so, and no second line has it.
    let supplied = |digits| SuppliedNumber::bare(str::parse(digits).unwrap());
    let bought = Purchase::Bought(vec![supplied(SECOND), supplied(FIRST)]);
    answer(&server, CallAnswer::Purchase(Ok(bought))).await;
    let order = server.get("/v1/orders/2").await.expect(200);
    let lines = order["lines"].as_array().unwrap();
    assert_eq!((lines.len(), &lines[0]["number"]), (1, &json!(SECOND)));
    let deviation = "the supplier also delivered a number that another supplier has here";
    assert_eq!(lines[0]["deviation"], deviation);

    // It is named for another number: which supplier sold it is to be found out.
    server.post("/v1/orders", numbers(&["15162065573"])).await.expect(202);
    let later = server.clock.now() + std::time::Duration::from_secs(60);
    for line in [2, 3] {
        server.change_line(line, |line| line.due(later)).await;
    }
    answer(
        &server,
        CallAnswer::Purchase(Ok(Purchase::Bought(vec![supplied(FIRST)]))),
    )
    .await;
    let order = server.get("/v1/orders/4").await.expect(200);
    let line = &order["lines"][0];
    assert_eq!(
        (&line["state"], &line["reason"]),
        (
            &json!("unknown"),
            &json!("the supplier named a number that another order has")
        )
    );
    server.audit().await;
}
