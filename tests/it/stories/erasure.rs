//! The admin erases the SMS of one number, or of one sender, at once.

use serde_json::{Value, json};

use crate::support::inbound::{part, plain};
use crate::support::{NUMBER, TestServer, minutes};

async fn erase(server: &TestServer, body: Value) -> Value {
    server.admin_post("/v1/messages/erase", body).await.ok().json()
}

/// Sender and text of all messages, the newest first.
async fn shown(server: &TestServer) -> Vec<(Value, Value)> {
    let listed = server.admin_list("/v1/messages").await;
    listed
        .iter()
        .map(|one| (one["from"].clone(), one["text"].clone()))
        .collect()
}

fn kept(text: &str) -> (Value, Value) {
    (json!("Service"), json!(text))
}

const BLANKED: (Value, Value) = (Value::Null, Value::Null);

#[tokio::test]
async fn the_messages_of_a_number_are_erased_unless_they_are_in_use() {
    let (server, gateway, rented) = TestServer::with_rentals(2, &[]).await;
    let [one, other] = [rented[0], rented[1]];
    server.sms(&gateway, one.number, "delivered").await;
    server.sms(&gateway, other.number, "of another number").await;
    server.tick().await;
    // Its operation is open.
    let number = one.number.to_string();
    let report = erase(&server, json!({ "number": number })).await;
    assert_eq!(report, json!({"erased": 0, "kept": 1}));
    server.sms(&gateway, one.number, "due").await;
    server.finish(one.id, 3, "320").await;
    server.finish(other.id, 3, "320").await;
    server.sms(&gateway, one.number, "of nobody").await;

    let written = format!("+{} {}", &number[..2], &number[2..]);
    let report = erase(&server, json!({ "number": written })).await;
    assert_eq!(report, json!({"erased": 2, "kept": 1}));
    let rest = [BLANKED, kept("due"), kept("of another number"), BLANKED];
    assert_eq!(shown(&server).await, rest);
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["delivered", "of another number", "due"]);
    let report = erase(&server, json!({ "number": number })).await;
    assert_eq!(report, json!({"erased": 1, "kept": 0}));
    let report = erase(&server, json!({ "number": number })).await;
    assert_eq!(report, json!({"erased": 0, "kept": 0}), "once");

    let audited =
        "audit WHERE actor = 'admin' AND kind = 'messages erased' AND number IS NULL AND operation_id IS NULL";
    let details = format!("{audited} AND detail IN ('messages of one number: 2', 'messages of one number: 1')");
    assert_eq!((server.count(audited).await, server.count(&details).await), (2, 2));
    // What is recognised by it is still recognised, and the rows are there.
    assert_eq!(server.count("messages WHERE fingerprint <> 0").await, 4);
    server.close().await;
}

#[tokio::test]
async fn the_messages_of_a_sender_are_erased_however_it_is_written() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    let senders = ["+46701112233", "46701112233", "0046701112233", "46701112234", "VK"];
    for sender in senders {
        let sms = leaseline::domain::sms::InboundSms {
            sender: sender.to_owned(),
            ..plain(NUMBER, sender)
        };
        server.deliver(&gateway, [sms]).await;
    }
    let report = erase(&server, json!({"sender": "46701112233"})).await;
    assert_eq!(report, json!({"erased": 3, "kept": 0}));
    let left: Vec<Value> = shown(&server).await.into_iter().map(|(from, _)| from).collect();
    assert_eq!(left[..2], [json!("VK"), json!("46701112234")]);
    assert!(left[2..].iter().all(Value::is_null));
    let report = erase(&server, json!({"sender": "VK"})).await;
    assert_eq!(report, json!({"erased": 1, "kept": 0}));
    server.close().await;
}

#[tokio::test]
async fn rule_8_parts_are_kept_for_the_minutes_in_which_they_may_be_repeated() {
    let (server, gateway, rented) = TestServer::with_rental(&[]).await;
    server.deliver(&gateway, [part(NUMBER, 2, 1, "half ")]).await;
    server.finish(rented.id, 3, "320").await;
    server.tick().await;
    server.deliver(&gateway, [part(NUMBER + 9, 2, 1, "waits")]).await;
    assert_eq!(server.count("message_parts").await, 2);
    let report = erase(&server, json!({"sender": "Service"})).await;
    assert_eq!(report, json!({"erased": 1, "kept": 2}));
    assert_eq!(server.count("message_parts").await, 2);
    server.tick_after(minutes(3)).await;
    let report = erase(&server, json!({"number": (NUMBER + 9).to_string()})).await;
    assert_eq!(report, json!({"erased": 1, "kept": 1}));
    server.tick_after(minutes(3)).await;
    server.tick_after(minutes(1)).await;
    assert_eq!(server.count("message_parts").await, 0);
    assert_eq!(shown(&server).await, [BLANKED, BLANKED]);
    server.close().await;
}

#[tokio::test]
async fn rule_12_many_messages_are_erased_in_many_transactions() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    let texts = (0..250).map(|index| plain(NUMBER, &format!("text {index}")));
    server.deliver(&gateway, texts).await;
    let report = erase(&server, json!({"number": NUMBER.to_string()})).await;
    assert_eq!(report, json!({"erased": 250, "kept": 0}));
    let audited = "audit WHERE detail IN ('messages of one number: 100', 'messages of one number: 50')";
    assert_eq!(server.count(audited).await, 3);
    assert_eq!(server.count("messages WHERE text <> '' OR sender <> ''").await, 0);
    server.close().await;
}

#[tokio::test]
async fn what_is_to_be_erased_has_to_be_clear() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    server.deliver(&gateway, [plain(NUMBER, "kept")]).await;
    let either = "either number or sender is needed, and not both";
    for (body, detail) in [
        (json!({}), either),
        (json!({"number": "46700000001", "sender": "Service"}), either),
        (
            json!({"number": "VK 46"}),
            "number must be the number that received the SMS, in digits (20 at most)",
        ),
        (json!({"number": null}), "number must be a string"),
        (json!({"sender": " "}), "sender must have 1 to 100 characters"),
        (
            json!({"numbers": "46700000001"}),
            "numbers is not a field of this request: expected `number` or `sender`",
        ),
    ] {
        let answer = server.admin_post("/v1/messages/erase", body.clone()).await;
        assert_eq!(answer.code(), 400, "{body}");
        assert_eq!(answer.json()["detail"], detail, "{body}");
    }
    assert_eq!(shown(&server).await, [(json!("Service"), json!("kept"))]);
    server.close().await;
}
