//! Long SMS that come in parts: rules 7 (nothing is lost), 8 (whose they are) and 12 (nothing waits for ever).

use futures_util::FutureExt as _;
use leaseline::flow::accept_sms::Accepted::{Assigned, Duplicate, Waiting};
use leaseline::worker::Worker as _;
use serde_json::{Value, json};

use crate::support::handover::{of_three, part, plain, with_id};
use crate::support::{Gateway, House, MILLISECOND, Rented, minutes, seconds};

const NUMBER: u64 = 46_700_000_001;

async fn rented() -> (House, Gateway, Rented) {
    let house = House::build().await;
    let gateway = house.stocked(1).await;
    let rented = house.rent().await;
    (house, gateway, rented)
}

/// What each message says, and of which operation it is; the newest first.
async fn stored(house: &House) -> Vec<(String, Value, bool)> {
    let list = house.admin_list("/v1/messages").await;
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

/// How many rows three tables hold: long SMS, parts, ids of parts.
async fn remembered(house: &House) -> [i64; 3] {
    let counts = ["long_messages", "parts", "part_ids"].map(|table| house.count(table));
    let [long, parts, ids] = counts;
    [long.await, parts.await, ids.await]
}

#[tokio::test]
async fn rule_7_parts_in_any_order_are_one_message_whatever_happens_in_between() {
    for order in [[1, 2, 3], [3, 1, 2], [2, 3, 1]] {
        let (mut house, gateway, rented) = rented().await;
        for sequence in &order[..2] {
            assert_eq!(
                house.hand_over(&gateway, [of_three(NUMBER, *sequence)]).await,
                [Waiting]
            );
            house.restart().await;
            house.tick_after(seconds(10)).await;
        }
        assert!(stored(&house).await.is_empty());
        assert_eq!(house.fate(rented.id).await, "waiting");
        let last = house.hand_over(&gateway, [of_three(NUMBER, order[2])]).await;
        assert!(matches!(last[..], [Assigned(_)]), "{last:?}");
        house.restart().await;
        house.tick().await;
        assert_eq!(house.onlinesim.texts(), ["Your code is 4821"], "{order:?}");
        assert_eq!(
            stored(&house).await,
            [("Your code is 4821".to_owned(), json!(rented.id), false)]
        );
        let message = house.admin_list("/v1/messages").await[0].clone();
        assert_eq!(
            message["received_at"], "2026-11-20T12:00:00.000Z",
            "when its first part came"
        );
        house.close().await;
    }
}

#[tokio::test]
async fn rule_12_what_came_is_passed_on_with_a_mark_when_the_rest_does_not_come() {
    let (mut house, gateway, rented) = rented().await;
    house.hand_over(&gateway, [of_three(NUMBER, 3)]).await;
    house.advance(minutes(1));
    house.hand_over(&gateway, [of_three(NUMBER, 1)]).await;
    house.restart().await;
    house.tick_after(minutes(2) - MILLISECOND).await;
    assert!(stored(&house).await.is_empty(), "it waits from its first part on");
    house.tick_after(MILLISECOND).await;
    assert_eq!(house.onlinesim.texts(), ["Your code […]21"]);
    let text = "Your code […]21".to_owned();
    assert_eq!(stored(&house).await, [(text, json!(rented.id), true)]);
    house.close().await;
}

/// The worker is woken by a part that waits, and sleeps until the first has waited long enough.
#[tokio::test]
async fn rule_12_the_worker_knows_when_it_is_wanted() {
    let (house, gateway, _) = rented().await;
    let worker = std::sync::Arc::clone(&house.app().parts);
    let rings = || house.app().flows.bells.parts.notified().now_or_never().is_some();
    assert_eq!(worker.pass().await.unwrap(), Some(minutes(1)));
    house.advance(minutes(1));
    house.hand_over(&gateway, [plain(NUMBER, "whole")]).await;
    assert!(!rings(), "a message that is whole wakes nobody");
    house.hand_over(&gateway, [of_three(NUMBER, 1)]).await;
    assert!(rings());
    house.advance(minutes(2) + seconds(20));
    assert_eq!(worker.pass().await.unwrap(), Some(seconds(40)));
    // A clock that is put back far makes it wait no longer.
    house.clock.set(house.clock.now().minus(minutes(60)));
    worker.pass().await.unwrap();
    house.tick_after(minutes(1)).await;
    assert_eq!(house.onlinesim.texts(), ["whole", "Your code […]"]);
    house.close().await;
}

#[tokio::test]
async fn rule_8_a_long_sms_is_of_the_renter_who_had_the_number_when_it_began() {
    let (house, gateway, first) = rented().await;
    house.hand_over(&gateway, [of_three(NUMBER, 1)]).await;
    house.finish(first.id, 3, "320").await;
    let second = house.rent().await;
    assert_eq!(second.number, first.number);
    let rest = [of_three(NUMBER, 2), of_three(NUMBER, 3)];
    assert_eq!(house.hand_over(&gateway, rest).await, [Waiting, Waiting]);
    house.tick_after(minutes(3)).await;
    assert_eq!(house.fate(second.id).await, "waiting");
    let expected = [
        ("[…]is 4821".to_owned(), Value::Null, true),
        ("Your code […]".to_owned(), json!(first.id), true),
    ];
    assert_eq!(stored(&house).await, expected);
    house.close().await;
}

#[tokio::test]
async fn rule_8_a_part_that_comes_too_late_is_still_of_its_renter() {
    let (house, gateway, rented) = rented().await;
    house
        .hand_over(&gateway, [of_three(NUMBER, 1), of_three(NUMBER, 2)])
        .await;
    house.tick_after(minutes(3)).await;
    assert_eq!(house.hand_over(&gateway, [of_three(NUMBER, 3)]).await, [Waiting]);
    house.tick_after(minutes(3)).await;
    assert_eq!(house.onlinesim.texts(), ["Your code is 48[…]", "[…]21"]);
    assert!(
        stored(&house)
            .await
            .iter()
            .all(|one| one.1 == json!(rented.id) && one.2)
    );
    house.close().await;
}

/// A part is an SMS, too: the watchdog does not end the rental for silence, the renter gets what came.
#[tokio::test]
async fn rule_5_a_rental_that_received_a_part_is_not_silent() {
    let (house, gateway, rented) = rented().await;
    house.tick().await;
    house.advance(minutes(20));
    house.hand_over(&gateway, [of_three(NUMBER, 1)]).await;
    house.tick_after(minutes(1)).await;
    house.tick().await;
    assert_eq!(house.onlinesim.texts(), ["Your code […]"]);
    assert_eq!(house.fate(rented.id).await, "receiving");
    assert_eq!(house.strikes(NUMBER).await, 0);
    house.close().await;
}

#[tokio::test]
async fn rule_7_a_part_that_comes_again_is_no_second_one() {
    let (mut house, gateway, _) = rented().await;
    let a_part = |sequence| with_id(&format!("id-{sequence}"), of_three(NUMBER, sequence));
    // Within one request, while others are missing, once it is a message, after a restart, much later.
    assert_eq!(
        house.hand_over(&gateway, [a_part(1), a_part(1)]).await,
        [Waiting, Duplicate]
    );
    house.restart().await;
    assert_eq!(
        house.hand_over(&gateway, [a_part(1), a_part(2)]).await,
        [Duplicate, Waiting]
    );
    house.hand_over(&gateway, [a_part(3)]).await;
    for pause in [seconds(0), minutes(1), minutes(60)] {
        house.tick_after(pause).await;
        house.restart().await;
        assert_eq!(
            house.hand_over(&gateway, [a_part(3), a_part(1)]).await,
            [Duplicate, Duplicate]
        );
    }
    // Another gateway's ids are its own; another text is another part.
    let other = house.gateway("other").await;
    assert_eq!(house.hand_over(&other, [a_part(1)]).await, [Waiting]);
    let another = with_id("id-1", part(NUMBER, 3, 1, "Your password "));
    assert_eq!(house.hand_over(&gateway, [another.clone()]).await, [Waiting]);
    house.restart().await;
    assert_eq!(house.hand_over(&gateway, [another, a_part(1)]).await, [Duplicate; 2]);
    house.tick_after(minutes(3)).await;
    assert_eq!(house.onlinesim.texts(), ["Your code is 4821", "Your password […]"]);
    let listed = house.admin_list("/v1/gateways").await;
    let counts = |gateway: &Value| ["repetitions", "reused_ids"].map(|name| gateway[name].as_i64().unwrap());
    assert_eq!([counts(&listed[0]), counts(&listed[1])], [[10, 1], [0, 0]]);
    house.close().await;
}

#[tokio::test]
async fn rule_7_without_ids_a_part_is_known_by_what_it_says_for_the_window() {
    let (house, gateway, _) = rented().await;
    house
        .hand_over(&gateway, [of_three(NUMBER, 1), of_three(NUMBER, 2)])
        .await;
    assert_eq!(house.hand_over(&gateway, [of_three(NUMBER, 2)]).await, [Duplicate]);
    house.hand_over(&gateway, [of_three(NUMBER, 3)]).await;
    house.advance(minutes(1));
    assert_eq!(
        house
            .hand_over(&gateway, [of_three(NUMBER, 3), of_three(NUMBER, 1)])
            .await,
        [Duplicate, Duplicate]
    );
    // Later it is the same text on purpose.
    house.advance(MILLISECOND);
    house
        .hand_over(
            &gateway,
            [of_three(NUMBER, 1), of_three(NUMBER, 2), of_three(NUMBER, 3)],
        )
        .await;
    house.tick().await;
    assert_eq!(house.onlinesim.texts(), ["Your code is 4821", "Your code is 4821"]);
    house.close().await;
}

#[tokio::test]
async fn rule_7_a_reference_that_is_used_again_makes_another_message() {
    let (house, gateway, _) = rented().await;
    let other = |sequence, text| with_id(text, part(NUMBER, 3, sequence, text));
    house.hand_over(&gateway, [of_three(NUMBER, 1), other(1, "A")]).await;
    house
        .hand_over(&gateway, [of_three(NUMBER, 2), of_three(NUMBER, 3)])
        .await;
    house.hand_over(&gateway, [other(3, "C"), other(2, "B")]).await;
    house.tick().await;
    assert_eq!(house.onlinesim.texts(), ["Your code is 4821", "ABC"]);
    house.close().await;
}

#[tokio::test]
async fn rule_12_what_is_remembered_of_parts_is_forgotten() {
    let (house, gateway, rented) = rented().await;
    let a_part = |sequence| with_id(&format!("id-{sequence}"), of_three(NUMBER, sequence));
    house.hand_over(&gateway, [a_part(1), a_part(2), a_part(3)]).await;
    house.tick_after(minutes(3) - MILLISECOND).await;
    assert_eq!(remembered(&house).await, [1, 3, 3]);
    house.tick_after(MILLISECOND).await;
    assert_eq!(remembered(&house).await, [0, 0, 3]);
    house.finish(rented.id, 3, "320").await;
    house.hand_over(&gateway, [plain(NUMBER, "the newest stays")]).await;
    let days = minutes(90 * 24 * 60) - minutes(3);
    house.advance(days);
    house.app().retention.pass().await.unwrap();
    assert_eq!(remembered(&house).await, [0, 0, 3], "as old as that is not older");
    house.advance(MILLISECOND);
    house.app().retention.pass().await.unwrap();
    assert_eq!(remembered(&house).await, [0, 0, 0]);
    house.close().await;
}
