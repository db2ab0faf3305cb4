//! Numbers that are ours already, killed while their SMS are set up.

use futures_util::future::join_all;
use serde_json::json;
use tokio::time::timeout;

use super::super::process::WAIT_MAX;
use super::{AT_ONCE, filled, hanging, place, states};
use crate::support::suppliers::carrierx::{CarrierXApi, did};
use crate::support::suppliers::{Wholesaler, WholesalerControl as _};

const NUMBERS: [&str; 2] = ["15005550001", "15005550002"];
/// The list, once for the comparison at the start and once for the adoption.
const LISTS: usize = 2;
/// For each number its address, messaging as it is, switched on, and read again.
const CALLS: usize = LISTS + 2 * 4;

/// Adopts two numbers, kills the server at that call, and starts it again.
async fn killed_at(call: usize, acts: bool) {
    let shop = Wholesaler::start(CarrierXApi::default()).await;
    let rented = NUMBERS.map(|number| {
        let mut did = did(number, number, "USA", 7, "assigned");
        did["messaging"] = json!("disabled");
        did
    });
    shop.api(|api| api.rented = rented.into());
    let place = place(&shop).await;
    let server = place.start().await;
    timeout(WAIT_MAX, shop.wait_for(1)).await.expect("the list is compared");
    let mut faults = vec![None; call - LISTS];
    faults.push(hanging(acts));
    shop.faults(faults);
    let adopt = json!({ "numbers": NUMBERS });
    server.client.admin_post("/v1/suppliers/carrierx/adopt", &adopt).await;
    timeout(WAIT_MAX, shop.wait_for(call)).await.expect("the call arrives");
    server.kill();
    let server = place.start().await;
    let order = filled(&server, &shop).await;
    assert_eq!(states(&order), ["stocked", "stocked"], "call {call}, {acts}: {order}");
    let dids = shop.api(|api| api.rented.clone());
    assert_eq!(dids.len(), 2, "call {call}, {acts}");
    for did in dids {
        let url = did["callback_url"].as_str().unwrap_or_default();
        assert!(
            url.starts_with("https://numbers.example.org/in/"),
            "call {call}, {acts}: {did}"
        );
        assert_eq!(did["active_capabilities"], 7, "call {call}, {acts}: {did}");
    }
    assert!(shop.sold().is_empty(), "call {call}, {acts}: nothing is bought");
    assert_eq!(server.client.list("/v1/numbers").await.len(), 2, "call {call}, {acts}");
    let costs = server.client.list("/v1/costs").await;
    let monthly = costs.iter().filter(|cost| cost["kind"] == "monthly").count();
    assert_eq!(monthly, 2, "call {call}, {acts}: {costs:?}");
}

#[tokio::test]
async fn rule_13_kill_9_while_adopted_numbers_are_wired_loses_none_of_them() {
    let calls: Vec<usize> = (LISTS + 1..=CALLS).collect();
    for acts in [true, false] {
        for some in calls.chunks(AT_ONCE) {
            join_all(some.iter().map(|call| killed_at(*call, acts))).await;
        }
    }
}
