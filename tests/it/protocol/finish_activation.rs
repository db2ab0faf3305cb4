use insta::assert_snapshot;

use super::{finish_activation, table};
use crate::support::{TestServer, same};

const PATH: &str = "/finishActivationRent";

#[tokio::test]
async fn finish_of_a_known_operation_can_be_repeated() {
    let server = TestServer::build().await;
    server.stocked(1).await;
    server.rent().await;
    let mut answers = Vec::new();
    for _ in 0..3 {
        let answer = server.post_text(PATH, finish_activation().json()).await;
        answers.push(((), answer));
    }
    assert_snapshot!(same(&answers), @r#"
    HTTP 200
    content-type: application/json; charset=utf-8

    {"status":"SUCCESS"}
    "#);
    assert_eq!(server.balance().await, "posted 870.00");
    server.close().await;
}

#[tokio::test]
async fn rule_5_an_unknown_operation_is_404_and_nothing_is_stored() {
    let server = TestServer::build().await;
    server.stocked(1).await;
    server.rent().await;
    let mut answers = Vec::new();
    for id in ["2", "9223372036854775807"] {
        let body = finish_activation().changed(&format!("activationId={id}")).json();
        answers.push((id, server.post_text(PATH, body).await));
    }
    assert_snapshot!(same(&answers), @r#"
    HTTP 404
    content-type: application/json; charset=utf-8

    {"status":"ERROR","error":"activationId is unknown: there is no such operation"}
    "#);
    assert_eq!(server.balance().await, "expected 320.00");
    assert_eq!(server.admin_list("/v1/operations").await.len(), 1);
    server.close().await;
}

#[tokio::test]
async fn each_wrong_field_is_named() {
    let server = TestServer::build().await;
    server.stocked(1).await;
    server.rent().await;
    let changes = [
        "no action",
        "action=\"GET_NUMBER\"",
        "action=7",
        "no key",
        "key=true",
        "no activationId",
        "activationId=null",
        "activationId=0",
        "activationId=-1",
        "activationId=\"1\"",
        "activationId=1.0",
        "activationId=1.5",
        "activationId=9223372036854775808",
        "activationId=[1]",
        "no status",
        "status=null",
        "status=\"3\"",
        "status=3.0",
        "status=2",
        "status=0",
        "status=6",
        "status=-3",
        "status=true",
        "no service",
        "service=\"vk\"",
        "service=3",
        "no sum",
        "sum=null",
        "sum=\"870\"",
        "sum=-870",
        "sum=1000000001",
        "sum={}",
    ];
    assert_snapshot!(table(&server, PATH, &finish_activation(), &changes).await, @r#"
    no action
      400 {"status":"ERROR","error":"action is missing"}
    action="GET_NUMBER"
      400 {"status":"ERROR","error":"action must be FINISH_ACTIVATION on this path"}
    action=7
      400 {"status":"ERROR","error":"action must be a string"}
    no key
      400 {"status":"ERROR","error":"key is missing"}
    key=true
      400 {"status":"ERROR","error":"key must be a string"}
    no activationId
      400 {"status":"ERROR","error":"activationId is missing"}
    activationId=null
      400 {"status":"ERROR","error":"activationId is missing"}
    activationId=0
      400 {"status":"ERROR","error":"activationId must be an integer of 1 or more"}
    activationId=-1
      400 {"status":"ERROR","error":"activationId must be an integer of 1 or more"}
    activationId="1"
      400 {"status":"ERROR","error":"activationId must be an integer of 1 or more"}
    activationId=1.0
      400 {"status":"ERROR","error":"activationId must be an integer of 1 or more"}
    activationId=1.5
      400 {"status":"ERROR","error":"activationId must be an integer of 1 or more"}
    activationId=9223372036854775808
      400 {"status":"ERROR","error":"activationId must be an integer of 1 or more"}
    activationId=[1]
      400 {"status":"ERROR","error":"activationId must be an integer of 1 or more"}
    no status
      400 {"status":"ERROR","error":"status is missing"}
    status=null
      400 {"status":"ERROR","error":"status is missing"}
    status="3"
      400 {"status":"ERROR","error":"status must be one of the integers 1, 3, 4 and 5"}
    status=3.0
      400 {"status":"ERROR","error":"status must be one of the integers 1, 3, 4 and 5"}
    status=2
      400 {"status":"ERROR","error":"status must be one of the integers 1, 3, 4 and 5"}
    status=0
      400 {"status":"ERROR","error":"status must be one of the integers 1, 3, 4 and 5"}
    status=6
      400 {"status":"ERROR","error":"status must be one of the integers 1, 3, 4 and 5"}
    status=-3
      400 {"status":"ERROR","error":"status must be one of the integers 1, 3, 4 and 5"}
    status=true
      400 {"status":"ERROR","error":"status must be one of the integers 1, 3, 4 and 5"}
    no service
      400 {"status":"ERROR","error":"service is missing"}
    service="vk"
      400 {"status":"ERROR","error":"service must be rent"}
    service=3
      400 {"status":"ERROR","error":"service must be a string"}
    no sum
      400 {"status":"ERROR","error":"sum is missing"}
    sum=null
      400 {"status":"ERROR","error":"sum is missing"}
    sum="870"
      400 {"status":"ERROR","error":"sum must be a number, not a string"}
    sum=-870
      400 {"status":"ERROR","error":"sum must not be negative"}
    sum=1000000001
      400 {"status":"ERROR","error":"sum must not be above 1000000000"}
    sum={}
      400 {"status":"ERROR","error":"sum must be a number of roubles such as 320 or 870.50"}
    "#);
    // None of them closed anything.
    assert_eq!(server.fate(1).await, "waiting");
    assert_eq!(server.balance().await, "expected 320.00");
    server.close().await;
}

#[tokio::test]
async fn the_sum_is_checked_only_where_it_is_credited() {
    let server = TestServer::build().await;
    server.stocked(3).await;
    let mut answers = Vec::new();
    for (id, status) in [(1, 1), (2, 4), (3, 5)] {
        server.rent().await;
        for sum in ["no sum", "sum=null", "sum=\"870\"", "sum=-870", "sum=1e99", "sum={}"] {
            let body = finish_activation()
                .changed(sum)
                .changed(&format!("activationId={id}"))
                .changed(&format!("status={status}"));
            answers.push((id, server.post_text(PATH, body.json()).await));
        }
    }
    assert_snapshot!(same(&answers), @r#"
    HTTP 200
    content-type: application/json; charset=utf-8

    {"status":"SUCCESS"}
    "#);
    assert_eq!(server.fate(1).await, "not_ordered");
    assert_eq!(server.fate(2).await, "cancelled");
    assert_eq!(server.fate(3).await, "refunded");
    assert_eq!(server.balance().await, "voided 960.00");
    server.close().await;
}
