//! PUSH_SMS out: what Onlinesim gets to see.

use insta::assert_snapshot;

use crate::support::{KEY, TestServer};

async fn pushed(server: &TestServer) -> crate::support::onlinesim::Push {
    let gateway = server.stocked(2).await;
    server.rent().await;
    let rented = server.rent().await;
    server.sms(&gateway, rented.number, "Ваш код\n\"4711\" ✓").await;
    server.tick().await;
    let mut pushes = server.onlinesim.pushes();
    assert_eq!(pushes.len(), 1);
    pushes.remove(0)
}

#[tokio::test]
async fn the_request_is_as_documented() {
    let server = TestServer::build().await;
    let push = pushed(&server).await;
    assert_eq!(push.path, "POST /api/pushSmsRent");
    assert_snapshot!(push.raw, @r#"{"action":"PUSH_SMS","key":"key-of-onlinesim","smsId":2,"phone":"46700000002","phoneFrom":"Service","text":"Ваш код\n\"4711\" ✓","service":"rent"}"#);
    assert_eq!(push.headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(push.headers["content-type"], "application/json; charset=utf-8");
    let agent = push.headers["user-agent"].to_str().unwrap();
    assert!(agent.starts_with("leaseline/"), "{agent}");
    assert!(push.headers["accept-encoding"].to_str().unwrap().contains("gzip"));
    server.close().await;
}

#[tokio::test]
async fn the_path_is_a_setting() {
    let server = TestServer::with(&[("PUSH__PATH", "/v1/PUSH_SMS_RENT")]).await;
    assert_eq!(pushed(&server).await.path, "POST /api/v1/PUSH_SMS_RENT");
    server.close().await;
}

#[tokio::test]
async fn settings_switch_the_id_and_the_phone() {
    let server = TestServer::with(&[("PUSH__SMS_ID", "message"), ("PUSH__PHONE", "integer")]).await;
    let push = pushed(&server).await;
    assert_eq!(push.body["smsId"], 1, "the message's id, not the operation's");
    assert_eq!(push.body["phone"].as_u64(), Some(46_700_000_002));
    server.close().await;
}
