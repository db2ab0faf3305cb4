//! A server goes on with a restored backup: what happened since it was made is lost, and does no harm.

use std::time::Duration;

use leaseline::domain::restore::IssuedIds;
use leaseline::flow::record_restore::RecordedRestore;
use serde_json::{Value, json};

use crate::support::{Gateway, MILLISECOND, NUMBER, Rented, TestServer, hours, minutes};

/// The highest id of an operation that the database before the restore had issued.
const ISSUED: i64 = 50;
/// The first id after the restore.
const NEXT: i64 = 1_000_051;

/// What `leaseline restore` does to the copy, between a stop and a start of the server.
async fn restored(server: &mut TestServer, with_rest: bool) -> RecordedRestore {
    let known = IssuedIds {
        operation: ISSUED,
        ..IssuedIds::default()
    };
    let recorded = server
        .in_another_process(async |flows| flows.record_restore(known, with_rest).await.unwrap())
        .await;
    server.restart().await;
    recorded
}

/// Three numbers, two of them rented; the first rental has an SMS.
async fn backup() -> (TestServer, Gateway, [Rented; 2]) {
    let server = TestServer::with(&[("RENT__REST", "60s"), ("PUSH__SMS_ID", "message")]).await;
    let gateway = server.stocked(3).await;
    let rented = [server.rent().await, server.rent().await];
    server.sms(&gateway, rented[0].number, "code").await;
    server.tick().await;
    (server, gateway, rented)
}

async fn discrepancies(server: &TestServer) -> Vec<Value> {
    let all = server.admin_list("/v1/operations?discrepancy=true&limit=1").await;
    assert_eq!(all, server.admin_list("/v1/operations?discrepancy=true").await);
    all
}

#[tokio::test]
async fn rule_1_numbers_rest_for_the_guard_interval_whatever_they_did_in_the_backup() {
    let (mut server, _, rented) = backup().await;
    let recorded = restored(&mut server, true).await;
    assert_eq!(recorded.open_operations, 2);
    server.tick().await;
    // The rental of the backup ends, and its number may be somebody's since.
    server.finish(rented[0].id, 3, "320").await;
    for number in [NUMBER, NUMBER + 2] {
        assert_eq!(server.number_state(number).await, "resting");
    }
    server.tick_after(minutes(10)).await;
    assert_eq!((server.promised().await, server.get_number().await), (0, None));
    server.finish(rented[1].id, 4, "0").await;
    server.tick_after(minutes(10) - MILLISECOND).await;
    assert_eq!((server.promised().await, server.get_number().await), (0, None));
    server.tick_after(MILLISECOND).await;
    assert_eq!(server.promised().await, 3);
    let next = server.rent().await;
    assert_eq!(next.id, NEXT);
    server.finish(next.id, 4, "0").await;
    server.close().await;
}

#[tokio::test]
async fn the_rest_after_a_restore_does_not_become_longer_when_the_clock_is_set_back() {
    let (mut server, _, rented) = backup().await;
    for rental in rented {
        server.finish(rental.id, 4, "0").await;
    }
    restored(&mut server, true).await;
    let before = server.app().flows.now().minus(hours(5));
    server.clock.set(before);
    server.tick().await;
    server.tick_after(minutes(20) - MILLISECOND).await;
    assert_eq!(server.promised().await, 0);
    server.tick_after(MILLISECOND).await;
    assert_eq!(server.promised().await, 3);
    server.close().await;
}

#[tokio::test]
async fn rule_1_numbers_that_are_imported_during_the_rest_after_a_restore_rest_as_long() {
    let (mut server, gateway, rented) = backup().await;
    restored(&mut server, true).await;
    // They were added after the backup, so somebody may have rented them.
    server.tick_after(minutes(5)).await;
    server.import(&gateway, "sweden", "telia", [NUMBER + 7]).await;
    assert_eq!(server.number_state(NUMBER + 7).await, "resting");
    server.tick_after(minutes(15) - MILLISECOND).await;
    assert_eq!((server.promised().await, server.get_number().await), (0, None));
    for rental in rented {
        server.finish(rental.id, 4, "0").await;
    }
    server.tick_after(MILLISECOND).await;
    server.import(&gateway, "sweden", "telia", [NUMBER + 8]).await;
    for number in [NUMBER + 7, NUMBER + 8] {
        assert_eq!(server.number_state(number).await, "available", "{number}");
    }
    server.close().await;
}

#[tokio::test]
async fn without_the_rest_numbers_are_rented_at_once() {
    let (mut server, gateway, rented) = backup().await;
    let recorded = restored(&mut server, false).await;
    assert_eq!(recorded.record.rests_until, None);
    let next = server.rent().await;
    assert_eq!((next.id, next.number), (NEXT, NUMBER + 2));
    // An id of a message may be known to Onlinesim, too.
    server.sms(&gateway, next.number, "new").await;
    server.tick().await;
    let newest = server.messages("delivered").await[0].clone();
    assert_eq!((&newest["text"], &newest["id"]), (&json!("new"), &json!(1_000_002)));
    for id in [rented[0].id, rented[1].id, next.id] {
        server.finish(id, 4, "0").await;
    }
    server.close().await;
}

#[tokio::test]
async fn what_onlinesim_reports_of_a_lost_rental_is_listed_once_and_answered_as_for_any_unknown_id() {
    let (mut server, _, rented) = backup().await;
    let unknown = server.finish_answer(7, 3, "320").await.line();
    assert_eq!(
        discrepancies(&server).await,
        Vec::<Value>::new(),
        "no restore, nothing is lost"
    );
    restored(&mut server, true).await;
    for _ in 0..3 {
        assert_eq!(server.finish_answer(7, 3, "320").await.line(), unknown);
    }
    for (id, status) in [(40, 4), (NEXT - 1, 1), (NEXT, 3), (9_000_000, 3)] {
        assert_eq!(server.finish_answer(id, status, "320").await.line(), unknown);
    }
    let lost = |id: i64, outcome: &str, sum: Option<&str>| {
        json!({
            "id": id, "state": "lost", "outcome": outcome, "reported_sum": sum,
            "reported_at": "2026-11-20T12:00:00.000Z", "messages": 0, "discrepancies": 1,
        })
    };
    let listed = discrepancies(&server).await;
    let ids: Vec<_> = listed.iter().map(|one| one["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, [NEXT - 1, 40, 7, rented[1].id, rented[0].id]);
    assert_eq!(
        listed[..3],
        [
            lost(NEXT - 1, "not_ordered", None),
            lost(40, "cancelled", None),
            lost(7, "sold", Some("320.00"))
        ]
    );
    // Onlinesim changes its mind; a refund is final.
    for status in [5, 3] {
        assert_eq!(server.finish_answer(7, status, "320").await.line(), unknown);
    }
    assert_eq!(discrepancies(&server).await[2], lost(7, "refunded", Some("320.00")));
    for filter in [
        "",
        "?state=closed",
        "?discrepancy=true&state=open",
        "?discrepancy=false",
    ] {
        let listed = server.admin_list(&format!("/v1/operations{filter}")).await;
        assert!(listed.iter().all(|one| one["state"] != "lost"), "{filter}");
    }
    // The ledger does not know the price of the first period: nothing is posted.
    assert_eq!(server.balance().await, "expected 640.00");
    for rental in rented {
        server.finish(rental.id, 4, "0").await;
    }
    server.close().await;
}

#[tokio::test]
async fn rentals_that_were_open_in_the_backup_are_listed_with_the_reason() {
    let (mut server, _, rented) = backup().await;
    let closed = rented[1];
    server.finish(closed.id, 4, "0").await;
    restored(&mut server, true).await;
    let listed = discrepancies(&server).await;
    let ids: Vec<_> = listed.iter().map(|one| one["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, [rented[0].id]);
    let event = server.operation(rented[0].id).await["history"][1].clone();
    assert_eq!(
        (&event["actor"], &event["action"], &event["detail"]),
        (
            &json!("admin"),
            &json!("backup restored"),
            &json!("open in the backup: Onlinesim may have finished it since")
        )
    );
    // The one that received an SMS stays open until Onlinesim or the admin ends it.
    server.tick_after(hours(2)).await;
    assert_eq!(server.fate(rented[0].id).await, "receiving");
    server.force(rented[0].id).await;
    server.tick_after(minutes(2)).await;
    server.close().await;
}

#[tokio::test]
async fn a_second_restore_leaves_out_the_ids_of_both() {
    let (mut server, _, rented) = backup().await;
    let first = restored(&mut server, false).await.record;
    let second = restored(&mut server, false).await.record;
    assert_eq!((first.first_id, first.last_id), (3, NEXT - 1));
    assert_eq!((second.first_id, second.last_id), (NEXT, NEXT - 1 + 1_000_000));
    assert_eq!(server.rent().await.id, second.last_id + 1);
    for id in [40, NEXT + 40] {
        server.finish_answer(id, 4, "0").await;
    }
    let lost = discrepancies(&server).await;
    assert_eq!(lost.iter().filter(|one| one["state"] == "lost").count(), 2);
    for id in [rented[0].id, rented[1].id, second.last_id + 1] {
        server.finish(id, 4, "0").await;
    }
    server.tick_after(Duration::from_secs(60)).await;
    server.close().await;
}
