//! The check at the end of a test is itself checked: it fails a test that has something to hide.

use serde_json::json;

use super::{House, Reply, seconds};

#[tokio::test]
#[should_panic(expected = "a test ends with house.close().await")]
async fn a_test_that_does_not_close_its_house_fails() {
    let _house = House::build().await;
}

#[tokio::test]
#[should_panic(expected = "work is still due")]
async fn a_test_that_leaves_work_undone_fails() {
    let house = House::build().await;
    let gateway = house.stocked(1).await;
    let rented = house.rent().await;
    house.sms(&gateway, rented.number, "code").await;
    house.close().await;
}

#[tokio::test]
#[should_panic(expected = "rule 6")]
async fn a_test_that_leaves_an_unbalanced_ledger_fails() {
    let house = House::build().await;
    house.stocked(1).await;
    house.rent().await;
    house
        .meddle("INSERT INTO ledger (operation_id, kind, kopecks, booked_at) VALUES (1, 'void', 1, 0)")
        .await;
    house.close().await;
}

#[tokio::test]
#[should_panic(expected = "rule 4")]
async fn a_test_in_which_the_promise_is_not_what_is_available_fails() {
    let house = House::build().await;
    house.stocked(2).await;
    house.meddle("UPDATE pools SET free = free + 1").await;
    house.close().await;
}

#[tokio::test]
#[should_panic(expected = "counters of pools are wrong")]
async fn a_test_with_a_wrong_counter_fails() {
    let house = House::build().await;
    house.stocked(2).await;
    house.meddle("UPDATE pools SET rented = rented + 1").await;
    house.close().await;
}

#[tokio::test]
async fn a_test_may_leave_work_undone_when_it_says_why() {
    let house = House::build().await;
    let gateway = house.stocked(1).await;
    let rented = house.rent().await;
    house.onlinesim.always_answers(Reply::new(500, ""));
    let sms = json!({"from": "S", "to": rented.number, "text": "code"});
    house.sms_answer(&gateway.token, sms).await.ok();
    house.tick().await;
    house.tick_after(seconds(10)).await;
    house.close_with_due_work("Onlinesim takes nothing").await;
}
