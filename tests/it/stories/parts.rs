//! Concatenated SMS: rules 7 (nothing is lost), 8 (whose they are) and 12 (nothing waits for ever).

use futures_util::FutureExt as _;
use leaseline::flow::accept_sms::Accepted::{Assigned, Duplicate, Waiting};
use leaseline::worker::Worker as _;
use serde_json::{Value, json};

use crate::support::inbound::{of_three, part, plain, with_id};
use crate::support::{MILLISECOND, NUMBER, TestServer, minutes, seconds};

/// The text and the operation of each message, the newest first.
async fn stored(server: &TestServer) -> Vec<(String, Value, bool)> {
    let list = server.admin_list("/v1/messages").await;
    let one = |message: &Value| {
        let text = message["text"].as_str().unwrap().to_owned();
        (
            text,
            message["operation"].clone(),
            message["incomplete"].as_bool().unwrap(),
        )
    };
    list.iter().map(one).collect()
}

/// How many rows three tables hold: concatenated SMS, parts, ids of parts.
async fn remembered(server: &TestServer) -> [i64; 3] {
    let counts = ["concatenated_messages", "message_parts", "part_ids"].map(|table| server.count(table));
    let [long, parts, ids] = counts;
    [long.await, parts.await, ids.await]
}

#[tokio::test]
async fn rule_7_parts_in_any_order_are_one_message_whatever_happens_in_between() {
    for order in [[1, 2, 3], [3, 1, 2], [2, 3, 1]] {
        let (mut server, gateway, rented) = TestServer::with_rental(&[]).await;
        for sequence in &order[..2] {
            assert_eq!(server.deliver(&gateway, [of_three(NUMBER, *sequence)]).await, [Waiting]);
            server.restart().await;
            server.tick_after(seconds(10)).await;
        }
        assert!(stored(&server).await.is_empty());
        assert_eq!(server.fate(rented.id).await, "waiting");
        let last = server.deliver(&gateway, [of_three(NUMBER, order[2])]).await;
        assert!(matches!(last[..], [Assigned(_)]), "{last:?}");
        server.restart().await;
        server.tick().await;
        assert_eq!(server.onlinesim.texts(), ["Your code is 4821"], "{order:?}");
        assert_eq!(
            stored(&server).await,
            [("Your code is 4821".to_owned(), json!(rented.id), false)]
        );
        let message = server.admin_list("/v1/messages").await[0].clone();
        assert_eq!(
            message["received_at"], "2026-11-20T12:00:00.000Z",
            "when its first part came"
        );
        server.close().await;
    }
}

#[tokio::test]
async fn rule_12_what_came_is_passed_on_with_a_mark_when_the_rest_does_not_come() {
    let (mut server, gateway, rented) = TestServer::with_rental(&[]).await;
    server.deliver(&gateway, [of_three(NUMBER, 3)]).await;
    server.advance(minutes(1));
    server.deliver(&gateway, [of_three(NUMBER, 1)]).await;
    server.restart().await;
    server.tick_after(minutes(2) - MILLISECOND).await;
    assert!(stored(&server).await.is_empty(), "it waits from its first part on");
    server.tick_after(MILLISECOND).await;
    assert_eq!(server.onlinesim.texts(), ["Your code […]21"]);
    let text = "Your code […]21".to_owned();
    assert_eq!(stored(&server).await, [(text, json!(rented.id), true)]);
    server.close().await;
}

/// The worker is woken by a part that waits, and sleeps until the first has waited long enough.
#[tokio::test]
async fn rule_12_the_worker_knows_when_it_is_wanted() {
    let (server, gateway, _) = TestServer::with_rental(&[]).await;
    let worker = std::sync::Arc::clone(&server.app().parts);
    let wakes = || server.app().wakeups.parts.notified().now_or_never().is_some();
    assert_eq!(worker.pass().await.unwrap(), Some(minutes(1)));
    server.advance(minutes(1));
    server.deliver(&gateway, [plain(NUMBER, "whole")]).await;
    assert!(!wakes(), "a message that is whole wakes nobody");
    server.deliver(&gateway, [of_three(NUMBER, 1)]).await;
    assert!(wakes());
    server.advance(minutes(2) + seconds(20));
    assert_eq!(worker.pass().await.unwrap(), Some(seconds(40)));
    // A clock that is put back far makes it wait no longer.
    server.clock.set(server.clock.now().minus(minutes(60)));
    worker.pass().await.unwrap();
    server.tick_after(minutes(1)).await;
    assert_eq!(server.onlinesim.texts(), ["whole", "Your code […]"]);
    server.close().await;
}

#[tokio::test]
async fn rule_8_a_concatenated_sms_is_of_the_renter_who_had_the_number_when_it_began() {
    let (server, gateway, first) = TestServer::with_rental(&[]).await;
    server.deliver(&gateway, [of_three(NUMBER, 1)]).await;
    server.finish(first.id, 3, "320").await;
    let second = server.rent().await;
    assert_eq!(second.number, first.number);
    let rest = [of_three(NUMBER, 2), of_three(NUMBER, 3)];
    assert_eq!(server.deliver(&gateway, rest).await, [Waiting, Waiting]);
    server.tick_after(minutes(3)).await;
    assert_eq!(server.fate(second.id).await, "waiting");
    let expected = [
        ("[…]is 4821".to_owned(), Value::Null, true),
        ("Your code […]".to_owned(), json!(first.id), true),
    ];
    assert_eq!(stored(&server).await, expected);
    server.close().await;
}

#[tokio::test]
async fn rule_8_a_part_that_comes_too_late_is_still_of_its_renter() {
    let (server, gateway, rented) = TestServer::with_rental(&[]).await;
    server
        .deliver(&gateway, [of_three(NUMBER, 1), of_three(NUMBER, 2)])
        .await;
    server.tick_after(minutes(3)).await;
    assert_eq!(server.deliver(&gateway, [of_three(NUMBER, 3)]).await, [Waiting]);
    server.tick_after(minutes(3)).await;
    assert_eq!(server.onlinesim.texts(), ["Your code is 48[…]", "[…]21"]);
    assert!(
        stored(&server)
            .await
            .iter()
            .all(|one| one.1 == json!(rented.id) && one.2)
    );
    server.close().await;
}

/// A part is an SMS, too: the watchdog does not end the rental for silence, the renter gets what came.
#[tokio::test]
async fn rule_5_a_rental_that_received_a_part_is_not_silent() {
    let (server, gateway, rented) = TestServer::with_rental(&[]).await;
    server.tick().await;
    server.advance(minutes(20));
    server.deliver(&gateway, [of_three(NUMBER, 1)]).await;
    server.tick_after(minutes(1)).await;
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["Your code […]"]);
    assert_eq!(server.fate(rented.id).await, "receiving");
    assert_eq!(server.strikes(NUMBER).await, 0);
    server.close().await;
}

#[tokio::test]
async fn rule_7_a_repeated_part_is_stored_once() {
    let (mut server, gateway, _) = TestServer::with_rental(&[]).await;
    let a_part = |sequence| with_id(&format!("id-{sequence}"), of_three(NUMBER, sequence));
    // Within one request, while others are missing, once it is a message, after a restart, much later.
    assert_eq!(
        server.deliver(&gateway, [a_part(1), a_part(1)]).await,
        [Waiting, Duplicate]
    );
    server.restart().await;
    assert_eq!(
        server.deliver(&gateway, [a_part(1), a_part(2)]).await,
        [Duplicate, Waiting]
    );
    server.deliver(&gateway, [a_part(3)]).await;
    for pause in [seconds(0), minutes(1), minutes(60)] {
        server.tick_after(pause).await;
        server.restart().await;
        assert_eq!(
            server.deliver(&gateway, [a_part(3), a_part(1)]).await,
            [Duplicate, Duplicate]
        );
    }
    // Another gateway's ids are its own; another text is another part.
    let other = server.gateway("other").await;
    assert_eq!(server.deliver(&other, [a_part(1)]).await, [Waiting]);
    let another = with_id("id-1", part(NUMBER, 3, 1, "Your password "));
    assert_eq!(server.deliver(&gateway, [another.clone()]).await, [Waiting]);
    server.restart().await;
    assert_eq!(server.deliver(&gateway, [another, a_part(1)]).await, [Duplicate; 2]);
    server.tick_after(minutes(3)).await;
    assert_eq!(server.onlinesim.texts(), ["Your code is 4821", "Your password […]"]);
    let listed = server.admin_list("/v1/gateways").await;
    let counts = |gateway: &Value| ["repetitions", "reused_ids"].map(|name| gateway[name].as_i64().unwrap());
    assert_eq!([counts(&listed[0]), counts(&listed[1])], [[10, 1], [0, 0]]);
    server.close().await;
}

#[tokio::test]
async fn rule_7_without_ids_a_part_is_known_by_its_content_for_the_window() {
    let (server, gateway, _) = TestServer::with_rental(&[]).await;
    server
        .deliver(&gateway, [of_three(NUMBER, 1), of_three(NUMBER, 2)])
        .await;
    assert_eq!(server.deliver(&gateway, [of_three(NUMBER, 2)]).await, [Duplicate]);
    server.deliver(&gateway, [of_three(NUMBER, 3)]).await;
    server.advance(minutes(1));
    assert_eq!(
        server
            .deliver(&gateway, [of_three(NUMBER, 3), of_three(NUMBER, 1)])
            .await,
        [Duplicate, Duplicate]
    );
    // Later it is the same text on purpose.
    server.advance(MILLISECOND);
    server
        .deliver(
            &gateway,
            [of_three(NUMBER, 1), of_three(NUMBER, 2), of_three(NUMBER, 3)],
        )
        .await;
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["Your code is 4821", "Your code is 4821"]);
    server.close().await;
}

#[tokio::test]
async fn rule_7_a_reference_that_is_used_again_makes_another_message() {
    let (server, gateway, _) = TestServer::with_rental(&[]).await;
    let other = |sequence, text| with_id(text, part(NUMBER, 3, sequence, text));
    server.deliver(&gateway, [of_three(NUMBER, 1), other(1, "A")]).await;
    server
        .deliver(&gateway, [of_three(NUMBER, 2), of_three(NUMBER, 3)])
        .await;
    server.deliver(&gateway, [other(3, "C"), other(2, "B")]).await;
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["Your code is 4821", "ABC"]);
    server.close().await;
}

#[tokio::test]
async fn rule_12_what_is_remembered_of_parts_is_forgotten() {
    let (server, gateway, rented) = TestServer::with_rental(&[]).await;
    let a_part = |sequence| with_id(&format!("id-{sequence}"), of_three(NUMBER, sequence));
    server.deliver(&gateway, [a_part(1), a_part(2), a_part(3)]).await;
    server.tick_after(minutes(3) - MILLISECOND).await;
    assert_eq!(remembered(&server).await, [1, 3, 3]);
    server.tick_after(MILLISECOND).await;
    assert_eq!(remembered(&server).await, [0, 0, 3]);
    server.finish(rented.id, 3, "320").await;
    server.deliver(&gateway, [plain(NUMBER, "the newest stays")]).await;
    let days = minutes(90 * 24 * 60) - minutes(3);
    server.advance(days);
    server.app().retention.pass().await.unwrap();
    assert_eq!(remembered(&server).await, [0, 0, 3], "as old as that is not older");
    server.advance(MILLISECOND);
    server.app().retention.pass().await.unwrap();
    assert_eq!(remembered(&server).await, [0, 0, 0]);
    server.close().await;
}
