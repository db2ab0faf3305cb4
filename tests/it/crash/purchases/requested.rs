//! CM.com: one request for all lines, which people fill later.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::super::process::{Place, Server, WAIT_MAX};
use super::{LOOKS_MAX, hanging, place_with, states};
use crate::support::suppliers::cm::{ACCOUNT, CmApi, TOKEN};
use crate::support::suppliers::{Wholesaler, WholesalerControl as _};

const FILLED: [&str; 2] = ["31201234567", "31201234568"];

async fn place(shop: &Wholesaler<CmApi>) -> Place {
    place_with(&[
        ("LEASELINE_CM__URL", &shop.url()),
        ("LEASELINE_CM__ACCOUNT", ACCOUNT),
        ("LEASELINE_CM__TOKEN", TOKEN),
        ("LEASELINE_CM__BUDGET_PER_DAY", "6"),
        ("LEASELINE_CM__SETUP", "1"),
        ("LEASELINE_CM__MONTHLY", "2"),
    ])
    .await
}

async fn order_two(server: &Server) {
    let order = json!({"supplier": "cm", "area_code": "20", "quantity": 2, "operator": "cm"});
    server.client.admin_post("/v1/orders", &order).await;
}

/// Looks at the order as often as calls arrive, until both lines are in that state.
async fn until_both_are(server: &Server, shop: &Wholesaler<CmApi>, state: &str) -> Value {
    let mut order = Value::Null;
    for _ in 0..LOOKS_MAX {
        let calls = shop.calls().len();
        order = server.client.admin_get("/v1/orders/1").await;
        if states(&order) == [state; 2] {
            return order;
        }
        let _more = timeout(Duration::from_millis(250), shop.wait_for(calls + 1)).await;
    }
    panic!("the lines do not become {state}: {order}");
}

/// Fills the request, and compares everything with CM.com's books.
async fn audit(server: &Server, shop: &Wholesaler<CmApi>, name: &str) {
    assert_eq!(shop.sold(), ["leaseline-1"], "{name}: one request, of two numbers");
    assert_eq!(shop.api(|api| api.requests[0]["quantity"].clone()), 2, "{name}");
    shop.api(|api| api.fill(0, &FILLED));
    let order = until_both_are(server, shop, "unproven").await;
    let lines = order["lines"].as_array().unwrap().iter();
    let numbers: Vec<&str> = lines.map(|line| line["number"].as_str().unwrap()).collect();
    assert_eq!(numbers, FILLED, "{name}");
    let costs = server.client.list("/v1/costs").await;
    let count = |kind: &str| costs.iter().filter(|cost| cost["kind"] == kind).count();
    assert_eq!((count("setup"), count("monthly")), (2, 2), "{name}: {costs:?}");
    assert_eq!(server.client.list("/v1/numbers").await.len(), 2, "{name}");
    assert_eq!(shop.sold().len(), 1, "{name}");
}

/// Between the stored intent and the answer; the answer may have no id.
async fn killed_at_the_request(acts: bool, names_ids: bool) {
    let name = format!("the request, {acts}, {names_ids}");
    let shop = Wholesaler::start(CmApi::default()).await;
    shop.api(|api| api.names_ids = names_ids);
    let place = place(&shop).await;
    let server = place.start().await;
    shop.faults(vec![hanging(acts)]);
    order_two(&server).await;
    timeout(WAIT_MAX, shop.wait_for(1)).await.expect("the request arrives");
    server.kill();
    let server = place.start().await;
    until_both_are(&server, &shop, "waiting").await;
    audit(&server, &shop, &name).await;
}

/// While it waits: at a read, which CM.com answered, or did not.
async fn killed_at_a_read(acts: bool) {
    let shop = Wholesaler::start(CmApi::default()).await;
    let place = place(&shop).await;
    let server = place.start().await;
    shop.faults(vec![None, hanging(acts)]);
    order_two(&server).await;
    timeout(WAIT_MAX, shop.wait_for(2)).await.expect("it is read");
    server.kill();
    let server = place.start().await;
    audit(&server, &shop, &format!("a read, {acts}")).await;
}

/// Between the report, which is acknowledged, and the answer to the read that follows.
async fn killed_after_a_report() {
    let shop = Wholesaler::start(CmApi::default()).await;
    let place = place(&shop).await;
    let server = place.start().await;
    order_two(&server).await;
    until_both_are(&server, &shop, "waiting").await;
    shop.api(|api| api.fill(0, &FILLED));
    shop.faults(vec![hanging(true); LOOKS_MAX]);
    let callback = shop
        .api(|api| api.requests[0]["callbackUrl"].as_str().map(str::to_owned))
        .unwrap();
    let (_, path) = callback.split_at(callback.find("/orders/").unwrap());
    let answer = server.client.post_gateway(path, &json!({"status": "Completed"})).await;
    assert_eq!(answer.0, 200);
    server.kill();
    shop.forget_faults();
    let server = place.start().await;
    audit(&server, &shop, "after a report").await;
}

#[tokio::test]
async fn rule_13_kill_9_while_a_request_waits_orders_nothing_twice_and_loses_nothing() {
    let ways = [(true, true), (false, true), (true, false)];
    join_all(ways.map(|(acts, names_ids)| killed_at_the_request(acts, names_ids))).await;
    join_all([true, false].map(killed_at_a_read)).await;
    killed_after_a_report().await;
}
