//! Whose an SMS is: rule 8 where a gateway sends what is not its own, or what is old; and rule 12 where it sends too much.

use std::time::Duration;

use leaseline::domain::assignment::UnassignedReason::{NotRented, OtherGateway, SentBeforeRental, TooMany};
use leaseline::domain::operation::OperationId;
use leaseline::domain::sms::InboundSms;
use leaseline::flow::accept_sms::Accepted::{Assigned, Duplicate, Unassigned, Waiting};
use serde_json::{Value, json};

use crate::support::inbound::{of_three, part, plain, with_id};
use crate::support::{Gateway, MILLISECOND, NUMBER, TestServer, minutes, seconds};

/// Text and reason of the messages that are nobody's for that reason, the newest first.
async fn unassigned(server: &TestServer, reason: &str) -> Vec<String> {
    let list = server
        .admin_list(&format!("/v1/messages?unassigned_reason={reason}"))
        .await;
    assert!(list.iter().all(|one| one["unassigned_reason"] == reason));
    assert!(list.iter().all(|one| one["operation"] == Value::Null));
    list.iter()
        .map(|one| one["text"].as_str().unwrap().to_owned())
        .collect()
}

async fn give_to(server: &TestServer, gateway: &Gateway) {
    let row =
        json!([{ "number": NUMBER.to_string(), "country": "sweden", "operator": "telia", "gateway": gateway.name }]);
    let report = server.admin_post("/v1/numbers", row).await.ok().json();
    assert_eq!(report["updated"], 1, "{report}");
}

fn sent(server: &TestServer, before: Duration, sms: InboundSms) -> InboundSms {
    InboundSms {
        sent_at: Some(server.clock.now().minus(before)),
        ..sms
    }
}

#[tokio::test]
async fn rule_8_a_gateway_speaks_for_its_own_numbers_only() {
    let (mut server, own, rented) = TestServer::with_rental(&[]).await;
    let other = server.gateway("other").await;
    let accepted = server.deliver(&other, [plain(NUMBER, "not mine")]).await;
    assert_eq!(accepted, [Unassigned(OtherGateway)]);
    for sequence in [1, 2] {
        let accepted = server.deliver(&other, [of_three(NUMBER, sequence)]).await;
        assert_eq!(accepted, [Waiting]);
    }
    let last = server.deliver(&other, [of_three(NUMBER, 3)]).await;
    assert_eq!(last, [Unassigned(OtherGateway)]);
    let reason = unassigned(&server, "other_gateway").await;
    assert_eq!(reason, ["Your code is 4821", "not mine"]);
    // Not an SMS of the rental: it ends as a silent one.
    server.tick_after(minutes(21)).await;
    assert_eq!(server.fate(rented.id).await, "no_sms");
    assert_eq!(server.strikes(NUMBER).await, 1);
    assert!(server.onlinesim.pushes().is_empty());

    server.restart_with(&[("GATEWAY__STRICT", "false")]).await;
    server.rent().await;
    for gateway in [&other, &own] {
        server.deliver(gateway, [plain(NUMBER, &gateway.name)]).await;
    }
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["other", "bank"]);
    server.close().await;
}

#[tokio::test]
async fn rule_8_parts_stay_whose_the_first_was_when_the_number_moves_between_them() {
    let server = TestServer::build().await;
    let bank = server.stocked(1).await;
    let other = server.gateway("other").await;
    server.deliver(&bank, [part(NUMBER, 2, 1, "of bank ")]).await;
    server.deliver(&other, [part(NUMBER, 2, 1, "of other ")]).await;
    give_to(&server, &other).await;
    server.rent().await;
    for (gateway, reason) in [(&bank, NotRented), (&other, OtherGateway)] {
        let accepted = server.deliver(gateway, [part(NUMBER, 2, 2, "end")]).await;
        assert_eq!(accepted, [Unassigned(reason)]);
    }
    server.tick().await;
    assert!(server.onlinesim.pushes().is_empty());
    server.close().await;
}

#[tokio::test]
async fn rule_8_the_spool_of_an_outage_does_not_reach_the_next_renter() {
    let (server, gateway, first) = TestServer::with_rental(&[]).await;
    server.advance(minutes(5));
    server.finish(first.id, 3, "320").await;
    server.advance(minutes(3));
    let second = server.rent().await;
    server.advance(seconds(10));
    let two_minutes = minutes(2) + seconds(10);
    let old = [
        sent(&server, minutes(60), plain(NUMBER, "an hour ago")),
        sent(&server, two_minutes + MILLISECOND, plain(NUMBER, "just too old")),
        sent(&server, minutes(60), with_id("7", plain(NUMBER, "with an id"))),
    ];
    let accepted = server.deliver(&gateway, old).await;
    assert_eq!(accepted, [Unassigned(SentBeforeRental); 3]);
    let parts = [1, 2, 3].map(|sequence| sent(&server, minutes(60), of_three(NUMBER, sequence)));
    let accepted = server.deliver(&gateway, parts).await;
    assert_eq!(accepted, [Waiting, Waiting, Unassigned(SentBeforeRental)]);
    assert_eq!(server.fate(second.id).await, "waiting");
    let texts = ["Your code is 4821", "with an id", "just too old", "an hour ago"];
    assert_eq!(unassigned(&server, "sent_before_rental").await, texts);

    // Clocks differ; some are ahead, and some gateways send no time.
    let ahead = InboundSms {
        sent_at: Some(server.clock.now() + minutes(600)),
        ..plain(NUMBER, "ahead")
    };
    let own = [
        sent(&server, two_minutes, plain(NUMBER, "within the tolerance")),
        ahead,
        plain(NUMBER, "without a time"),
    ];
    let accepted = server.deliver(&gateway, own).await;
    assert!(accepted.iter().all(|one| matches!(one, Assigned(_))), "{accepted:?}");
    server.tick().await;
    assert_eq!(
        server.onlinesim.texts(),
        ["within the tolerance", "ahead", "without a time"]
    );
    server.close().await;
}

/// The number rests for a shorter time than clocks may differ.
#[tokio::test]
async fn rule_8_what_was_sent_to_the_previous_renter_does_not_reach_the_next() {
    let (server, gateway, first) = TestServer::with_rental(&[]).await;
    server.advance(minutes(5));
    server.finish(first.id, 3, "320").await;
    server.advance(seconds(60));
    let second = server.rent().await;
    assert_eq!(second.number, first.number);
    server.advance(seconds(10));
    let at_its_end = seconds(70);
    let all = [
        plain(NUMBER, "without a time"),
        sent(&server, seconds(5), plain(NUMBER, "of now")),
        sent(&server, at_its_end, plain(NUMBER, "at its end")),
        sent(
            &server,
            at_its_end + seconds(1),
            with_id("7", plain(NUMBER, "before its end")),
        ),
        sent(&server, at_its_end - MILLISECOND, plain(NUMBER, "between the two")),
    ];
    let accepted = server.deliver(&gateway, all).await;
    let new = Assigned(OperationId::new(second.id).unwrap());
    let old = Unassigned(SentBeforeRental);
    assert_eq!(accepted, [new, new, old, old, new]);
    let parts = [1, 2].map(|sequence| sent(&server, minutes(2), part(NUMBER, 2, sequence, "part ")));
    assert_eq!(server.deliver(&gateway, parts).await, [Waiting, old]);
    server.tick().await;
    assert_eq!(
        server.onlinesim.texts(),
        ["without a time", "of now", "between the two"]
    );
    let texts = ["part part ", "before its end", "at its end"];
    assert_eq!(unassigned(&server, "sent_before_rental").await, texts);
    server.close().await;
}

/// A part of the old message has the reference of the new one: senders count to 255 only.
#[tokio::test]
async fn rule_8_a_part_from_before_the_rental_is_not_joined_to_a_message_of_it() {
    let (server, gateway, _) = TestServer::with_rental(&[]).await;
    server.deliver(&gateway, [part(NUMBER, 2, 1, "new ")]).await;
    let old = sent(&server, minutes(60), part(NUMBER, 2, 2, "OLD"));
    assert_eq!(server.deliver(&gateway, [old]).await, [Waiting]);
    server.deliver(&gateway, [part(NUMBER, 2, 2, "end")]).await;
    server.tick_after(minutes(3)).await;
    assert_eq!(server.onlinesim.texts(), ["new end"]);
    assert_eq!(unassigned(&server, "sent_before_rental").await, ["[…]OLD"]);
    server.close().await;
}

/// A gateway that calls its local time UTC: the operator sees it and sets a tolerance.
#[tokio::test]
async fn rule_8_the_tolerance_is_the_operators() {
    let (mut server, gateway, _) = TestServer::with_rental(&[]).await;
    server.sms(&gateway, NUMBER, "one").await;
    let early = |text| sent(&server, minutes(180), plain(NUMBER, text));
    assert_eq!(
        server.deliver(&gateway, [early("two")]).await,
        [Unassigned(SentBeforeRental)]
    );
    let listed = server
        .admin_list("/v1/messages?unassigned_reason=sent_before_rental")
        .await;
    let shown = ["sent_at", "received_at"].map(|name| listed[0][name].as_str().unwrap().to_owned());
    assert_eq!(shown, ["2026-11-20T09:00:00.000Z", "2026-11-20T12:00:00.000Z"]);
    let three = early("three");
    server.restart_with(&[("RENT__CLOCK_TOLERANCE", "25h")]).await;
    server.deliver(&gateway, [three]).await;
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["one", "three"]);
    server.close().await;
}

/// By the clock of today nobody knows when the rental began.
#[tokio::test]
async fn rule_8_after_the_clock_was_set_back_no_sms_is_from_before_the_rental() {
    let (server, gateway, _) = TestServer::with_rental(&[]).await;
    server.clock.set(server.clock.now().minus(minutes(60)));
    let sms = sent(&server, seconds(1), plain(NUMBER, "code"));
    let accepted = server.deliver(&gateway, [sms]).await;
    assert!(matches!(accepted[..], [Assigned(_)]), "{accepted:?}");
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["code"]);
    server.close().await;
}

#[tokio::test]
async fn rule_12_a_rental_is_given_so_many_sms_in_an_hour() {
    let (mut server, gateway, rented) = TestServer::with_rental(&[("GATEWAY__SMS_PER_NUMBER_MAX", "3")]).await;
    let sms = |text: &str| with_id(text, plain(NUMBER, text));
    // A repetition does not count; one in parts counts once.
    let parts = [1, 2, 3].map(|sequence| of_three(NUMBER, sequence));
    server.deliver(&gateway, [sms("1"), sms("1")]).await;
    server.deliver(&gateway, parts).await;
    server.restart().await;
    let accepted = server
        .deliver(&gateway, [sms("3"), sms("4"), part(NUMBER, 2, 1, "5"), sms("4")])
        .await;
    assert!(
        matches!(accepted[..], [Assigned(_), Unassigned(TooMany), Waiting, Duplicate]),
        "{accepted:?}"
    );
    server.tick_after(minutes(59)).await;
    let accepted = server.deliver(&gateway, [sms("6")]).await;
    assert_eq!(accepted, [Unassigned(TooMany)]);
    assert_eq!(unassigned(&server, "too_many").await, ["6", "5[…]", "4"]);
    server.advance(minutes(1));
    server.deliver(&gateway, [sms("7")]).await;
    server.tick().await;
    assert_eq!(server.onlinesim.texts(), ["1", "Your code is 4821", "3", "7"]);
    let operation = server.operation(rented.id).await;
    assert_eq!(operation["messages"].as_array().unwrap().len(), 4);
    server.close().await;
}
