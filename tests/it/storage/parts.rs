//! Concatenated SMS and repetitions: what is stored comes back, and the database keeps their rules.
use leaseline::domain::assignment::UnassignedReason;
use leaseline::domain::concatenation::{ConcatKey, ConcatenatedSms, ConcatenatedSmsId};
use leaseline::domain::delivery::MessageId;
use leaseline::domain::fingerprint::{ContentKey, Fingerprint, SmsId};
use leaseline::domain::operation::OperationId;
use leaseline::domain::sms::{Destination, Slot, Utf16Text};
use leaseline::domain::stock::GatewayId;
use leaseline::domain::time::Timestamp;
use leaseline::storage::{Error, incomplete_messages, messages};

use super::store::{NOW, Store, after, destination, id, new, number, seconds, sms};

fn long(id: i64, operation: Option<OperationId>, parts: &[(u8, &str)]) -> ConcatenatedSms {
    ConcatenatedSms {
        id: ConcatenatedSmsId(id),
        key: ConcatKey {
            gateway: GatewayId(1),
            to: Destination::KnownSlot {
                slot: Slot::parse("modem").unwrap(),
                number: number("46701"),
            },
            sender: "VK".to_owned(),
            reference: 65_535,
            total: 255,
        },
        owner: operation.ok_or(UnassignedReason::OtherGateway),
        sent_at: Some(after(seconds(1))),
        received_at: after(seconds(2)),
        started_at: after(seconds(3)),
        closed_at: None,
        parts: parts.iter().map(|(place, text)| (*place, (*text).into())).collect(),
    }
}

async fn insert(store: &Store, all: &[ConcatenatedSms]) -> Result<(), Error> {
    let mut tx = store.write().await;
    incomplete_messages::insert(&mut tx, all.iter());
    for one in all {
        let parts = one.parts.iter();
        incomplete_messages::add(&mut tx, parts.map(|(place, text)| (one.id, *place, text)));
    }
    tx.commit().await
}

async fn close(store: &Store, ids: &[i64], at: Timestamp) -> Result<(), Error> {
    let mut tx = store.write().await;
    let ids: Vec<ConcatenatedSmsId> = ids.iter().map(|id| ConcatenatedSmsId(*id)).collect();
    incomplete_messages::close(&mut tx, &ids, at);
    tx.commit().await
}

pub async fn rule_7_a_long_sms_comes_back_as_it_was_stored(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await;
    let mut nobody = long(2, None, &[(1, "x")]);
    nobody.key.to = Destination::UnknownSlots(["port 7", "A, \"B\""].map(|name| Slot::parse(name).unwrap()).to_vec());
    nobody.sent_at = None;
    let all = [long(1, Some(operation.id), &[(255, "end"), (2, "Код ✓\n")]), nobody];
    insert(&store, &all).await.unwrap();
    let mut session = store.database.read().await.unwrap();
    let keys = [&all[0].key, &all[1].key];
    let found = incomplete_messages::candidates(&mut session, &keys, NOW, seconds(9))
        .await
        .unwrap();
    assert!(found == all);
    assert!(
        incomplete_messages::candidates(&mut session, &keys[1..], NOW, seconds(9))
            .await
            .unwrap()
            == all[1..]
    );
    assert_eq!(session.read(incomplete_messages::next_id()).await.unwrap(), 3);
    let waiting = incomplete_messages::waiting_for(&mut session, &[operation.id, id(9)])
        .await
        .unwrap();
    assert!(waiting == all[..1]);
}

pub async fn rule_7_lone_surrogates_come_back(store: Store) {
    store.stock(1, None, &["46701"]).await;
    let units = [[0xdc00, 0xd800], [0xdfff, 0xdbff], [0, 0xfffd]];
    let parts = units.map(|units| units.into_iter().collect());
    let all = [ConcatenatedSms {
        parts: (1..).zip(parts).collect(),
        ..long(1, None, &[])
    }];
    insert(&store, &all).await.unwrap();
    let mut session = store.database.read().await.unwrap();
    let found = incomplete_messages::candidates(&mut session, &[&all[0].key], NOW, seconds(9)).await;
    assert!(found.unwrap() == all);
}

pub async fn rule_7_one_that_cannot_be_read_does_not_hold_up_the_others(store: Store) {
    store.stock(1, None, &["46701"]).await;
    let all = [1, 2, 3, 4, 5, 6].map(|id| long(id, None, &[(1, "x")]));
    insert(&store, &all).await.unwrap();
    for damage in [
        "UPDATE concatenated_messages SET total = 256 WHERE id = 2",
        "UPDATE message_parts SET units = unhex('004141') WHERE concatenated_message_id = 4",
    ] {
        store.damage(damage).await;
    }
    let mut session = store.database.read().await.unwrap();
    let found = incomplete_messages::overdue(&mut session, after(seconds(99)), seconds(1), 9)
        .await
        .unwrap();
    assert_eq!(found.iter().map(|one| one.id.0).collect::<Vec<_>>(), [1, 3, 5, 6]);
}

pub async fn rule_12_who_waited_too_long_is_found_and_then_forgotten(store: Store) {
    store.stock(1, None, &["46701"]).await;
    let started = |id, at| ConcatenatedSms {
        started_at: at,
        ..long(id, None, &[(1, "x")])
    };
    let all = [
        started(1, after(seconds(10))),
        started(2, NOW),
        started(3, after(seconds(5))),
    ];
    insert(&store, &all).await.unwrap();
    let overdue = async |at, timeout, limit| {
        let mut session = store.database.read().await.unwrap();
        let found = incomplete_messages::overdue(&mut session, at, timeout, limit)
            .await
            .unwrap();
        found.iter().map(|one| one.id.0).collect::<Vec<_>>()
    };
    assert_eq!(overdue(after(seconds(14)), seconds(10), 9).await, [2]);
    assert_eq!(overdue(after(seconds(15)), seconds(10), 9).await, [2, 3]);
    assert_eq!(
        overdue(after(seconds(20)), seconds(10), 2).await,
        [2, 3],
        "the oldest first"
    );
    // The clock was put back by more than the time-out: what lies beyond it has waited, too.
    assert_eq!(overdue(NOW, seconds(9), 9).await, [1]);
    assert_eq!(overdue(NOW, seconds(10), 9).await, [0_i64; 0]);

    close(&store, &[2, 3], after(seconds(20))).await.unwrap();
    let again = close(&store, &[1, 2], after(seconds(20))).await.unwrap_err();
    assert!(matches!(again, Error::Conflict { .. }), "{again}");
    let mut session = store.database.read().await.unwrap();
    let times = incomplete_messages::times(&mut session).await.unwrap();
    let (waiting, closed) = (after(seconds(10)), after(seconds(20)));
    assert_eq!(times, (Some(waiting..=waiting), Some(closed..=closed)));
    for (now, memory, count) in [(30, 10, 3), (30, 9, 1), (10, 10, 3), (10, 9, 1)] {
        let now = after(seconds(now));
        let found = incomplete_messages::candidates(&mut session, &[&all[0].key], now, seconds(memory))
            .await
            .unwrap();
        assert_eq!(found.len(), count);
    }
    drop(session);
    for (now, limit, gone) in [(29, 9, 0), (10, 9, 0), (30, 1, 1), (9, 9, 1), (99, 9, 0)] {
        let mut tx = store.write().await;
        let forgotten = incomplete_messages::forget(&mut tx, after(seconds(now)), seconds(10), limit)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(forgotten, gone);
    }
    assert_eq!(
        (
            store.rows("concatenated_messages").await,
            store.rows("message_parts").await
        ),
        (1, 1)
    );
}

pub async fn rule_7_a_part_has_its_place_once(store: Store) {
    store.stock(1, None, &["46701"]).await;
    insert(&store, &[long(1, None, &[(1, "x")])]).await.unwrap();
    let add = async |long: i64, place| {
        let mut tx = store.write().await;
        let text = Utf16Text::from("y");
        incomplete_messages::add(&mut tx, [(ConcatenatedSmsId(long), place, &text)].into_iter());
        tx.commit().await
    };
    for (long, place) in [(1, 1), (1, 0), (9, 1)] {
        assert!(add(long, place).await.unwrap_err().is_refused(), "{long} {place}");
    }
    add(1, 2).await.unwrap();
    close(&store, &[1], NOW).await.unwrap();
    assert!(add(1, 3).await.unwrap_err().is_refused(), "it waits no more");
}

pub async fn rule_7_ids_of_parts_are_remembered(store: Store) {
    store.stock(1, None, &[]).await;
    store.stock(2, None, &[]).await;
    let content = |text: &str| Fingerprint::of_content(GatewayId(1), &destination("46701"), "VK", text);
    let part = |(gateway, external_id, place, text): (i64, &'static str, u8, &str)| {
        let id = SmsId {
            gateway: GatewayId(gateway),
            external_id,
            sequence: Some(place),
        };
        (id, content(text))
    };
    let remember = async |parts: &[(i64, &'static str, u8, &str)], at| {
        let mut tx = store.write().await;
        let parts: Vec<_> = parts.iter().map(|one| part(*one)).collect();
        incomplete_messages::remember(&mut tx, &parts, at);
        tx.commit().await
    };
    remember(&[(1, "a", 1, "x"), (2, "7", 1, "x")], NOW).await.unwrap();
    remember(&[(2, "a", 1, "x")], after(seconds(1))).await.unwrap();
    let again = remember(&[(1, "b", 1, "x"), (1, "a", 1, "x")], NOW).await;
    assert!(again.unwrap_err().is_refused());
    let asked = [
        (1, "a", 1, "x"),
        (1, "7", 1, "x"),
        (2, "7", 1, "y"),
        (1, "b", 1, "x"),
        (1, "a", 2, "x"),
    ];
    let mut session = store.database.read().await.unwrap();
    let known = incomplete_messages::existing_part_ids(&asked.map(part));
    let mut known = session.read(known).await.unwrap();
    known.sort_unstable();
    assert_eq!(known, [(0, true), (2, false)]);
    drop(session);
    for (until, limit, gone) in [(0, 9, 0), (1, 1, 1), (1, 9, 1), (1, 9, 0), (2, 9, 1)] {
        let mut tx = store.write().await;
        let forgotten = incomplete_messages::forget_ids(&mut tx, after(seconds(until)), limit)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(forgotten, gone);
    }
}

pub async fn rule_7_what_says_the_same_in_time_is_found(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await;
    let mut tx = store.write().await;
    let (without, with) = (
        sms(number("46701"), None, "text"),
        sms(number("46701"), Some("a"), "other"),
    );
    let mut one = new(MessageId(1), GatewayId(1), Some(operation.id), &without);
    one.received_at = after(seconds(100));
    messages::insert(&mut tx, &[one, new(MessageId(2), GatewayId(1), None, &with)]);
    let nobody = Destination::UnknownSlots(vec![Slot::parse("7").unwrap()]);
    let of_line = sms(number("46701"), None, "text");
    let mut of_line = new(MessageId(3), GatewayId(1), None, &of_line);
    of_line.fingerprint = Fingerprint::of_content(GatewayId(1), &nobody, "Service", "text");
    (of_line.to, of_line.sent_at) = (&nobody, Some(NOW));
    messages::insert(&mut tx, &[of_line]);
    tx.commit().await.unwrap();
    let to = destination("46701");
    let said = |to, text, operation, sent_at, at| ContentKey {
        fingerprint: Fingerprint::of_content(GatewayId(1), to, "Service", text),
        operation,
        sent_at,
        received_at: after(seconds(at)),
    };
    let own = Some(operation.id);
    let asked = [
        said(&to, "text", own, None, 39),
        said(&to, "text", own, None, 40),
        said(&to, "text", own, Some(NOW), 160),
        said(&to, "text", own, None, 161),
        said(&to, "Text", own, None, 100),
        said(&to, "other", None, None, 0),
        // Another renter may be sent the same.
        said(&to, "text", None, None, 100),
        said(&nobody, "text", None, None, 0),
        said(&nobody, "text", None, Some(NOW), 0),
        said(&nobody, "text", None, Some(after(seconds(1))), 0),
        // Whose it is makes no difference where both were sent at the same time.
        said(&nobody, "text", own, Some(NOW), 0),
    ];
    let mut session = store.database.read().await.unwrap();
    let duplicates = messages::recent_duplicates(&asked, seconds(60));
    let mut duplicates = session.read(duplicates).await.unwrap();
    duplicates.sort_unstable();
    assert_eq!(duplicates, [1, 2, 7, 8, 10]);
}
