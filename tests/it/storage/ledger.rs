//! The ledger: lines are added, never changed.

use leaseline::domain::ledger::{Transfer, TransferKind, reserve, reverse, sell, void};
use leaseline::domain::operation::OperationId;
use leaseline::storage::{Error, ledger};

use super::store::{NOW, PRICE, Store, id, kopecks};

async fn append(store: &Store, operation: OperationId, lines: &[Transfer]) -> Result<(), Error> {
    let lines: Vec<_> = lines.iter().map(|line| (operation, *line)).collect();
    let mut tx = store.write().await;
    ledger::append(&mut tx, &lines, NOW);
    tx.commit().await
}

async fn is_refused(store: &Store, operation: OperationId, lines: &[Transfer]) {
    let before = store.rows("ledger").await;
    let refused = append(store, operation, lines).await.unwrap_err();
    assert!(matches!(refused, Error::Refused { .. }), "{lines:?}: {refused}");
    assert_eq!(store.rows("ledger").await, before);
}

const fn post(kopecks: leaseline::domain::money::Kopecks) -> Transfer {
    let kind = TransferKind::Post;
    Transfer { kind, amount: kopecks }
}

pub async fn rule_6_an_operation_is_credited_once(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await.id;
    append(&store, operation, &sell(kopecks(PRICE), kopecks(PRICE)))
        .await
        .unwrap();
    is_refused(&store, operation, &[post(kopecks(PRICE))]).await;
    is_refused(&store, operation, &[post(kopecks(0))]).await;
    is_refused(&store, operation, &[reserve(kopecks(1)), post(kopecks(1))]).await;
}

pub async fn rule_6_an_operation_is_reversed_once(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await.id;
    append(&store, operation, &[post(kopecks(PRICE)), reverse(kopecks(PRICE))])
        .await
        .unwrap();
    is_refused(&store, operation, &[reverse(kopecks(PRICE))]).await;
    is_refused(&store, operation, &[post(kopecks(PRICE))]).await;
}

pub async fn rule_6_only_what_was_posted_is_reversed(store: Store) {
    let operation = Store::with_rental(&["46701", "46702"], &store).await.id;
    is_refused(&store, operation, &[reverse(kopecks(PRICE))]).await;
    is_refused(&store, operation, &[reverse(kopecks(0))]).await;
    is_refused(&store, operation, &[reverse(kopecks(PRICE)), post(kopecks(PRICE))]).await;
    append(&store, operation, &[post(kopecks(PRICE))]).await.unwrap();
    is_refused(&store, operation, &[reverse(kopecks(PRICE - 1))]).await;
    is_refused(&store, operation, &[reverse(kopecks(PRICE + 1))]).await;
    // What another operation was credited does not help.
    let other = store.rent(leaseline::domain::stock::PoolId(1), "46702").await.id;
    is_refused(&store, other, &[reverse(kopecks(PRICE))]).await;
    append(&store, operation, &[reverse(kopecks(PRICE))]).await.unwrap();
}

pub async fn rule_6_lines_are_neither_changed_nor_deleted(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await.id;
    append(&store, operation, &sell(kopecks(PRICE), kopecks(87_050)))
        .await
        .unwrap();
    for statement in [
        "UPDATE ledger SET kopecks = kopecks + 1",
        "UPDATE ledger SET booked_at = 0 WHERE kind = 'post'",
        "UPDATE ledger SET kind = 'void' WHERE kind = 'reserve'",
        "DELETE FROM ledger",
        "DELETE FROM ledger WHERE kind = 'reserve'",
        "INSERT INTO ledger (id, operation_id, kind, kopecks, booked_at) VALUES (1, 1, 'void', 1, 1)
         ON CONFLICT (id) DO UPDATE SET kopecks = 1",
        "DELETE FROM operations",
    ] {
        let refused = store.sql(statement).await;
        assert!(refused.is_err(), "{statement}");
    }
    let lines = "SELECT kopecks FROM ledger ORDER BY id";
    assert_eq!(store.column(lines).await, [PRICE, 87_050 - PRICE, 87_050]);
}

/// SQLite's REPLACE deletes without asking the triggers on DELETE. PostgreSQL has no such statement, but one that changes the row
/// that is in the way.
pub async fn rule_6_lines_are_not_replaced(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await.id;
    append(&store, operation, &sell(kopecks(PRICE), kopecks(PRICE)))
        .await
        .unwrap();
    for values in ["1, 1, 'void', 1, 1", "2, 1, 'post', 1, 1", "7, 1, 'post', 1, 1"] {
        let statement = store.replace(
            "ledger",
            "(id, operation_id, kind, kopecks, booked_at)",
            values,
            "kopecks",
        );
        assert!(store.sql(&statement).await.is_err(), "{statement}");
    }
    assert_eq!(store.column("SELECT kopecks FROM ledger").await, [PRICE, PRICE]);
}

pub async fn rule_6_the_balance_adds_up(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await.id;
    append(&store, operation, &sell(kopecks(PRICE), kopecks(20_000)))
        .await
        .unwrap();
    append(
        &store,
        operation,
        &[reverse(kopecks(20_000)), reserve(kopecks(7)), void(kopecks(3))],
    )
    .await
    .unwrap();
    let mut session = store.database.read().await.unwrap();
    let balance = ledger::balance(&mut session).await.unwrap();
    assert_eq!(balance.reserved, kopecks(PRICE + 7));
    assert_eq!(balance.posted, kopecks(20_000));
    assert_eq!(balance.voided, kopecks(12_003));
    assert_eq!(balance.reversed, kopecks(20_000));
    assert_eq!(balance.expected(), Some(kopecks(4)));
}

/// Wherever the totals stand, the balance is the sum of all lines.
pub async fn rule_6_the_totals_follow_the_lines(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await.id;
    let sold = sell(kopecks(PRICE), kopecks(40_000));
    for lines in [
        &sold[..],
        &[reverse(kopecks(40_000))],
        &[reserve(kopecks(7)), void(kopecks(3))],
    ] {
        append(&store, operation, lines).await.unwrap();
        for limit in [1, 2, 100] {
            let mut session = store.database.read().await.unwrap();
            let tail = ledger::unfolded(&mut session, limit).await.unwrap();
            assert!(tail.transfers <= u64::from(limit));
            let mut tx = store.write().await;
            ledger::fold(&mut tx, &tail);
            tx.commit().await.unwrap();
            // What was folded once is not folded again.
            let mut tx = store.write().await;
            ledger::fold(&mut tx, &tail);
            assert_eq!(tx.commit().await.is_err(), tail.transfers > 0);
            let mut session = store.database.read().await.unwrap();
            let recount = ledger::recount(&mut session).await.unwrap();
            assert_eq!(ledger::balance(&mut session).await.unwrap(), recount);
        }
        let mut session = store.database.read().await.unwrap();
        assert_eq!(ledger::unfolded(&mut session, 1).await.unwrap().transfers, 0);
    }
}

pub async fn lines_need_an_operation(store: Store) {
    is_refused(&store, id(1), &[reserve(kopecks(PRICE))]).await;
}
