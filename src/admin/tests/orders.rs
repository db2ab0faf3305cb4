//! Orders: placed once, listed, shown and cancelled.

use super::*;
use crate::domain::purchase::line::OrderLine;
use crate::domain::purchase::{LineId, OrderId};
use crate::storage::order_lines;

/// All four wholesalers, with a budget.
const SUPPLIERS: [(&str, &str); 13] = [
    (
        "LEASELINE_SUPPLIERS__WEBHOOK_SECRET",
        "a-secret-of-32-characters-at-least",
    ),
    ("LEASELINE_MULTITEL_V3__USER", "user"),
    ("LEASELINE_MULTITEL_V3__PASSWORD", "password"),
    ("LEASELINE_MULTITEL_V3__BUDGET_PER_DAY", "20"),
    ("LEASELINE_MULTITEL__USER", "user"),
    ("LEASELINE_MULTITEL__PASSWORD", "password"),
    ("LEASELINE_MULTITEL__BUDGET_PER_DAY", "20"),
    ("LEASELINE_CM__ACCOUNT", "6f0a7c1e-2b34-4d5e-8f90-1a2b3c4d5e6f"),
    ("LEASELINE_CM__TOKEN", "token-of-cm"),
    ("LEASELINE_CM__BUDGET_PER_DAY", "20"),
    ("LEASELINE_CARRIERX__TOKEN", "token-of-carrierx"),
    ("LEASELINE_CARRIERX__BUDGET_PER_DAY", "20.00"),
    ("LEASELINE_CARRIERX__CURRENCY", "USD"),
];

pub(super) async fn with_suppliers() -> AdminServer {
    with_cm_prices(&[("LEASELINE_CM__SETUP", "1"), ("LEASELINE_CM__MONTHLY", "2.50")]).await
}

async fn with_cm_prices(prices: &[(&str, &str)]) -> AdminServer {
    AdminServer::with_options(&[&SUPPLIERS[..], prices].concat()).await
}

/// The order of the documentation.
pub(super) fn order() -> Value {
    json!({
        "supplier": "carrierx", "reference": "may-1", "country": "sweden", "prefix": "4670", "quantity": 2,
        "max_monthly": "1.00", "max_setup": "0", "external": false, "operator": "telia", "prove": false,
    })
}

/// Two numbers of the partner's choice.
pub(super) fn numbers(numbers: &[&str]) -> Value {
    json!({ "supplier": "carrierx", "numbers": numbers, "max_monthly": "1" })
}

impl AdminServer {
    /// Changes a line as the worker would.
    pub(super) async fn change_line(&self, line: i64, change: impl FnOnce(OrderLine) -> OrderLine) {
        let mut tx = self.app.database.write().await.unwrap();
        let before = order_lines::load(&mut tx, LineId(line)).await.unwrap().unwrap();
        let after = change(before.clone());
        order_lines::save(&mut tx, &[(&before, &after)], self.clock.now());
        tx.commit().await.unwrap();
    }

    /// Stores that the purchase of a line is called.
    pub(super) async fn attempt(&self, line: i64) {
        let lease = self.clock.now();
        self.change_line(line, |planned| planned.attempt(LineId(line), lease).unwrap())
            .await;
    }
}

fn line(id: i64) -> Value {
    json!({
        "id": id, "number": null, "state": "planned", "reason": null, "code": null, "attempts": 0, "deviation": null,
    })
}

#[tokio::test]
async fn an_order_is_placed_once() {
    let server = with_suppliers().await;
    let placed = server.post("/v1/orders", order()).await.expect(202);
    let expected = json!({
        "id": 1, "reference": "may-1", "supplier": "carrierx", "state": "open", "wanted": 2, "stocked": 0,
        "highest_cost": "2.06", "currency": "USD", "created_at": "2026-11-20T22:00:00.000Z",
        "lines": [line(1), line(2)],
    });
    assert_eq!(placed, expected);
    assert_eq!(server.post("/v1/orders", order()).await.expect(200), expected);
    let mut other = order();
    other["quantity"] = json!(3);
    let detail = server.post("/v1/orders", other).await.problem(409);
    assert!(detail.starts_with("reference: "), "{detail}");

    let shown = server.get("/v1/orders/1").await.expect(200);
    let history = json!([{
        "at": "2026-11-20T22:00:00.000Z", "line": 1, "action": "ordered", "detail": "2 numbers from carrierx",
    }]);
    assert_eq!(shown["history"], history);
    server.get("/v1/orders/2").await.problem(404);
    server.audit().await;
}

#[tokio::test]
async fn the_first_order_makes_the_gateway_of_its_supplier() {
    let server = with_suppliers().await;
    server.post("/v1/orders", order()).await.expect(202);
    let gateway = server.get("/v1/gateways/carrierx").await.expect(200);
    assert_eq!(
        (&gateway["kind"], &gateway["enabled"]),
        (&json!("carrierx"), &json!(true))
    );
    let token = server
        .app
        .suppliers
        .gateway_token(crate::domain::purchase::SupplierName::CarrierX);
    server.known(secrecy::ExposeSecret::expose_secret(&token)).await;

    let detail = server.post("/v1/gateways/carrierx/token", json!({})).await.problem(409);
    assert!(detail.contains("suppliers.webhook_secret"), "{detail}");

    let other = json!({ "name": "multitel", "kind": "kannel" });
    server.post("/v1/gateways", other).await.expect(201);
    let order = json!({ "supplier": "multitel", "numbers": ["46701234567"], "max_monthly": "1" });
    let detail = server.post("/v1/orders", order).await.problem(409);
    assert!(detail.starts_with("the gateway multitel has kind kannel"), "{detail}");
    server.audit().await;
}

#[tokio::test]
async fn what_is_not_configured_is_a_conflict_that_names_the_option() {
    let server = AdminServer::new().await;
    let detail = server.post("/v1/orders", order()).await.problem(409);
    assert_eq!(
        detail,
        "supplier: carrierx is off: the configuration has no section [carrierx]"
    );
    let options = [
        (
            "LEASELINE_SUPPLIERS__WEBHOOK_SECRET",
            "a-secret-of-32-characters-at-least",
        ),
        ("LEASELINE_CARRIERX__TOKEN", "token"),
    ];
    let server = AdminServer::with_options(&options).await;
    let detail = server.post("/v1/orders", order()).await.problem(409);
    assert!(detail.contains("carrierx.budget_per_day"), "{detail}");
    let server = with_cm_prices(&[]).await;
    let cm = json!({ "supplier": "cm", "city": "AMSTERDAM", "quantity": 3 });
    let detail = server.post("/v1/orders", cm.clone()).await.problem(409);
    assert!(detail.contains("cm.setup and cm.monthly"), "{detail}");
    let server = with_suppliers().await;
    let placed = server.post("/v1/orders", cm).await.expect(202);
    assert_eq!(placed["highest_cost"], "10.50");
}

#[tokio::test]
async fn a_number_is_ordered_once() {
    let server = with_suppliers().await;
    server.gateway("bank1").await;
    server.import("number,gateway\n46701234560,bank1\n").await;
    server.post("/v1/orders", numbers(&["46701234567"])).await.expect(202);
    for (list, field) in [
        (numbers(&["46701234561", "46701234560"]), "numbers[1]: "),
        (numbers(&["46701234567"]), "numbers[0]: "),
    ] {
        let detail = server.post("/v1/orders", list).await.problem(409);
        assert!(detail.starts_with(field) && !detail.contains("4670123456"), "{detail}");
    }
    assert_eq!(server.pages("/v1/orders", "", 10).await.len(), 1);
    server.audit().await;
}

#[tokio::test]
async fn a_dry_run_shows_the_order_and_what_forbids_it() {
    let server = with_suppliers().await;
    let dry_run = |mut order: Value| {
        order["dry_run"] = json!(true);
        server.post("/v1/orders", order)
    };
    let shown = dry_run(numbers(&["46701234567"])).await.expect(200);
    assert_eq!((&shown["id"], &shown["forbidden"]), (&Value::Null, &Value::Null));
    assert_eq!(
        (&shown["highest_cost"], &shown["currency"]),
        (&json!("1.03"), &json!("USD"))
    );
    assert_eq!(shown["lines"][0]["number"], "46701234567");
    assert_eq!(server.pages("/v1/orders", "", 10).await, Vec::<Value>::new());
    assert_eq!(server.pages("/v1/gateways", "", 10).await, Vec::<Value>::new());

    server.post("/v1/orders", numbers(&["46701234567"])).await.expect(202);
    let shown = dry_run(numbers(&["46701234567"])).await.expect(200);
    let forbidden = shown["forbidden"].as_str().unwrap();
    assert!(forbidden.starts_with("numbers[0]: "), "{forbidden}");
    dry_run(numbers(&["46701234567", "x"])).await.problem(400);
    server.audit().await;
}

#[tokio::test]
async fn orders_are_listed_by_what_follows_from_their_lines() {
    let server = with_suppliers().await;
    for (reference, quantity) in [("a", 1), ("b", 1), ("c", 1)] {
        let mut order = order();
        (order["reference"], order["quantity"]) = (json!(reference), json!(quantity));
        server.post("/v1/orders", order).await.expect(202);
    }
    let cancel = json!({ "reason": "not needed" });
    server.post("/v1/orders/2/cancel", cancel).await.expect(200);
    let listed = async |filter: &str| {
        let orders = server.pages("/v1/orders", filter, 1).await;
        orders
            .iter()
            .map(|order| order["reference"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(listed("").await, ["c", "b", "a"]);
    assert_eq!(listed("state=open").await, ["c", "a"]);
    assert_eq!(listed("state=cancelled").await, ["b"]);
    assert_eq!(listed("state=done").await, Vec::<Value>::new());
    assert_eq!(listed("reference=a").await, ["a"]);
    assert_eq!(listed("supplier=cm").await, Vec::<Value>::new());
    for filter in ["state=new", "supplier=me", "reference=%20", "number=1"] {
        let detail = server.get(&format!("/v1/orders?{filter}")).await.problem(400);
        let field = filter.split('=').next().unwrap();
        assert!(detail.starts_with(field), "{detail}");
    }
    server.audit().await;
}

#[tokio::test]
async fn what_is_not_bought_yet_is_cancelled() {
    let server = with_suppliers().await;
    server.post("/v1/orders", order()).await.expect(202);
    server.attempt(1).await;
    let cancel = || server.post("/v1/orders/1/cancel", json!({ "reason": "not needed" }));
    let cancelled = cancel().await.expect(200);
    let lines = &cancelled["lines"];
    let states = [&lines[0]["state"], &lines[1]["state"], &cancelled["state"]];
    assert_eq!(states, [&json!("attempted"), &json!("cancelled"), &json!("open")]);
    let reasons = [&lines[0]["reason"], &lines[1]["reason"]];
    assert_eq!(reasons, [&json!("it is being bought"), &json!("not needed")]);
    let detail = cancel().await.problem(409);
    assert!(detail.ends_with("it is being bought"), "{detail}");
    let history = server.get("/v1/orders/1").await.expect(200)["history"].clone();
    assert_eq!(
        (&history[1]["line"], &history[1]["action"]),
        (&json!(2), &json!("cancelled"))
    );

    server
        .post("/v1/orders/9/cancel", json!({ "reason": "x" }))
        .await
        .problem(404);
    for body in [
        json!({}),
        json!({ "reason": "" }),
        json!({ "reason": "x", "all": true }),
    ] {
        server.post("/v1/orders/1/cancel", body).await.problem(400);
    }
    let mut tx = server.app.database.read().await.unwrap();
    let stored = order_lines::of_order(&mut tx, OrderId(1)).await.unwrap();
    assert_eq!(stored[0].reason, None, "the obstacle is shown, not stored");
    drop(tx);
    server.audit().await;
}
