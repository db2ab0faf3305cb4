//! Archives: the totals stay as they were, and what is still needed stays.

use std::time::Duration;

use leaseline::flow::archive::ArchiveError;
use serde_json::json;

use crate::support::archive::Archived;
use crate::support::{Reply, TestServer, hours, minutes};

const DAYS_100: Duration = hours(2_400);

#[tokio::test]
async fn rule_6_the_totals_are_the_same_after_an_archive() {
    let server = TestServer::build().await;
    let gateway = server.stocked(6).await;
    let mut rented = Vec::new();
    for _ in 0..5 {
        rented.push(server.rent().await);
    }
    let [sold, refunded, cancelled, late, forced] = rented[..] else {
        panic!("five rentals")
    };
    server.sms(&gateway, sold.number, "code 4711").await;
    server.sms(&gateway, sold.number + 5, "for nobody").await;
    server.tick().await;
    server.finish(sold.id, 3, "870.50").await;
    server.finish(refunded.id, 3, "320").await;
    server.finish(refunded.id, 5, "320").await;
    server.finish(cancelled.id, 4, "320").await;
    server.finish(late.id, 4, "320").await;
    server.finish(late.id, 3, "400").await;
    server.force(forced.id).await.ok();
    server.advance(DAYS_100);
    server.tick().await;
    // What is newest, and what is open.
    let recent = server.rent().await;
    server.sms(&gateway, recent.number, "recent").await;
    server.tick().await;
    server.finish(recent.id, 3, "320").await;
    let open = server.rent().await;
    server.sms(&gateway, open.number, "newest").await;
    server.tick().await;
    let balance = server.admin_get("/v1/balance").await;

    let archived = server.archive("2026-11-21").await.unwrap();
    assert_eq!((archived.removed, archived.kept), (8, 0), "{:?}", archived.kinds());
    assert_eq!(server.admin_get("/v1/balance").await, balance);
    server.audit().await;
    let left: Vec<_> = server.admin_list("/v1/operations").await;
    let left: Vec<_> = left.iter().map(|one| one["id"].as_i64().unwrap()).collect();
    assert_eq!(left, [open.id, recent.id]);
    let transfers = |id| -> Vec<(String, i64)> {
        let transfers = archived.operation(id).unwrap()["transfers"].as_array().unwrap();
        let transfer = |one: &serde_json::Value| {
            (
                one["kind"].as_str().unwrap().to_owned(),
                one["kopecks"].as_i64().unwrap(),
            )
        };
        transfers.iter().map(transfer).collect()
    };
    let of = |kind: &str, kopecks| (kind.to_owned(), kopecks);
    assert_eq!(
        transfers(refunded.id),
        [of("reserve", 32_000), of("post", 32_000), of("reverse", 32_000)]
    );
    let operation = archived.operation(sold.id).unwrap();
    let message = &operation["messages"][0];
    assert_eq!(
        (&message["text"], &message["delivery"]["state"], &message["gateway"]),
        (&json!("code 4711"), &json!("delivered"), &json!("bank"))
    );
    assert_eq!(
        (&operation["outcome"], &operation["number"]),
        (&json!("sold"), &json!(sold.number.to_string()))
    );
    assert_eq!(archived.operation(late.id).unwrap()["discrepancies"], 1);
    let trailer = archived.lines.last().unwrap();
    assert_eq!(
        (
            &trailer["operations"],
            &trailer["messages"],
            &trailer["reversed_kopecks"]
        ),
        (&json!(5), &json!(2), &json!(32_000))
    );

    // As for any unknown id; nothing moves.
    let answer = server.finish_answer(sold.id, 5, "870.50").await;
    assert!(answer.line().contains("ERROR"), "{}", answer.line());
    assert_eq!(server.admin_get("/v1/balance").await, balance);
    let next = server.rent().await;
    assert!(next.id > open.id);
    assert!(server.archive("2026-11-21").await.is_none(), "nothing is left");
    server.close().await;
}

/// The ids of the operations in it.
fn operations(archived: Option<Archived>) -> Vec<i64> {
    let lines = archived.map_or_else(Vec::new, |archived| archived.lines);
    let operations = lines.iter().filter(|line| line["kind"] == "operation");
    operations.map(|line| line["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn what_is_still_needed_stays() {
    let server = TestServer::build().await;
    let gateway = server.stocked(3).await;
    // At 23:59.
    server.advance(hours(11) + minutes(59));
    server.onlinesim.answers([Reply::new(500, "")]);
    let due = server.rent().await;
    server.sms(&gateway, due.number, "due").await;
    server.finish(due.id, 3, "320").await;
    server.enable(due.number, false).await;
    let (unneeded, previous) = (server.rent().await, server.rent().await);
    server.finish(previous.id, 4, "320").await;
    let open = server.rent().await;
    assert_eq!(open.number, previous.number, "no other one is free");
    server.finish(unneeded.id, 4, "320").await;
    server.advance(minutes(2));
    let refused = server.archive_error("2026-11-21").await;
    let sentence = refused.to_string();
    assert!(matches!(refused, ArchiveError::TooLate(_)), "{sentence}");
    assert!(
        sentence.starts_with("--before must not be later than 2026-11-20"),
        "{sentence}"
    );

    server.advance(minutes(1));
    // The newest rows of each table.
    server.rent().await;
    server.sms(&gateway, open.number, "newest").await;
    server.enable(due.number, true).await;
    assert_eq!(operations(server.archive("2026-11-21").await), [unneeded.id]);
    server.tick().await;
    assert_eq!(
        operations(server.archive("2026-11-21").await),
        [due.id],
        "it was pushed"
    );
    server.finish(open.id, 3, "320").await;
    assert_eq!(
        operations(server.archive("2026-11-21").await),
        [previous.id],
        "no rental follows it within rent.clock_tolerance"
    );
    server.close().await;
}

#[tokio::test]
async fn what_changed_after_the_file_was_written_is_kept() {
    let (server, gateway, rented) = TestServer::with_rentals(3, &[]).await;
    for one in &rented[..2] {
        server.finish(one.id, 3, "320").await;
    }
    server.sms(&gateway, rented[2].number, "newest").await;
    server.advance(DAYS_100);
    server.tick().await;
    server.finish(rented[2].id, 3, "320").await;
    let refund = async || {
        server.finish(rented[1].id, 5, "320").await;
        server.finish(rented[2].id, 5, "320").await;
    };
    let archived = server.archive_while("2026-12-01", refund).await.unwrap();
    let first = archived.operation(rented[1].id).unwrap();
    assert_eq!((archived.kept, first["transfers"].as_array().unwrap().len()), (1, 2));
    assert_eq!(server.fate(rented[1].id).await, "refunded");
    assert_eq!(server.balance().await, "posted 960.00, reversed 640.00");
    let archived = server.archive("2026-12-01").await.unwrap();
    let second = archived.operation(rented[1].id).unwrap();
    assert_eq!((archived.kept, second["transfers"].as_array().unwrap().len()), (0, 3));
    assert_eq!(server.balance().await, "posted 960.00, reversed 640.00");
    server.close().await;
}

#[tokio::test]
async fn an_archive_is_ended_by_the_next_one() {
    let (server, _, rented) = TestServer::with_rentals(2, &[]).await;
    server.finish(rented[0].id, 3, "320").await;
    server.advance(DAYS_100);
    server.tick().await;
    server.finish(rented[1].id, 3, "320").await;
    let folder = tempfile::tempdir().unwrap();
    server
        .in_another_process(async |flows| {
            let before = "2026-12-01".parse().unwrap();
            let file = |name: &str| folder.path().join(name);
            let first = flows
                .write_archive((before, Duration::ZERO), &file("1.gz"), |_| {})
                .await
                .unwrap()
                .unwrap();
            let second = flows
                .write_archive((before, Duration::ZERO), &file("2.gz"), |_| {})
                .await
                .unwrap()
                .unwrap();
            let mut first = flows.begin_removal(&first).await.unwrap();
            let mut second = flows.begin_removal(&second).await.unwrap();
            let ended = flows.remove_archived(&mut first).await;
            assert!(matches!(ended, Err(ArchiveError::Superseded)));
            while flows.remove_archived(&mut second).await.unwrap() {}
            assert_eq!((first.removed, second.kept), (0, 0));
            assert!(second.removed > 0);
        })
        .await;
    server.close().await;
}
