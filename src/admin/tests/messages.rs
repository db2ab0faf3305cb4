use std::time::Duration;

use super::*;
use crate::domain::delivery::{PushAnswer, PushRefusal};
use crate::flow::push_messages;

impl AdminServer {
    /// Pushes what is due, with that answer of Onlinesim; the watchdog is notified when an operation loses its only SMS.
    async fn push(&self, answer: &PushAnswer) -> usize {
        let flows = &self.app.flows;
        let capacity = push_messages::Capacity {
            free: 10,
            busy: &[],
            lease: Duration::from_secs(30),
        };
        let claims = flows.claim_deliveries(capacity).await.unwrap();
        let count = claims.len();
        let answered: Vec<_> = claims.into_iter().map(|claim| (claim, answer.clone())).collect();
        flows.record_pushes(&answered).await.unwrap();
        count
    }

    async fn operation_state(&self, id: i64) -> Value {
        self.get(&format!("/v1/operations/{id}")).await.expect(200)["state"].clone()
    }
}

#[tokio::test]
async fn a_message_reads_with_its_delivery() {
    let server = AdminServer::new().await;
    let token = server.gateway("bank1").await;
    server.import("number,gateway\n46701234567,bank1\n").await;
    server.sms(&token, "112", "a1").await;
    let (operation, number) = server.rent("sweden").await;
    server.sms(&token, &number, "a2").await;
    server.sms(&token, &number, "a3").await;
    let listed = server.get("/v1/messages?number=+46701234567&limit=1").await.expect(200);
    assert_eq!(
        listed["items"][0],
        json!({
            "id": 3, "gateway": "bank1", "number": "46701234567", "line": null, "from": "VK", "from_blanked_at": null,
            "text": "a text", "text_blanked_at": null, "sent_at": null, "received_at": "2026-11-20T22:00:00.000Z",
            "incomplete": false, "operation": operation, "unassigned_reason": null, "withheld": false,
            "delivery": { "state": "due", "attempts": 0, "due_at": null, "reason": null, "settled_at": null },
        })
    );
    assert_eq!(server.push(&PushAnswer::Accepted).await, 1);
    for (filter, ids) in [
        ("", vec![3, 2, 1]),
        ("delivery=due", vec![3]),
        ("delivery=delivered", vec![2]),
        ("delivery=parked", vec![]),
        ("delivery=none", vec![1]),
        ("number=46701234567", vec![3, 2]),
        ("number=46701234567&delivery=delivered", vec![2]),
        ("number=46701234567&delivery=none", vec![]),
        ("unassigned_reason=not_ours", vec![1]),
        ("unassigned_reason=not_ours&delivery=none", vec![1]),
        ("unassigned_reason=not_ours&delivery=due", vec![]),
        ("unassigned_reason=not_ours&number=46701234567", vec![]),
        ("unassigned_reason=too_many", vec![]),
    ] {
        let items = server.pages("/v1/messages", filter, 1).await;
        let found: Vec<i64> = items.iter().map(|item| item["id"].as_i64().unwrap()).collect();
        assert_eq!(found, ids, "{filter}");
        assert_eq!(server.pages("/v1/messages", filter, 100).await, items);
    }
    for (query, parameter) in [
        ("delivery=lost", "delivery"),
        ("number=x", "number"),
        ("unassigned_reason=x", "unassigned_reason"),
        ("withheld=yes", "withheld"),
    ] {
        let detail = server.get(&format!("/v1/messages?{query}")).await.problem(400);
        assert!(detail.starts_with(parameter), "{query}: {detail}");
    }
    server.audit().await;
}

#[tokio::test]
async fn rule_7_a_refused_message_is_sent_again_and_counts_again() {
    let server = AdminServer::new().await;
    let token = server.gateway("bank1").await;
    server.import("number,gateway\n46701234567,bank1\n").await;
    let (operation, number) = server.rent("sweden").await;
    server.sms(&token, &number, "a1").await;
    server.post("/v1/messages/1/resend", json!({})).await.problem(409);
    server.push(&PushAnswer::Refused(PushRefusal::BadService)).await;
    assert_eq!(server.operation_state(operation).await, "waiting");

    let resent = server.call("POST", "/v1/messages/1/resend", None).await.expect(200);
    assert_eq!(resent["delivery"]["state"], "due");
    assert_eq!(resent["delivery"]["due_at"], "2026-11-20T22:00:00.000Z");
    assert_eq!(server.operation_state(operation).await, "receiving");
    // A refusal of another kind takes nothing from the count, so sending again adds nothing.
    server.push(&PushAnswer::Refused(PushRefusal::NoOperation)).await;
    server.call("POST", "/v1/messages/1/resend", None).await.expect(200);
    assert_eq!(server.push(&PushAnswer::Accepted).await, 1);
    server.call("POST", "/v1/messages/1/resend", None).await.problem(409);
    let whole = server.get(&format!("/v1/operations/{operation}")).await.expect(200);
    assert_eq!(whole["messages"][0]["delivery"]["attempts"], 3);
    assert_eq!(
        (&whole["history"][1]["action"], &whole["history"][1]["detail"]),
        (&json!("sent again"), &json!("message 1"))
    );
    server.audit().await;
}

#[tokio::test]
async fn a_parked_message_is_sent_again_and_what_is_nobodys_is_not() {
    let server = AdminServer::new().await;
    let token = server.gateway("bank1").await;
    server.import("number,gateway\n46701234567,bank1\n").await;
    let (operation, number) = server.rent("sweden").await;
    server.sms(&token, &number, "a1").await;
    server.sms(&token, &number, "a2").await;
    server.finish(operation, "sold").await;
    let failed = PushAnswer::Failed("HTTP 500".to_owned());
    assert_eq!((server.push(&failed).await, server.push(&failed).await), (1, 1));
    assert_eq!(server.pages("/v1/messages", "delivery=parked", 5).await.len(), 2);
    // Sent again in any order, they stand in line in the order of their arrival.
    server.call("POST", "/v1/messages/2/resend", None).await.expect(200);
    server.call("POST", "/v1/messages/1/resend", None).await.expect(200);
    assert_eq!(
        (
            server.push(&PushAnswer::Accepted).await,
            server.push(&PushAnswer::Accepted).await
        ),
        (1, 1)
    );
    assert_eq!(server.pages("/v1/messages", "delivery=delivered", 5).await.len(), 2);

    server.sms(&token, &number, "a3").await;
    let detail = server.call("POST", "/v1/messages/3/resend", None).await.problem(409);
    assert!(detail.contains("no operation"), "{detail}");
    server.call("POST", "/v1/messages/4/resend", None).await.problem(404);
    server.call("POST", "/v1/messages/x/resend", None).await.problem(404);
    server.audit().await;
}
