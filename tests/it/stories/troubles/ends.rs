//! What ends a trouble, and what does not.

use super::*;
use crate::support::handover::{plain, with_id};

#[tokio::test]
async fn pushes_that_failed_before_a_restart_fail_until_one_succeeds() {
    let mut house = house().await;
    let gateway = house.stocked(2).await;
    let rented = house.rent().await;
    house.onlinesim.always_answers(Reply::new(500, ""));
    house.sms(&gateway, rented.number, "code").await;
    house.tick().await;
    house.watch().await;
    house.restart().await;
    house.watch().await;
    let open = look_after(&house, minutes(6)).await;
    assert!(open.contains(&"pushes_failing - - 1".to_owned()), "{open:?}");
    house.onlinesim.always_answers(Reply::status("SUCCESS"));
    house.tick().await;
    house.watch().await;
    assert_eq!(look_after(&house, minutes(5)).await, Vec::<String>::new());
    house.close().await;
}

#[tokio::test]
async fn a_gateway_without_numbers_and_one_that_is_deleted_have_no_troubles() {
    let house = house().await;
    let gateway = house.gateway_with("bank", json!({"heartbeat_timeout": "5m"})).await;
    let other = house.gateway("other").await;
    house.import(&gateway, "sweden", "telia", [46_700_000_001]).await;
    let offline = ["gateway_offline bank - 1", "out_of_stock - sweden 1"];
    assert_eq!(look_after(&house, minutes(5)).await, offline);
    let row = json!([{"number": "46700000001", "country": "sweden", "operator": "telia", "gateway": other.name}]);
    house.admin_post("/v1/numbers", row).await.ok();
    house.watch().await;
    assert_eq!(look_after(&house, minutes(1)).await, Vec::<String>::new());
    // What it did is counted, and it is deleted before the next look.
    let same_id = ["one", "two"].map(|text| with_id("1", plain(46_700_000_001, text)));
    house.hand_over(&gateway, same_id).await;
    house.admin(Method::DELETE, "/v1/gateways/bank", None).await;
    house.watch().await;
    assert_eq!(open(&house).await, Vec::<String>::new());
    house.close().await;
}
