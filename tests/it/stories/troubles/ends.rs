//! What ends a trouble, and what does not.

use super::*;
use crate::support::inbound::{plain, with_id};

#[tokio::test]
async fn pushes_that_failed_before_a_restart_fail_until_one_succeeds() {
    let mut server = server().await;
    let gateway = server.stocked(2).await;
    let rented = server.rent().await;
    server.onlinesim.always_answers(Reply::new(500, ""));
    server.sms(&gateway, rented.number, "code").await;
    server.tick().await;
    server.watch().await;
    server.restart().await;
    server.watch().await;
    let open = look_after(&server, minutes(6)).await;
    assert!(open.contains(&"pushes_failing - - 1".to_owned()), "{open:?}");
    server.onlinesim.always_answers(Reply::status("SUCCESS"));
    server.tick().await;
    server.watch().await;
    assert_eq!(look_after(&server, minutes(5)).await, Vec::<String>::new());
    server.close().await;
}

#[tokio::test]
async fn a_gateway_without_numbers_and_one_that_is_deleted_have_no_troubles() {
    let server = server().await;
    let gateway = server.gateway_with("bank", json!({"heartbeat_timeout": "5m"})).await;
    let other = server.gateway("other").await;
    server.import(&gateway, "sweden", "telia", [46_700_000_001]).await;
    let offline = ["gateway_offline bank - 1", "out_of_stock - sweden 1"];
    assert_eq!(look_after(&server, minutes(5)).await, offline);
    let row = json!([{"number": "46700000001", "country": "sweden", "operator": "telia", "gateway": other.name}]);
    server.admin_post("/v1/numbers", row).await.ok();
    server.watch().await;
    assert_eq!(look_after(&server, minutes(1)).await, Vec::<String>::new());
    // What it did is counted, and it is deleted before the next look.
    let same_id = ["one", "two"].map(|text| with_id("1", plain(46_700_000_001, text)));
    server.deliver(&gateway, same_id).await;
    server.admin(Method::DELETE, "/v1/gateways/bank", None).await;
    server.watch().await;
    assert_eq!(open(&server).await, Vec::<String>::new());
    server.close().await;
}
