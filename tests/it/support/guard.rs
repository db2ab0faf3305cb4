//! The check at the end of a test is itself checked: it fails a test that leaves something undone or wrong.

use serde_json::json;

use super::{Reply, TestServer, seconds};

#[tokio::test]
#[should_panic(expected = "a test ends with server.close().await")]
async fn a_test_that_does_not_close_its_server_fails() {
    let _server = TestServer::build().await;
}

#[tokio::test]
#[should_panic(expected = "work is still due")]
async fn a_test_that_leaves_work_undone_fails() {
    let (server, gateway, rented) = TestServer::with_rental(&[]).await;
    server.sms(&gateway, rented.number, "code").await;
    server.close().await;
}

#[tokio::test]
#[should_panic(expected = "rule 6")]
async fn a_test_that_leaves_an_unbalanced_ledger_fails() {
    let server = TestServer::build().await;
    server.stocked(1).await;
    server.rent().await;
    server
        .execute_sql("INSERT INTO ledger (operation_id, kind, kopecks, booked_at) VALUES (1, 'void', 1, 0)")
        .await;
    server.close().await;
}

#[tokio::test]
#[should_panic(expected = "rule 4")]
async fn a_test_in_which_the_promise_is_not_what_is_available_fails() {
    let server = TestServer::build().await;
    server.stocked(2).await;
    server.execute_sql("UPDATE pools SET free = free + 1").await;
    server.close().await;
}

#[tokio::test]
#[should_panic(expected = "counters of pools are wrong")]
async fn a_test_with_a_wrong_counter_fails() {
    let server = TestServer::build().await;
    server.stocked(2).await;
    server.execute_sql("UPDATE pools SET rented = rented + 1").await;
    server.close().await;
}

#[tokio::test]
async fn a_test_may_leave_work_undone_for_a_reason() {
    let (server, gateway, rented) = TestServer::with_rental(&[]).await;
    server.onlinesim.always_answers(Reply::new(500, ""));
    let sms = json!({"from": "S", "to": rented.number, "text": "code"});
    server.sms_answer(&gateway.token, sms).await.ok();
    server.tick().await;
    server.tick_after(seconds(10)).await;
    server.close_with_due_work("Onlinesim takes nothing").await;
}
