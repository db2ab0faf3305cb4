//! Rules by which the server orders numbers by itself.

use super::orders::with_suppliers;
use super::*;
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::pause::{Pause, SupplierPause};
use crate::storage::supplier_pauses;
use crate::worker::Worker as _;

const PATH: &str = "/v1/restock/carrierx/sweden";

fn rule(floor: u32, target: u32) -> Value {
    json!({ "floor": floor, "target": target, "prefix": "4670", "max_monthly": "1.00", "batch_max": 10, "enabled": true })
}

impl AdminServer {
    async fn put(&self, path: &str, body: Value) -> Answer {
        self.call("PUT", path, json_content(&body)).await
    }

    async fn restock(&self) {
        self.app.restock.pass().await.unwrap();
    }

    /// The numbers that each order wants, the oldest first.
    async fn ordered(&self) -> Vec<u64> {
        let items = self.get("/v1/orders").await.expect(200)["items"].clone();
        let wanted = |order: &Value| order["wanted"].as_u64().unwrap();
        items.as_array().unwrap().iter().rev().map(wanted).collect()
    }

    async fn cancel(&self, order: i64) {
        let path = format!("/v1/orders/{order}/cancel");
        self.post(&path, json!({ "reason": "too many" })).await.expect(200);
    }
}

#[tokio::test]
async fn a_rule_is_set_shown_replaced_and_deleted() {
    let server = with_suppliers().await;
    server.get(PATH).await.problem(404);
    let mut expected = json!({
        "supplier": "carrierx", "country": "sweden", "floor": 20, "target": 50, "prefix": "4670", "max_monthly": "1.00",
        "batch_max": 10, "enabled": true, "order": null, "next_at": null,
    });
    assert_eq!(server.put(PATH, rule(20, 50)).await.expect(200), expected);
    assert_eq!(server.get(PATH).await.expect(200), expected);
    server.restock().await;
    expected["order"] = json!(1);
    assert_eq!(server.get(PATH).await.expect(200), expected);
    let without = json!({ "floor": 1, "target": 1, "max_monthly": 2, "batch_max": 1000, "enabled": false });
    let replaced = server.put(PATH, without).await.expect(200);
    assert_eq!(
        (&replaced["prefix"], &replaced["max_monthly"], &replaced["enabled"]),
        (&Value::Null, &json!("2.00"), &json!(false))
    );
    assert_eq!(replaced["order"], 1);
    assert_eq!(server.call("DELETE", PATH, None).await.status, 204);
    server.call("DELETE", PATH, None).await.problem(404);
    server.get(PATH).await.problem(404);
    server.audit().await;
}

#[tokio::test]
async fn below_the_floor_one_order_is_placed_at_a_time() {
    let server = with_suppliers().await;
    server.restock().await;
    server.put(PATH, rule(20, 25)).await.expect(200);
    server.restock().await;
    server.restock().await;
    assert_eq!(server.ordered().await, [10]);
    let order = server.get("/v1/orders/1").await.expect(200);
    assert_eq!(
        (&order["reference"], &order["highest_cost"], &order["supplier"]),
        (&Value::Null, &json!("10.30"), &json!("carrierx"))
    );
    // What was cancelled would be cancelled again: the next order comes an hour later.
    server.cancel(1).await;
    server.clock.advance(std::time::Duration::from_secs(3599));
    server.restock().await;
    assert_eq!(server.ordered().await, [10]);
    assert_eq!(
        server.get(PATH).await.expect(200)["next_at"],
        "2026-11-20T23:00:00.000Z"
    );
    server.clock.advance(std::time::Duration::from_secs(1));
    server.restock().await;
    assert_eq!(server.ordered().await, [10, 10]);
    assert_eq!(server.get(PATH).await.expect(200)["next_at"], Value::Null);
    server.audit().await;
}

#[tokio::test]
async fn numbers_that_can_be_issued_and_open_lines_count() {
    let server = with_suppliers().await;
    // The gateway of the supplier is made by its first order.
    let numbers = json!({ "supplier": "carrierx", "numbers": ["15162065571"], "max_monthly": "1" });
    server.post("/v1/orders", numbers).await.expect(202);
    server.cancel(1).await;
    let rows: String = (1..=4).map(|last| format!("4670123450{last},carrierx\n")).collect();
    assert_eq!(server.import(&format!("number,gateway\n{rows}")).await, [4, 0, 0, 0]);
    server.gateway("bank1").await;
    assert_eq!(server.import("number,gateway\n46701234509,bank1\n").await, [1, 0, 0, 0]);
    let live = json!({ "supplier": "carrierx", "country": "sweden", "quantity": 2, "max_monthly": "1" });
    server.post("/v1/orders", live).await.expect(202);
    server.put(PATH, rule(6, 10)).await.expect(200);
    server.restock().await;
    assert_eq!(
        server.ordered().await,
        [1, 2],
        "four are available and two on their way"
    );
    // Neither a disabled number nor a banned one counts, nor do those of another gateway.
    server
        .patch("/v1/numbers/46701234501", json!({ "enabled": false }))
        .await
        .expect(200);
    server
        .post("/v1/bans", json!({ "number": "46701234502", "reason": "noise" }))
        .await
        .expect(201);
    server.restock().await;
    assert_eq!(server.ordered().await, [1, 2, 6]);
    server.audit().await;
}

/// A line without a number counts only where its order names the country.
#[tokio::test]
async fn open_lines_count_by_their_number_where_their_order_names_no_country() {
    let server = with_suppliers().await;
    let numbers = json!({ "supplier": "carrierx", "max_monthly": "1",
                          "numbers": ["46701234501", "46701234502", "15162065571"] });
    server.post("/v1/orders", numbers).await.expect(202);
    let random = json!({ "supplier": "carrierx", "random": true, "quantity": 5, "max_monthly": "1" });
    server.post("/v1/orders", random.clone()).await.expect(202);
    server.put(PATH, rule(2, 5)).await.expect(200);
    server.restock().await;
    assert_eq!(server.ordered().await, [3, 5]);
    server.put(PATH, rule(3, 5)).await.expect(200);
    server.restock().await;
    assert_eq!(server.ordered().await, [3, 5, 3]);
    server.cancel(3).await;
    server.clock.advance(std::time::Duration::from_secs(3600));
    let mut swedish = random;
    swedish["country"] = json!("sweden");
    server.post("/v1/orders", swedish).await.expect(202);
    server.put(PATH, rule(8, 10)).await.expect(200);
    server.restock().await;
    assert_eq!(server.ordered().await, [3, 5, 3, 5, 3]);
    server.audit().await;
}

#[tokio::test]
async fn nothing_is_ordered_from_a_paused_supplier_or_by_a_disabled_rule() {
    let server = with_suppliers().await;
    let mut disabled = rule(5, 5);
    disabled["enabled"] = json!(false);
    disabled["prefix"] = Value::Null;
    server.put("/v1/restock/multitel/france", disabled).await.expect(200);
    server.put(PATH, rule(5, 5)).await.expect(200);
    let pause = SupplierPause {
        failures: 0,
        pauses: 0,
        pause: Pause::UntilResumed {
            reason: "no balance".to_owned(),
        },
    };
    let mut tx = server.app.database.write().await.unwrap();
    supplier_pauses::save(&mut tx, SupplierName::CarrierX, &pause);
    tx.commit().await.unwrap();
    server.restock().await;
    assert_eq!(server.ordered().await, [0; 0]);
    server
        .post("/v1/suppliers/carrierx/resume", json!({}))
        .await
        .expect(200);
    server.restock().await;
    assert_eq!(server.ordered().await, [5]);
    server.audit().await;
}

#[tokio::test]
async fn bad_input_is_refused_by_its_field() {
    let server = with_suppliers().await;
    for (field, value, detail) in [
        ("floor", json!(0), "floor must be an integer from 1 to 1000000"),
        ("floor", json!("20"), "floor must be an integer"),
        ("target", json!(19), "target must not be below floor"),
        ("target", json!(1_000_001), "target must be an integer"),
        ("prefix", json!("4770"), "prefix must begin with 46"),
        ("prefix", json!(""), "prefix must have 1 to"),
        ("max_monthly", json!("1,20"), "max_monthly must be a decimal"),
        ("max_monthly", json!("-1"), "max_monthly must not be negative"),
        ("max_monthly", json!(null), "max_monthly is missing"),
        ("batch_max", json!(1001), "batch_max must be an integer from 1 to 1000"),
        ("enabled", json!("yes"), "enabled must be true or false"),
        ("floors", json!(1), "floors is not a field"),
    ] {
        let mut body = rule(20, 50);
        body[field] = value;
        let refused = server.put(PATH, body).await.problem(400);
        assert!(refused.starts_with(detail), "{field}: {refused}");
    }
    for field in ["floor", "target", "max_monthly", "batch_max"] {
        let mut body = rule(20, 50);
        body.as_object_mut().unwrap().remove(field);
        let refused = server.put(PATH, body).await.problem(400);
        assert_eq!(refused, format!("{field} is missing"));
    }
    let country = server
        .put("/v1/restock/carrierx/atlantis", rule(1, 1))
        .await
        .problem(400);
    assert!(country.starts_with("country"), "{country}");
    server.put("/v1/restock/nobody/sweden", rule(1, 1)).await.problem(404);
    for supplier in ["cm", "multitel-v3"] {
        let path = format!("/v1/restock/{supplier}/sweden");
        let refused = server.put(&path, rule(1, 1)).await.problem(409);
        assert!(refused.contains("does not offer"), "{refused}");
    }
    server.get(PATH).await.problem(404);
    server.audit().await;
    let off = AdminServer::new().await;
    let refused = off.put(PATH, rule(1, 1)).await.problem(409);
    assert!(refused.contains("carrierx is off"), "{refused}");
    off.audit().await;
}
