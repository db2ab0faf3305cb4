//! An SMS comes in: rules 7 (durable, once) and 8 (whose it is).

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{NUMBER, Reply, TestServer, minutes, seconds};

/// All messages, each with its operation.
async fn messages(server: &TestServer) -> Vec<(String, Value)> {
    let list = server.admin_list("/v1/messages").await;
    list.iter()
        .map(|message| {
            (
                message["text"].as_str().unwrap().to_owned(),
                message["operation"].clone(),
            )
        })
        .collect()
}

#[tokio::test]
async fn rule_8_an_sms_belongs_to_the_operation_that_is_open_on_its_number() {
    let server = TestServer::build().await;
    let gateway = server.stocked(2).await;
    let first = server.rent().await;
    let second = server.rent().await;
    server.sms(&gateway, second.number, "for the second").await;
    server.sms(&gateway, first.number, "for the first").await;
    server.tick().await;
    let pushed: Vec<(Value, Value)> = server
        .onlinesim
        .pushes()
        .into_iter()
        .map(|push| (push.body["text"].clone(), push.body["smsId"].clone()))
        .collect();
    assert!(
        pushed.contains(&(json!("for the first"), json!(first.id))),
        "{pushed:?}"
    );
    assert!(
        pushed.contains(&(json!("for the second"), json!(second.id))),
        "{pushed:?}"
    );
    assert_eq!(pushed.len(), 2);
    server.close().await;
}

/// A clock that is set back makes the opening lie in the future; the renter has the number all the same.
#[tokio::test]
async fn rule_8_a_clock_that_is_set_back_takes_no_sms_from_its_renter() {
    let (server, gateway, rented) = TestServer::with_rental(&[]).await;
    let half_an_hour_ago = server.clock.now().minus(minutes(30));
    server.clock.set(half_an_hour_ago);
    server.sms(&gateway, rented.number, "code").await;
    assert_eq!(messages(&server).await, [("code".to_owned(), json!(rented.id))]);
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["code"]);
    server.close().await;
}

#[tokio::test]
async fn rule_8_an_sms_after_the_end_does_not_reach_the_next_renter() {
    let (server, gateway, first) = TestServer::with_rental(&[]).await;
    server.finish(first.id, 3, "320").await;
    server.sms(&gateway, NUMBER, "late").await;
    let second = server.rent().await;
    assert_eq!(second.number, first.number);
    server.tick_after(minutes(1)).await;
    assert!(server.onlinesim.pushes().is_empty());
    assert_eq!(server.fate(second.id).await, "waiting");
    assert_eq!(messages(&server).await, [("late".to_owned(), Value::Null)]);
    server.close().await;
}

#[tokio::test]
async fn rule_8_what_could_not_be_pushed_in_time_stays_with_its_own_renter() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    server.onlinesim.answers([Reply::new(500, "")]);
    let first = server.rent().await;
    server.sms(&gateway, NUMBER, "first").await;
    server.tick().await;
    server.finish(first.id, 3, "320").await;
    let second = server.rent().await;
    server.sms(&gateway, NUMBER, "second").await;
    server.tick_after(seconds(10)).await;
    let ids: Vec<(String, Value)> = server
        .onlinesim
        .pushes()
        .iter()
        .map(|push| (push.text().to_owned(), push.body["smsId"].clone()))
        .collect();
    for (text, id) in &ids {
        let owner = if text == "first" { first.id } else { second.id };
        assert_eq!(*id, json!(owner), "{ids:?}");
    }
    server.close().await;
}

#[tokio::test]
async fn rule_8_an_sms_without_a_rental_is_kept_unassigned() {
    let (server, gateway, rented) = TestServer::with_rental(&[]).await;
    server.finish(rented.id, 4, "0").await;
    // Not rented; not ours; no whole number; a short code.
    for to in ["46700000001", "4915100000001", "0701234567", "1234"] {
        let sms = json!({"from": "S", "to": to, "text": to});
        assert_eq!(server.sms_answer(&gateway.token, sms).await.code(), 200, "{to}");
    }
    server.tick().await;
    assert!(server.onlinesim.pushes().is_empty());
    let kept = messages(&server).await;
    assert_eq!(kept.len(), 4);
    assert!(kept.iter().all(|(_, operation)| operation.is_null()), "{kept:?}");
    server.close().await;
}

#[tokio::test]
async fn rule_8_the_receiver_is_compared_by_its_digits() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    server.rent().await;
    for to in [
        json!("46700000001"),
        json!("+46700000001"),
        json!(" +46 (70) 000-00-01 "),
        json!(NUMBER),
        json!("tel:+46-70-000-0001"),
    ] {
        let sms = json!({"from": "S", "to": to, "text": to.to_string()});
        assert_eq!(server.sms_answer(&gateway.token, sms).await.code(), 200, "{to}");
    }
    server.tick().await;
    assert_eq!(server.onlinesim.pushes().len(), 5);
    server.close().await;
}

#[tokio::test]
async fn rule_7_the_same_sms_again_is_stored_once() {
    let mut server = TestServer::with(&[("GATEWAY__STRICT", "false")]).await;
    let gateway = server.stocked(1).await;
    let other = server.gateway("other").await;
    let rented = server.rent().await;
    let sms = |id: Value, text: &str| json!({"id": id, "from": "S", "to": NUMBER, "text": text});
    // At the same instant, later, after a restart, after the end.
    let crowd = (0..20).map(|_| server.sms_answer(&gateway.token, sms(json!("a-1"), "one")));
    assert!(join_all(crowd).await.iter().all(|answer| answer.code() == 200));
    server.sms_answer(&gateway.token, sms(json!("a-1"), "one")).await.ok();
    server.tick().await;
    server.restart().await;
    server.sms_answer(&gateway.token, sms(json!("a-1"), "one")).await.ok();
    server.finish(rented.id, 3, "320").await;
    server.sms_answer(&gateway.token, sms(json!("a-1"), "one")).await.ok();
    assert_eq!(messages(&server).await.len(), 1);

    // An id counts within its gateway; an integer is its digits; without an id another text is another message.
    let second = server.rent().await;
    server.sms_answer(&other.token, sms(json!("a-1"), "two")).await.ok();
    server.sms_answer(&gateway.token, sms(Value::Null, "three")).await.ok();
    server.sms_answer(&gateway.token, sms(Value::Null, "Three")).await.ok();
    server.sms_answer(&gateway.token, sms(json!(7), "four")).await.ok();
    server.sms_answer(&gateway.token, sms(json!("7"), "four")).await.ok();
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["one", "two", "three", "Three", "four"]);
    assert_eq!(
        server.operation(second.id).await["messages"]
            .as_array()
            .map_or(4, Vec::len),
        4
    );
    server.close().await;
}

/// What the gateway calls them does not make two messages one.
#[tokio::test]
async fn rule_7_the_same_id_with_another_content_is_another_message() {
    let mut server = TestServer::build().await;
    let gateway = server.stocked(2).await;
    let (first, second) = (server.rent().await.number, server.rent().await.number);
    let sms = |to: u64, from: &str, text: &str| json!({"id": "1", "from": from, "to": to, "text": text});
    let all = [
        sms(first, "VK", "one"),
        sms(first, "VK", "two"),
        sms(first, "Vk", "two"),
        sms(second, "VK", "two"),
    ];
    // At the same instant, and again, also after a restart.
    let crowd = all.iter().map(|sms| server.sms_answer(&gateway.token, sms.clone()));
    assert!(join_all(crowd).await.iter().all(|answer| answer.code() == 200));
    server.sms_answer(&gateway.token, all[1].clone()).await.ok();
    server.restart().await;
    for one in &all {
        server.sms_answer(&gateway.token, one.clone()).await.ok();
    }
    server.sms_answer(&gateway.token, sms(second, "VK", "three")).await.ok();
    assert_eq!(messages(&server).await.len(), 5);
    server.tick().await;
    assert_eq!(server.onlinesim.pushes().len(), 5);
    let listed = server.admin_list("/v1/gateways").await;
    assert_eq!(
        (&listed[0]["repetitions"], &listed[0]["reused_ids"]),
        (&json!(5), &json!(4))
    );
    server.watch().await;
    let open = server.admin_list("/v1/troubles?state=open").await;
    let differs = open.iter().find(|one| one["kind"] == "repetition_differs").unwrap();
    assert_eq!((&differs["gateway"], &differs["count"]), (&json!("bank"), &json!(1)));
    server.close().await;
}

#[tokio::test]
async fn rule_7_a_message_that_was_accepted_survives_a_restart() {
    let mut server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    server.rent().await;
    server.sms(&gateway, NUMBER, "code").await;
    server.restart().await;
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["code"]);
    server.close().await;
}
