//! Operations: opened, found, closed, corrected.

use leaseline::domain::assignment::{OpenOperation, OwnNumber, SmsHour};
use leaseline::domain::operation::{Finish, Operation, OperationState, Outcome};
use leaseline::domain::stock::GatewayId;
use leaseline::storage::operations::ReceivedCount;
use leaseline::storage::{Error, operations};

use super::store::{NOW, PRICE, Store, after, assert_conflict, cancelled, id, kopecks, number, seconds};

fn opened(operation: i64, digits: &str) -> Operation {
    Operation::open(id(operation), number(digits), kopecks(PRICE), NOW).0
}

pub async fn rule_1_a_number_has_one_open_operation(store: Store) {
    let first = Store::with_rental(&["46701", "46702"], &store).await;
    for wrong in [
        vec![opened(2, "46701")],
        vec![opened(2, "46702"), opened(3, "46702")],
        vec![opened(1, "46702")],
    ] {
        let mut tx = store.write().await;
        operations::insert(&mut tx, &wrong);
        let refused = tx.flush().await.unwrap_err();
        assert!(matches!(refused, Error::Refused { .. }), "{wrong:?}: {refused}");
        tx.rollback().await.unwrap();
    }
    store.close(first).await;
    let mut tx = store.write().await;
    operations::insert(&mut tx, &[opened(2, "46701")]);
    tx.commit().await.unwrap();
    // A closed one cannot be opened again beside it, by whatever means.
    let reopen = "UPDATE operations SET closed_at = NULL, outcome = NULL WHERE id = 1";
    store.sql(reopen).await.unwrap_err();
}

pub async fn an_operation_comes_back_as_it_was_stored(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await;
    let message = store.message(operation, "one", NOW).await;
    assert_eq!(message.0, 1);
    let mut session = store.database.read().await.unwrap();
    let loaded = operations::load(&mut session, &[operation.id, id(7)]).await.unwrap();
    let state = OperationState::Receiving;
    assert_eq!(loaded, [Operation { state, ..operation }]);
    assert_eq!(operations::load(&mut session, &[]).await.unwrap(), []);
}

pub async fn rule_5_an_operation_closes_once(store: Store) {
    let operation = Store::with_rental(&["46701", "46702"], &store).await;
    let closed = store.close(operation).await;
    let sold = operation.finish(Finish::Sold(kopecks(1)), NOW).unwrap().operation;
    for wrong in [
        vec![closed],
        vec![sold],
        vec![operation],
        vec![cancelled(opened(9, "46702"))],
    ] {
        let mut tx = store.write().await;
        operations::close(&mut tx, &wrong);
        let refused = tx.flush().await.unwrap_err();
        assert_conflict(&refused, "operations");
        tx.rollback().await.unwrap();
    }
    let mut session = store.database.read().await.unwrap();
    assert_eq!(operations::load(&mut session, &[operation.id]).await.unwrap(), [closed]);
}

pub async fn rule_6_only_a_closed_operation_is_corrected(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await;
    let correct = [(operation.id, Outcome::Sold)];
    let mut tx = store.write().await;
    operations::correct(&mut tx, &correct);
    let refused = tx.flush().await.unwrap_err();
    assert_conflict(&refused, "operations");
    drop(tx);
    let mut tx = store.write().await;
    operations::close(&mut tx, &[cancelled(operation)]);
    operations::correct(&mut tx, &correct);
    let corrected = operations::load(&mut tx, &[operation.id]).await.unwrap().remove(0);
    let closed = OperationState::Closed {
        at: NOW,
        outcome: Outcome::Sold,
        posted: None,
    };
    assert_eq!(corrected.state, closed, "the outcome alone changes");
}

pub async fn rule_8_the_open_operation_of_a_number_is_found(store: Store) {
    let first = Store::with_rental(&["46701", "46702"], &store).await;
    store.close(first).await;
    let second = store.rent_again(first).await;
    let mut session = store.database.read().await.unwrap();
    let asked = ["46701", "46702", "46703"].map(|digits| (number(digits), None));
    let own = |digits: &str, open| OwnNumber {
        number: number(digits),
        gateway: GatewayId(1),
        open,
    };
    let mut open = OpenOperation {
        id: second.id,
        opened_at: second.opened_at,
        previous_closed_at: None,
        hour: None,
    };
    let found = session.read(operations::open_on(asked)).await.unwrap();
    assert_eq!(found, [own("46701", Some(open)), own("46702", None)]);
    drop(session);

    let mut tx = store.write().await;
    open.hour = Some(SmsHour {
        began_at: NOW,
        count: 3,
    });
    for hour in [open.hour, None] {
        operations::count_received(
            &mut tx,
            [(
                &second.id,
                &ReceivedCount {
                    messages: 2,
                    sms: 1,
                    hour,
                },
            )],
        );
    }
    let found = tx.read(operations::open_on([asked[0]])).await.unwrap();
    assert_eq!(found, [own("46701", Some(open))]);
    tx.commit().await.unwrap();
    assert_eq!(store.column("SELECT message_count FROM operations").await, [0, 4]);
    assert_eq!(store.column("SELECT sms_count FROM operations").await, [0, 2]);
}

/// Of several it is the last one, and only what was sent before the opening asks for it.
pub async fn rule_8_the_end_of_the_previous_operation_is_found(store: Store) {
    let first = Store::with_rental(&["46701"], &store).await;
    let mut open = first;
    for closed_at in [30, 10, 20].map(|ago| NOW.minus(seconds(ago))) {
        let closed = Operation {
            state: OperationState::Closed {
                at: closed_at,
                outcome: Outcome::Cancelled,
                posted: None,
            },
            ..open
        };
        let mut tx = store.write().await;
        operations::close(&mut tx, &[closed]);
        tx.commit().await.unwrap();
        open = store.rent_again(first).await;
    }
    let mut session = store.database.read().await.unwrap();
    let before = NOW.minus(std::time::Duration::from_millis(1));
    let previous = Some(NOW.minus(seconds(20)));
    for (sent_at, expected) in [(None, None), (Some(NOW), None), (Some(before), previous)] {
        let asked = [(first.number, sent_at)];
        let found = session.read(operations::open_on(asked)).await.unwrap().remove(0);
        let found = found.open.unwrap();
        assert_eq!((found.id, found.previous_closed_at), (open.id, expected), "{sent_at:?}");
    }
}

pub async fn messages_that_count_never_go_below_zero(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await;
    let mut tx = store.write().await;
    operations::add_sms(&mut tx, &[(operation.id, 2)]);
    operations::add_sms(&mut tx, &[(operation.id, -2)]);
    tx.flush().await.unwrap();
    operations::add_sms(&mut tx, &[(operation.id, -1)]);
    let refused = tx.flush().await.unwrap_err();
    assert!(matches!(refused, Error::Refused { .. }), "{refused}");
    drop(tx);
    let mut tx = store.write().await;
    operations::add_sms(&mut tx, &[(id(9), 1)]);
    let refused = tx.flush().await.unwrap_err();
    assert!(matches!(refused, Error::Conflict { .. }), "{refused}");
}

pub async fn the_watchdog_finds_the_oldest_that_wait(store: Store) {
    store.stock(1, None, &["46701", "46702", "46703", "46704"]).await;
    let mut tx = store.write().await;
    assert_eq!(operations::oldest_waiting(&mut tx).await.unwrap(), None);
    let ages = [(1, "46701", 30), (2, "46702", 10), (3, "46703", 20), (4, "46704", 5)];
    let all = ages.map(|(operation, digits, at)| {
        let opened_at = after(seconds(at));
        Operation {
            opened_at,
            ..opened(operation, digits)
        }
    });
    operations::insert(&mut tx, &all);
    operations::add_sms(&mut tx, &[(id(4), 1)]);
    assert_eq!(
        operations::oldest_waiting(&mut tx).await.unwrap(),
        Some(after(seconds(10)))
    );
    for (until, limit, expected) in [
        (9, 10, vec![]),
        (20, 10, vec![all[1], all[2]]),
        (99, 2, vec![all[1], all[2]]),
    ] {
        let found = operations::waiting_since(&mut tx, after(seconds(until)), limit)
            .await
            .unwrap();
        assert_eq!(found, expected, "until {until} s, {limit} at most");
    }
}

pub async fn discrepancies_add_up(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await;
    let mut tx = store.write().await;
    operations::count_discrepancies(&mut tx, &[operation.id, operation.id]);
    operations::count_discrepancies(&mut tx, &[operation.id]);
    tx.commit().await.unwrap();
    let mut tx = store.write().await;
    operations::count_discrepancies(&mut tx, &[id(9)]);
    assert!(tx.flush().await.unwrap_err().is_refused());
    tx.commit().await.expect_err("a statement has failed");
    assert_eq!(store.column("SELECT discrepancies FROM operations").await, [3]);
}
