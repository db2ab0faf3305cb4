//! Two contenders, one wins. Contenders are tasks that share one handle, or two handles as two processes have them.

use futures_util::future::join_all;
use leaseline::domain::delivery::MessageId;
use leaseline::domain::exclusion::Exclusions;
use leaseline::domain::ledger::{sell, void};
use leaseline::domain::operation::{Operation, OperationId};
use leaseline::domain::phone::PhoneNumber;
use leaseline::domain::stock::{GatewayId, PoolId};
use leaseline::storage::pools::RangeScan;
use leaseline::storage::{Database, Error, deliveries, ledger, messages, operations, pools};

use super::store::{NOW, PRICE, Store, cancelled, kopecks, new, number, rent, seconds, sms};

/// Chooses and rents as the flow does: all of it inside the transaction. `None`: nothing is left.
async fn choose_and_rent(database: Database, pool: PoolId) -> Result<Option<Operation>, Error> {
    let mut tx = database.write().await?;
    let ranges = Exclusions::default().ranges_after(None);
    let search = RangeScan { pool, ranges, limit: 1 };
    let found = tx.read(pools::free_numbers(&search)).await?;
    let Some(number) = found.first() else {
        return Ok(None);
    };
    let operation = rent(&mut tx, pool, *number).await?;
    tx.commit().await?;
    Ok(Some(operation))
}

/// Rents a number that was chosen before.
async fn rent_chosen(database: Database, pool: PoolId, number: PhoneNumber) -> Result<Operation, Error> {
    let mut tx = database.write().await?;
    let operation = rent(&mut tx, pool, number).await?;
    tx.commit().await?;
    Ok(operation)
}

/// One task for each handle; what became of them.
async fn contend<F, T>(handles: &[Database], act: impl Fn(Database) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let tasks = handles.iter().map(|handle| tokio::spawn(act(handle.clone())));
    let ended = join_all(tasks.collect::<Vec<_>>()).await;
    ended.into_iter().map(Result::unwrap).collect()
}

async fn handles(store: &Store) -> [Database; 4] {
    let other = store.another().await;
    [store.database.clone(), other.clone(), store.database.clone(), other]
}

/// Exactly one succeeded, and the others were refused.
fn one_wins<T: std::fmt::Debug>(outcomes: Vec<Result<T, Error>>) -> T {
    let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    for error in lost.into_iter().map(Result::unwrap_err) {
        assert!(error.is_refused(), "{error}");
        assert!(!error.is_unavailable(), "{error}");
    }
    let mut won: Vec<T> = won.into_iter().map(Result::unwrap).collect();
    assert_eq!(won.len(), 1, "one wins: {won:?}");
    won.remove(0)
}

async fn one_gets_the_last_number(store: &Store, handles: &[Database]) {
    let pool = store.stock(1, None, &["46701"]).await;
    let outcomes = contend(handles, |database| choose_and_rent(database, pool)).await;
    let rented: Vec<Operation> = outcomes.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(rented.len(), 1, "{rented:?}");
    assert_eq!(store.rows("operations").await, 1);
    assert_eq!(store.rows("ledger").await, 1);
    assert_eq!(store.rows("available_numbers").await, 0);
}

pub async fn rule_1_two_contenders_for_the_last_number_one_wins(store: Store) {
    let two = [store.database.clone(), store.database.clone()];
    one_gets_the_last_number(&store, &two).await;
}

pub async fn rule_1_two_processes_contend_for_the_last_number_one_wins(store: Store) {
    let two = [store.database.clone(), store.another().await];
    one_gets_the_last_number(&store, &two).await;
}

pub async fn rule_1_contenders_who_chose_before_they_began_one_wins(store: Store) {
    let pool = store.stock(1, None, &["46701", "46702"]).await;
    let chosen = number("46701");
    let outcomes = contend(&handles(&store).await, |database| rent_chosen(database, pool, chosen)).await;
    one_wins(outcomes);
    assert_eq!(store.rows("operations").await, 1);
    assert_eq!(store.rows("ledger").await, 1);
    let mut session = store.database.read().await.unwrap();
    assert!(pools::out_of_sync(&mut session).await.unwrap().is_empty());
}

pub async fn rule_1_a_crowd_shares_out_what_there_is(store: Store) {
    let digits = ["46701", "46702", "46703", "46704", "46705"];
    let pool = store.stock(1, None, &digits).await;
    let crowd: Vec<Database> = handles(&store).await.into_iter().cycle().take(16).collect();
    let outcomes = contend(&crowd, |database| choose_and_rent(database, pool)).await;
    let mut rented: Vec<String> = outcomes
        .into_iter()
        .filter_map(Result::unwrap)
        .map(|operation| operation.number.digits())
        .collect();
    rented.sort();
    assert_eq!(rented, digits);
    assert_eq!(
        store.column("SELECT id FROM operations ORDER BY id").await,
        [1, 2, 3, 4, 5]
    );
}

pub async fn rule_3_two_contenders_for_the_last_place_of_a_gateway(store: Store) {
    let first = store.stock(1, Some(1), &["46701"]).await;
    let second = store.stock(1, Some(1), &["46702"]).await;
    let other = store.another().await;
    let (one, two) = tokio::join!(
        rent_chosen(store.database.clone(), first, number("46701")),
        rent_chosen(other, second, number("46702"))
    );
    one_wins(vec![one, two]);
    assert_eq!(store.rows("operations").await, 1);
    assert_eq!(store.count("SELECT sum(rented) FROM pools").await, 1);
}

pub async fn rule_5_two_contenders_close_one_operation(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await;
    let outcomes = contend(&handles(&store).await, |database| async move {
        let mut tx = database.write().await?;
        operations::close(&mut tx, &[cancelled(operation)]);
        ledger::append(&mut tx, &[(operation.id, void(kopecks(PRICE)))], NOW);
        tx.commit().await
    })
    .await;
    one_wins(outcomes);
    assert_eq!(store.count("SELECT count(*) FROM ledger WHERE kind = 'void'").await, 1);
}

pub async fn rule_6_two_contenders_credit_one_operation(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await;
    let outcomes = contend(&handles(&store).await, |database| async move {
        let mut tx = database.write().await?;
        let lines: Vec<_> = sell(kopecks(PRICE), kopecks(50_000))
            .into_iter()
            .map(|line| (operation.id, line))
            .collect();
        ledger::append(&mut tx, &lines, NOW);
        tx.commit().await
    })
    .await;
    one_wins(outcomes);
    let posted = "SELECT sum(kopecks) FROM ledger WHERE kind = 'post'";
    assert_eq!(store.count(posted).await, 50_000);
    // The losers' other lines are gone with them.
    let reserved = "SELECT sum(kopecks) FROM ledger WHERE kind = 'reserve'";
    assert_eq!(store.count(reserved).await, 50_000);
}

pub async fn rule_7_two_contenders_claim_one_delivery(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await;
    let message = store.message(operation, "one", NOW).await;
    let outcomes = contend(&handles(&store).await, |database| async move {
        let mut tx = database.write().await.unwrap();
        let due = deliveries::candidates(&mut tx, NOW, 10, &[]).await.unwrap();
        let claims: Vec<_> = due.into_iter().map(|one| one.claim).collect();
        let ids: Vec<_> = claims.iter().map(|claim| claim.message).collect();
        deliveries::lease(&mut tx, &ids, NOW + seconds(30));
        tx.commit().await.unwrap();
        claims
    })
    .await;
    let claims: Vec<_> = outcomes.into_iter().flatten().collect();
    assert_eq!(claims.len(), 1);
    assert_eq!((claims[0].message, claims[0].attempt), (message, 1));
}

pub async fn rule_7_two_contenders_store_one_message(store: Store) {
    store.stock(1, None, &["46701"]).await;
    let outcomes = contend(&handles(&store).await, |database| async move {
        let mut tx = database.write().await?;
        let id = MessageId(tx.read(messages::next_id()).await?);
        let sms = sms(number("46701"), Some("a-1"), "text");
        messages::insert(&mut tx, &[new(id, GatewayId(1), None::<OperationId>, &sms)]);
        tx.commit().await
    })
    .await;
    one_wins(outcomes);
    assert_eq!(store.rows("messages").await, 1);
}
