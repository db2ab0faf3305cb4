//! Long SMS when something else is not as it should be: a clock that is set, an outage, a rental that ends too soon.

use leaseline::domain::sms::{InboundSms, Receiver, Recipient};
use leaseline::flow::accept_sms::Accepted::{Assigned, Duplicate, Waiting};
use leaseline::worker::Worker as _;

use crate::support::handover::{of_three, part, plain, with_id};
use crate::support::{Gateway, House, MILLISECOND, Rented, minutes, seconds};

const NUMBER: u64 = 46_700_000_001;

async fn rented() -> (House, Gateway, Rented) {
    let house = House::build().await;
    let gateway = house.stocked(1).await;
    let rented = house.rent().await;
    (house, gateway, rented)
}

/// What each message says, the newest first.
async fn texts(house: &House) -> Vec<String> {
    let list = house.admin_list("/v1/messages").await;
    list.iter()
        .map(|one| one["text"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn rule_12_a_part_for_zeros_is_passed_on_like_any_other() {
    let house = House::build().await;
    let gateway = house.stocked(1).await;
    let to_zeros = |sequence| InboundSms {
        receiver: Receiver::Number(Recipient::parse("0000").unwrap()),
        ..of_three(1, sequence)
    };
    house.hand_over(&gateway, [to_zeros(1)]).await;
    house.hand_over(&gateway, [to_zeros(2)]).await;
    house.tick_after(minutes(3)).await;
    assert_eq!(texts(&house).await, ["Your code is 48[…]"]);
    house.close().await;
}

/// It is kept as of the beginning of its rental, which lies in the future by now.
#[tokio::test]
async fn rule_7_after_the_clock_was_set_back_a_repetition_is_one() {
    let (house, gateway, _) = rented().await;
    house.clock.set(house.clock.now().minus(minutes(60)));
    let accepted = house.hand_over(&gateway, [plain(NUMBER, "code")]).await;
    assert!(matches!(accepted[..], [Assigned(_)]), "{accepted:?}");
    house.advance(seconds(5));
    assert_eq!(house.hand_over(&gateway, [plain(NUMBER, "code")]).await, [Duplicate]);
    house.tick().await;
    house.close().await;
}

#[tokio::test]
async fn rule_7_after_the_clock_was_set_back_the_same_text_is_a_new_message() {
    let (house, gateway, _) = rented().await;
    let all = || [1, 2, 3].map(|sequence| of_three(NUMBER, sequence));
    house.hand_over(&gateway, all()).await;
    house.clock.set(house.clock.now().minus(minutes(60)));
    let accepted = house.hand_over(&gateway, all()).await;
    assert!(matches!(accepted[..], [Waiting, Waiting, Assigned(_)]), "{accepted:?}");
    house.tick().await;
    house.tick_after(minutes(3)).await;
    assert_eq!(house.count("long_messages").await, 0);
    house.close().await;
}

#[tokio::test]
async fn rule_12_what_was_done_by_a_clock_that_was_set_back_is_forgotten_at_once() {
    let (house, gateway, _) = rented().await;
    house
        .hand_over(&gateway, [1, 2, 3].map(|sequence| of_three(NUMBER, sequence)))
        .await;
    house.clock.set(house.clock.now().minus(minutes(60)));
    house.tick().await;
    house.tick_after(minutes(1)).await;
    assert_eq!(house.count("long_messages").await, 0);
    house.close().await;
}

/// Others that wait, or are done, by the clock as it is now do not hide those.
#[tokio::test]
async fn rule_12_what_began_by_a_clock_that_was_set_back_waits_for_no_others() {
    let (house, gateway, _) = rented().await;
    let whole = |text| [1, 2].map(|sequence| part(NUMBER, 2, sequence, text));
    house.hand_over(&gateway, whole("done ")).await;
    house.hand_over(&gateway, [of_three(NUMBER, 1)]).await;
    house.clock.set(house.clock.now().minus(minutes(60)));
    house.tick().await;
    house.advance(seconds(30));
    house.hand_over(&gateway, whole("new ")).await;
    house.hand_over(&gateway, [part(NUMBER, 2, 1, "newer ")]).await;
    house.tick_after(seconds(30)).await;
    assert_eq!(texts(&house).await, ["Your code […]", "new new ", "done done "]);
    // The one that is done is forgotten, the one that became a message just now is not.
    assert_eq!(house.count("long_messages").await, 3);
    house.tick_after(minutes(3)).await;
    house.close().await;
}

/// Rules 8 and 9: a part is an SMS, also when the rental ends before the others come.
#[tokio::test]
async fn rule_9_a_rental_that_ends_with_a_part_was_heard() {
    for end in ["finish", "force"] {
        let (house, gateway, first) = rented().await;
        house.finish(first.id, 4, "0").await;
        let rented = house.rent().await;
        house.advance(minutes(19) + seconds(30));
        house.hand_over(&gateway, [of_three(NUMBER, 1)]).await;
        house.advance(seconds(40));
        while futures_util::FutureExt::now_or_never(house.app().flows.bells.deliveries.notified()).is_some() {}
        if end == "finish" {
            house.finish(rented.id, 4, "0").await;
        } else {
            house.force(rented.id).await.ok();
        }
        let rung = futures_util::FutureExt::now_or_never(house.app().flows.bells.deliveries.notified());
        assert!(rung.is_some(), "{end}: it is due to be pushed");
        assert_eq!(house.strikes(NUMBER).await, 0, "{end}");
        let message = house.admin_list("/v1/messages").await.remove(0);
        assert_eq!(
            (&message["text"], &message["incomplete"]),
            (&"Your code […]".into(), &true.into())
        );
        assert_eq!(message["operation"], rented.id, "{end}");
        house.tick().await;
        assert_eq!(house.onlinesim.texts(), ["Your code […]"]);
        // The others come too late, and belong to nobody.
        let next = house.rent().await;
        house
            .hand_over(&gateway, [of_three(NUMBER, 2), of_three(NUMBER, 3)])
            .await;
        house.tick_after(minutes(3)).await;
        assert_eq!(texts(&house).await, ["[…]is 4821", "Your code […]"]);
        assert_eq!(house.fate(next.id).await, "waiting");
        house.close().await;
    }
}

/// It is put to the beginning of a rental that lies in the future only where it belongs to that one.
#[tokio::test]
async fn rule_8_a_part_that_comes_too_late_came_when_it_came_whoever_rents_by_then() {
    let (house, gateway, first) = rented().await;
    house.hand_over(&gateway, [of_three(NUMBER, 1)]).await;
    house.finish(first.id, 4, "0").await;
    house.rent().await;
    house.clock.set(house.clock.now().minus(seconds(2)));
    house.hand_over(&gateway, [of_three(NUMBER, 2)]).await;
    house.tick_after(minutes(3)).await;
    let message = house.admin_list("/v1/messages").await.remove(0);
    assert_eq!(
        (&message["text"], &message["operation"]),
        (&"[…]is 48[…]".into(), &serde_json::Value::Null)
    );
    assert_eq!(message["received_at"], "2026-11-20T11:59:58.000Z");
    house.close().await;
}

#[tokio::test]
async fn rule_8_a_part_for_a_rental_that_nobody_took_stays_with_it() {
    let house = House::build().await;
    let gateway = house.stocked(1).await;
    let lost = house.lose_an_answer().await;
    house.hand_over(&gateway, [of_three(NUMBER, 1)]).await;
    house.app_releases_undelivered().await;
    assert_eq!(house.fate(lost).await, "undelivered");
    let message = house.admin_list("/v1/messages").await.remove(0);
    assert_eq!(message["operation"], lost);
    house.tick().await;
    house.close().await;
}

#[tokio::test]
async fn rule_7_after_an_outage_parts_get_time_to_come() {
    let (mut house, gateway, _) = rented().await;
    house.hand_over(&gateway, [of_three(NUMBER, 1)]).await;
    house.stop_for(minutes(10)).await;
    house.tick().await;
    house.tick_after(minutes(1) - MILLISECOND).await;
    house
        .hand_over(&gateway, [of_three(NUMBER, 2), of_three(NUMBER, 3)])
        .await;
    house.hand_over(&gateway, [part(NUMBER, 2, 1, "never whole ")]).await;
    house.tick_after(MILLISECOND).await;
    assert_eq!(texts(&house).await, ["Your code is 4821"]);
    // A clock that is set, or a machine that slept, is an outage, too.
    house.clock.set(house.clock.now() + minutes(60));
    assert_eq!(house.app().parts.pass().await.unwrap(), Some(minutes(1)));
    house.advance(minutes(1) - MILLISECOND);
    house.app().parts.pass().await.unwrap();
    assert_eq!(house.count("messages").await, 1);
    house.tick_after(MILLISECOND).await;
    assert_eq!(texts(&house).await, ["never whole […]", "Your code is 4821"]);
    house.close().await;
}

#[tokio::test]
async fn rule_7_parts_that_share_the_id_of_their_message_are_joined() {
    let (house, gateway, _) = rented().await;
    let a_part = |sequence| with_id("one for all", of_three(NUMBER, sequence));
    let accepted = house.hand_over(&gateway, [a_part(2), a_part(2), a_part(1)]).await;
    assert_eq!(accepted, [Waiting, Duplicate, Waiting]);
    let accepted = house.hand_over(&gateway, [a_part(1), a_part(3), a_part(3)]).await;
    assert!(
        matches!(accepted[..], [Duplicate, Assigned(_), Duplicate]),
        "{accepted:?}"
    );
    house.advance(minutes(60));
    assert_eq!(house.hand_over(&gateway, [a_part(3)]).await, [Duplicate]);
    house.tick().await;
    assert_eq!(house.onlinesim.texts(), ["Your code is 4821"]);
    house.close().await;
}
