//! The server is killed at each call to a wholesaler, before or after it was carried out. Judged by the wholesaler's own books
//! (rules 13 and 14). Requests that people fill, and numbers that are adopted, are in `purchases/`.

mod adopted;
mod requested;

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::process::{Place, Server, WAIT_MAX};
use crate::support::suppliers::carrierx::{CarrierXApi, TOKEN};
use crate::support::suppliers::{Fault, Trouble, Wholesaler, WholesalerControl as _};

/// A search, two purchases, and at least three calls for the SMS of each number.
const CALLS: usize = 9;
/// So many servers run at a time.
const AT_ONCE: usize = 3;
/// How often the order is looked at before the test gives up.
const LOOKS_MAX: usize = 400;

/// A place whose servers buy from wholesalers.
async fn place_with(account: &[(&'static str, &str)]) -> Place {
    let all = [
        ("LEASELINE_ONLINESIM__PUBLIC_URL", "https://numbers.example.org"),
        ("LEASELINE_SUPPLIERS__WEBHOOK_SECRET", "webhook-of-the-test-0123"),
        ("LEASELINE_SUPPLIERS__POLL", "1s"),
    ];
    Place::with(&[&all, account].concat()).await
}

/// One whose servers buy from that CarrierX.
async fn place(shop: &Wholesaler<CarrierXApi>) -> Place {
    let url = format!("{}/core/v2", shop.url());
    place_with(&[
        ("LEASELINE_CARRIERX__URL", &url),
        ("LEASELINE_CARRIERX__TOKEN", TOKEN),
        ("LEASELINE_CARRIERX__BUDGET_PER_DAY", "1.40"),
    ])
    .await
}

/// The answer to the next call never comes.
fn hanging(acts: bool) -> Option<Fault> {
    let trouble = Trouble::Hangs;
    Some(Fault { acts, trouble })
}

fn states(order: &Value) -> Vec<&str> {
    let lines = order["lines"].as_array().unwrap().iter();
    lines.map(|line| line["state"].as_str().unwrap()).collect()
}

/// Orders two numbers, kills the server at that call, and starts it again; the order has to be filled all the same.
async fn killed_at(call: usize, acts: bool) {
    let shop = Wholesaler::start(CarrierXApi::default()).await;
    let place = place(&shop).await;
    let server = place.start().await;
    let mut faults = vec![None; call - 1];
    faults.push(hanging(acts));
    shop.faults(faults);
    let order = json!({"supplier": "carrierx", "country": "united states", "prefix": "1516", "quantity": 2,
                       "max_monthly": "0.65", "operator": "cx"});
    server.client.admin_post("/v1/orders", &order).await;
    timeout(WAIT_MAX, shop.wait_for(call)).await.expect("the call arrives");
    server.kill();
    let server = place.start().await;
    let order = filled(&server, &shop).await;
    assert_eq!(states(&order), ["stocked", "stocked"], "call {call}, {acts}: {order}");
    let mut sold = shop.sold();
    sold.sort();
    assert_eq!(sold, ["15162065571", "15162065572"], "call {call}, {acts}");
    let numbers = server.client.list("/v1/numbers").await;
    assert_eq!(numbers.len(), 2, "call {call}, {acts}: {numbers:?}");
}

/// Looks at the order as often as calls arrive, until nothing is open.
async fn filled(server: &Server, shop: &Wholesaler<CarrierXApi>) -> Value {
    let mut order = Value::Null;
    for _ in 0..LOOKS_MAX {
        let calls = shop.calls().len();
        shop.api(|api| api.finish_messaging("enabled"));
        order = server.client.admin_get("/v1/orders/1").await;
        if order["state"] != "open" {
            break;
        }
        let _more = timeout(Duration::from_millis(250), shop.wait_for(calls + 1)).await;
    }
    order
}

#[tokio::test]
async fn rule_13_kill_9_at_each_call_to_a_wholesaler_buys_nothing_twice() {
    let calls: Vec<usize> = (1..=CALLS).collect();
    for acts in [true, false] {
        for some in calls.chunks(AT_ONCE) {
            join_all(some.iter().map(|call| killed_at(*call, acts))).await;
        }
    }
}

#[tokio::test]
async fn rule_16_kill_9_at_a_give_back_gives_back_once_it_is_confirmed() {
    for acts in [true, false] {
        let shop = Wholesaler::start(CarrierXApi::default()).await;
        let place = place(&shop).await;
        let server = place.start().await;
        let order =
            json!({"supplier": "carrierx", "numbers": ["15162065571"], "max_monthly": "0.65", "operator": "cx"});
        server.client.admin_post("/v1/orders", &order).await;
        filled(&server, &shop).await;
        shop.faults(vec![hanging(acts)]);
        let calls = shop.calls().len();
        let path = "/v1/numbers/15162065571";
        let reason = json!({"reason": "too dear"});
        server.client.admin_post(&format!("{path}/give-back"), &reason).await;
        timeout(WAIT_MAX, shop.wait_for(calls + 1))
            .await
            .expect("the call arrives");
        assert_eq!(server.client.admin_get(path).await["hold"], "giving_back");
        server.kill();
        let server = place.start().await;
        for _ in 0..LOOKS_MAX {
            let calls = shop.calls().len();
            if server.client.admin_get(path).await["state"] == "given_back" {
                break;
            }
            let _more = timeout(Duration::from_millis(250), shop.wait_for(calls + 1)).await;
        }
        assert_eq!(server.client.admin_get(path).await["state"], "given_back", "{acts}");
        assert!(shop.api(|api| api.rented.is_empty()), "{acts}");
    }
}
