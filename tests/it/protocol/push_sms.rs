//! PUSH_SMS out: what Onlinesim gets to see.

use insta::assert_snapshot;

use crate::support::{House, KEY};

async fn pushed(house: &House) -> crate::support::onlinesim::Push {
    let gateway = house.stocked(2).await;
    house.rent().await;
    let rented = house.rent().await;
    house.sms(&gateway, rented.number, "Ваш код\n\"4711\" ✓").await;
    house.tick().await;
    let mut pushes = house.onlinesim.pushes();
    assert_eq!(pushes.len(), 1);
    pushes.remove(0)
}

#[tokio::test]
async fn the_request_is_as_the_page_says() {
    let house = House::build().await;
    let push = pushed(&house).await;
    assert_eq!(push.path, "POST /api/pushSmsRent");
    assert_snapshot!(push.raw, @r#"{"action":"PUSH_SMS","key":"key-of-onlinesim","smsId":2,"phone":"46700000002","phoneFrom":"Service","text":"Ваш код\n\"4711\" ✓","service":"rent"}"#);
    assert_eq!(push.headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(push.headers["content-type"], "application/json; charset=utf-8");
    let agent = push.headers["user-agent"].to_str().unwrap();
    assert!(agent.starts_with("leaseline/"), "{agent}");
    assert!(push.headers["accept-encoding"].to_str().unwrap().contains("gzip"));
    house.close().await;
}

#[tokio::test]
async fn the_path_is_a_setting() {
    let house = House::with(&[("PUSH__PATH", "/v1/PUSH_SMS_RENT")]).await;
    assert_eq!(pushed(&house).await.path, "POST /api/v1/PUSH_SMS_RENT");
    house.close().await;
}

#[tokio::test]
async fn settings_switch_the_id_and_the_phone() {
    let house = House::with(&[("PUSH__SMS_ID", "message"), ("PUSH__PHONE", "integer")]).await;
    let push = pushed(&house).await;
    assert_eq!(push.body["smsId"], 1, "the message's id, not the operation's");
    assert_eq!(push.body["phone"].as_u64(), Some(46_700_000_002));
    house.close().await;
}
