//! Concatenated SMS when something else is not as it should be: a clock that is set, an outage, a rental that ends too soon.

use leaseline::domain::sms::{InboundSms, Receiver, Recipient};
use leaseline::flow::accept_sms::Accepted::{Assigned, Duplicate, Waiting};
use leaseline::worker::Worker as _;

use crate::support::inbound::{of_three, part, plain, with_id};
use crate::support::{MILLISECOND, NUMBER, TestServer, minutes, seconds};

/// The text of each message, the newest first.
async fn texts(server: &TestServer) -> Vec<String> {
    let list = server.admin_list("/v1/messages").await;
    list.iter()
        .map(|one| one["text"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn rule_12_a_part_for_zeros_is_passed_on_like_any_other() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    let to_zeros = |sequence| InboundSms {
        receiver: Receiver::Number(Recipient::parse("0000").unwrap()),
        ..of_three(1, sequence)
    };
    server.deliver(&gateway, [to_zeros(1)]).await;
    server.deliver(&gateway, [to_zeros(2)]).await;
    server.tick_after(minutes(3)).await;
    assert_eq!(texts(&server).await, ["Your code is 48[…]"]);
    server.close().await;
}

/// It is kept as of the beginning of its rental, which lies in the future by now.
#[tokio::test]
async fn rule_7_after_the_clock_was_set_back_a_repetition_is_one() {
    let (server, gateway, _) = TestServer::with_rental(&[]).await;
    server.clock.set(server.clock.now().minus(minutes(60)));
    let accepted = server.deliver(&gateway, [plain(NUMBER, "code")]).await;
    assert!(matches!(accepted[..], [Assigned(_)]), "{accepted:?}");
    server.advance(seconds(5));
    assert_eq!(server.deliver(&gateway, [plain(NUMBER, "code")]).await, [Duplicate]);
    server.tick().await;
    server.close().await;
}

#[tokio::test]
async fn rule_7_after_the_clock_was_set_back_the_same_text_is_a_new_message() {
    let (server, gateway, _) = TestServer::with_rental(&[]).await;
    let all = || [1, 2, 3].map(|sequence| of_three(NUMBER, sequence));
    server.deliver(&gateway, all()).await;
    server.clock.set(server.clock.now().minus(minutes(60)));
    let accepted = server.deliver(&gateway, all()).await;
    assert!(matches!(accepted[..], [Waiting, Waiting, Assigned(_)]), "{accepted:?}");
    server.tick().await;
    server.tick_after(minutes(3)).await;
    assert_eq!(server.count("concatenated_messages").await, 0);
    server.close().await;
}

#[tokio::test]
async fn rule_12_what_was_done_by_a_clock_that_was_set_back_is_forgotten_at_once() {
    let (server, gateway, _) = TestServer::with_rental(&[]).await;
    server
        .deliver(&gateway, [1, 2, 3].map(|sequence| of_three(NUMBER, sequence)))
        .await;
    server.clock.set(server.clock.now().minus(minutes(60)));
    server.tick().await;
    server.tick_after(minutes(1)).await;
    assert_eq!(server.count("concatenated_messages").await, 0);
    server.close().await;
}

/// Others that wait, or are done, by the clock as it is now do not hide those.
#[tokio::test]
async fn rule_12_what_began_by_a_clock_that_was_set_back_waits_for_no_others() {
    let (server, gateway, _) = TestServer::with_rental(&[]).await;
    let whole = |text| [1, 2].map(|sequence| part(NUMBER, 2, sequence, text));
    server.deliver(&gateway, whole("done ")).await;
    server.deliver(&gateway, [of_three(NUMBER, 1)]).await;
    server.clock.set(server.clock.now().minus(minutes(60)));
    server.tick().await;
    server.advance(seconds(30));
    server.deliver(&gateway, whole("new ")).await;
    server.deliver(&gateway, [part(NUMBER, 2, 1, "newer ")]).await;
    server.tick_after(seconds(30)).await;
    assert_eq!(texts(&server).await, ["Your code […]", "new new ", "done done "]);
    // The one that is done is forgotten, the one that became a message just now is not.
    assert_eq!(server.count("concatenated_messages").await, 3);
    server.tick_after(minutes(3)).await;
    server.close().await;
}

/// Rules 8 and 9: a part is an SMS, also when the rental ends before the others come.
#[tokio::test]
async fn rule_9_a_rental_that_ends_with_a_part_is_not_silent() {
    for end in ["finish", "force"] {
        let (server, gateway, first) = TestServer::with_rental(&[]).await;
        server.finish(first.id, 4, "0").await;
        let rented = server.rent().await;
        server.advance(minutes(19) + seconds(30));
        server.deliver(&gateway, [of_three(NUMBER, 1)]).await;
        server.advance(seconds(40));
        while futures_util::FutureExt::now_or_never(server.app().wakeups.deliveries.notified()).is_some() {}
        if end == "finish" {
            server.finish(rented.id, 4, "0").await;
        } else {
            server.force(rented.id).await.ok();
        }
        let woken = futures_util::FutureExt::now_or_never(server.app().wakeups.deliveries.notified());
        assert!(woken.is_some(), "{end}: it is due to be pushed");
        assert_eq!(server.strikes(NUMBER).await, 0, "{end}");
        let message = server.admin_list("/v1/messages").await.remove(0);
        assert_eq!(
            (&message["text"], &message["incomplete"]),
            (&"Your code […]".into(), &true.into())
        );
        assert_eq!(message["operation"], rented.id, "{end}");
        server.tick().await;
        assert_eq!(server.onlinesim.texts(), ["Your code […]"]);
        // The others come too late, and belong to nobody.
        let next = server.rent().await;
        server
            .deliver(&gateway, [of_three(NUMBER, 2), of_three(NUMBER, 3)])
            .await;
        server.tick_after(minutes(3)).await;
        assert_eq!(texts(&server).await, ["[…]is 4821", "Your code […]"]);
        assert_eq!(server.fate(next.id).await, "waiting");
        server.close().await;
    }
}

/// It is put to the beginning of a rental that lies in the future only where it belongs to that one.
#[tokio::test]
async fn rule_8_a_part_that_comes_too_late_keeps_its_time_and_does_not_reach_the_next_renter() {
    let (server, gateway, first) = TestServer::with_rental(&[]).await;
    server.deliver(&gateway, [of_three(NUMBER, 1)]).await;
    server.finish(first.id, 4, "0").await;
    server.rent().await;
    server.clock.set(server.clock.now().minus(seconds(2)));
    server.deliver(&gateway, [of_three(NUMBER, 2)]).await;
    server.tick_after(minutes(3)).await;
    let message = server.admin_list("/v1/messages").await.remove(0);
    assert_eq!(
        (&message["text"], &message["operation"]),
        (&"[…]is 48[…]".into(), &serde_json::Value::Null)
    );
    assert_eq!(message["received_at"], "2026-11-20T11:59:58.000Z");
    server.close().await;
}

#[tokio::test]
async fn rule_8_a_part_for_a_rental_that_nobody_took_stays_with_it() {
    let server = TestServer::build().await;
    let gateway = server.stocked(1).await;
    let lost = server.lose_an_answer().await;
    server.deliver(&gateway, [of_three(NUMBER, 1)]).await;
    server.release_undelivered().await;
    assert_eq!(server.fate(lost).await, "undelivered");
    let message = server.admin_list("/v1/messages").await.remove(0);
    assert_eq!(message["operation"], lost);
    server.tick().await;
    server.close().await;
}

#[tokio::test]
async fn rule_7_after_an_outage_parts_get_time_to_come() {
    let (mut server, gateway, _) = TestServer::with_rental(&[]).await;
    server.deliver(&gateway, [of_three(NUMBER, 1)]).await;
    server.stop_for(minutes(10)).await;
    server.tick().await;
    server.tick_after(minutes(1) - MILLISECOND).await;
    server
        .deliver(&gateway, [of_three(NUMBER, 2), of_three(NUMBER, 3)])
        .await;
    server.deliver(&gateway, [part(NUMBER, 2, 1, "never whole ")]).await;
    server.tick_after(MILLISECOND).await;
    assert_eq!(texts(&server).await, ["Your code is 4821"]);
    // A clock that is set, or a machine that slept, is an outage, too.
    server.clock.set(server.clock.now() + minutes(60));
    assert_eq!(server.app().parts.pass().await.unwrap(), Some(minutes(1)));
    server.advance(minutes(1) - MILLISECOND);
    server.app().parts.pass().await.unwrap();
    assert_eq!(server.count("messages").await, 1);
    server.tick_after(MILLISECOND).await;
    assert_eq!(texts(&server).await, ["never whole […]", "Your code is 4821"]);
    server.close().await;
}

#[tokio::test]
async fn rule_7_parts_that_share_the_id_of_their_message_are_joined() {
    let (server, gateway, _) = TestServer::with_rental(&[]).await;
    let a_part = |sequence| with_id("one for all", of_three(NUMBER, sequence));
    let accepted = server.deliver(&gateway, [a_part(2), a_part(2), a_part(1)]).await;
    assert_eq!(accepted, [Waiting, Duplicate, Waiting]);
    let accepted = server.deliver(&gateway, [a_part(1), a_part(3), a_part(3)]).await;
    assert!(
        matches!(accepted[..], [Duplicate, Assigned(_), Duplicate]),
        "{accepted:?}"
    );
    server.advance(minutes(60));
    assert_eq!(server.deliver(&gateway, [a_part(3)]).await, [Duplicate]);
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["Your code is 4821"]);
    server.close().await;
}
