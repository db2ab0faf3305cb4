//! All or nothing, and one after another.

use std::pin::pin;

use futures_util::poll;
use leaseline::domain::operation::Operation;
use leaseline::storage::{Database, Error, WriteTx, ledger, operations, pools};

use super::store::{NOW, PRICE, Store, cancelled, id, kopecks, number, rent};

/// Tables that a rental writes, as they are without one.
async fn is_untouched(store: &Store) {
    assert_eq!(store.rows("operations").await, 0);
    assert_eq!(store.rows("ledger").await, 0);
    assert_eq!(store.rows("available_numbers").await, 2);
    assert_eq!(store.column("SELECT free FROM pools").await, [2]);
    assert_eq!(store.column("SELECT rented FROM pools").await, [0]);
}

pub async fn a_rollback_leaves_nothing(store: Store) {
    let pool = store.stock(1, None, &["46701", "46702"]).await;
    let mut tx = store.write().await;
    rent(&mut tx, pool, number("46701")).await.unwrap();
    tx.rollback().await.unwrap();
    is_untouched(&store).await;
}

pub async fn a_transaction_dropped_midway_leaves_nothing(store: Store) {
    let pool = store.stock(1, None, &["46701", "46702"]).await;
    for _ in 0..3 {
        let mut tx = store.write().await;
        rent(&mut tx, pool, number("46701")).await.unwrap();
        drop(tx);
    }
    // The next one starts clean, on the same connection.
    let mut tx = store.write().await;
    assert_eq!(tx.read(operations::next_id()).await.unwrap(), 1);
    tx.rollback().await.unwrap();
    is_untouched(&store).await;
}

pub async fn a_failed_statement_leaves_nothing_of_its_transaction(store: Store) {
    let pool = store.stock(1, None, &["46701", "46702"]).await;
    let mut tx = store.write().await;
    rent(&mut tx, pool, number("46701")).await.unwrap();
    // A flow hands the error up with `?`, which drops the transaction.
    assert!(rent(&mut tx, pool, number("46701")).await.unwrap_err().is_refused());
    drop(tx);
    drop(store.write().await);
    is_untouched(&store).await;
}

pub async fn what_is_committed_is_seen_by_every_handle(store: Store) {
    let other = store.another().await;
    let pool = store.stock(1, None, &["46701"]).await;
    let operation = store.rent(pool, "46701").await;
    for database in [&store.database, &other] {
        let mut session = database.read().await.unwrap();
        let loaded = operations::load(&mut session, &[operation.id]).await.unwrap();
        assert_eq!(loaded, [operation]);
    }
}

pub async fn what_is_not_committed_is_not_seen_by_others(store: Store) {
    let pool = store.stock(1, None, &["46701"]).await;
    let mut tx = store.write().await;
    let operation = rent(&mut tx, pool, number("46701")).await.unwrap();
    assert_eq!(operations::load(&mut tx, &[operation.id]).await.unwrap().len(), 1);
    let mut session = store.database.read().await.unwrap();
    assert_eq!(operations::load(&mut session, &[operation.id]).await.unwrap(), []);
    assert!(pools::out_of_sync(&mut session).await.unwrap().is_empty());
    tx.commit().await.unwrap();
}

pub async fn a_view_does_not_change_while_it_is_read(store: Store) {
    let pool = store.stock(1, None, &["46701"]).await;
    let operation = store.rent(pool, "46701").await;
    let mut view = store.database.read().await.unwrap();
    let before = operations::load(&mut view, &[operation.id]).await.unwrap();
    let closed = store.close(operation).await;
    assert_eq!(operations::load(&mut view, &[operation.id]).await.unwrap(), before);
    drop(view);
    let mut view = store.database.read().await.unwrap();
    assert_eq!(operations::load(&mut view, &[operation.id]).await.unwrap(), [closed]);
}

/// Whoever gives a statement up does not know what became of it.
pub async fn nothing_follows_a_statement_that_was_given_up(store: Store) {
    let pool = store.stock(1, None, &["46701", "46702"]).await;
    let mut tx = store.write().await;
    {
        let given_up = pin!(rent(&mut tx, pool, number("46701")));
        assert!(poll!(given_up).is_pending());
    }
    rent(&mut tx, pool, number("46702"))
        .await
        .expect_err("the transaction is over");
    tx.commit().await.expect_err("and cannot be committed");
    is_untouched(&store).await;
}

async fn begin(database: &Database) -> Result<WriteTx, Error> {
    let mut tx = database.write().await?;
    tx.flush().await?;
    Ok(tx)
}

pub async fn there_is_one_writer_at_a_time(store: Store) {
    let pool = store.stock(1, None, &["46701"]).await;
    let operation = store.rent(pool, "46701").await;
    for second in [store.database.clone(), store.another().await] {
        let first = begin(&store.database).await.unwrap();
        let mut second = pin!(begin(&second));
        assert!(poll!(&mut second).is_pending(), "the second writer waits");
        first.rollback().await.unwrap();
        let tx = second.await.unwrap();
        tx.rollback().await.unwrap();
    }
    // What the second one reads is what the first one left.
    let mut first = begin(&store.database).await.unwrap();
    let other = store.another().await;
    let mut second = pin!(begin(&other));
    assert!(poll!(&mut second).is_pending());
    let closed = cancelled(operation);
    operations::close(&mut first, &[closed]);
    first.commit().await.unwrap();
    let mut tx = second.await.unwrap();
    assert_eq!(operations::load(&mut tx, &[operation.id]).await.unwrap(), [closed]);
}

/// Writes and COMMIT make one round trip: only the database itself checks the row counts in between.
pub async fn a_commit_behind_a_write_that_misses_a_row_commits_nothing(store: Store) {
    let pool = store.stock(1, None, &["46701", "46702"]).await;
    let closed = cancelled(store.rent(pool, "46701").await);
    let mut tx = store.write().await;
    operations::close(&mut tx, &[closed]);
    tx.commit().await.unwrap();
    let mut tx = store.write().await;
    let (operation, line) = Operation::open(id(2), number("46702"), kopecks(PRICE), NOW);
    operations::insert(&mut tx, &[operation]);
    ledger::append(&mut tx, &[(operation.id, line)], NOW);
    operations::close(&mut tx, &[closed]);
    let refused = tx.commit().await.unwrap_err();
    assert!(refused.is_refused(), "{refused}");
    assert!(
        store.database.last_commit_succeeded(),
        "a refusal does not make the file unwritable"
    );
    assert_eq!(store.column("SELECT id FROM operations").await, [closed.id.as_i64()]);
    store.rent(pool, "46702").await;
}

pub async fn probing_writes(store: Store) {
    assert!(store.database.can_commit(NOW).await);
    assert_eq!(store.column("SELECT written_at FROM probe").await, [NOW.as_ms()]);
    assert_eq!(store.database.pending_migrations().await.unwrap(), 0);
}
