//! What can be rented: the stock as it is read, and the counters behind it.

use leaseline::domain::stock::{Allocation, GatewayId, PoolId, Stock, StockFilter};
use leaseline::storage::stock::KnownPools;
use leaseline::storage::{gateways, pools};

use super::store::{NOW, Store, after, number, rent, seconds};

/// What could be rented, all in all.
fn total(stock: &mut Stock) -> u64 {
    stock
        .available_counts()
        .values()
        .flat_map(|operators| operators.values())
        .sum()
}

pub async fn rule_3_the_stock_leaves_out_offline_gateways(store: Store) {
    store.stock(1, None, &["46701"]).await;
    store.stock(2, None, &["46702", "46703"]).await;
    store
        .sql("UPDATE gateways SET heartbeat_timeout_ms = 60000 WHERE id = 2")
        .await
        .unwrap();
    let mut tx = store.write().await;
    let known = KnownPools::default();
    let mut silent = known.read(&mut tx, NOW).await.unwrap();
    assert_eq!(
        total(&mut silent),
        1,
        "a gateway that never sent a heartbeat is offline"
    );
    gateways::touch(&mut tx, &[GatewayId(1), GatewayId(2)], NOW);
    tx.commit().await.unwrap();
    let mut session = store.database.read().await.unwrap();
    for (later, count) in [(0, 3), (59, 3), (61, 1)] {
        let mut stock = known.read(&mut session, after(seconds(later))).await.unwrap();
        assert_eq!(total(&mut stock), count, "{later} s after the sign of life");
        let pools = stock.candidates(&StockFilter::default(), 0, Allocation::WithinShare);
        let gateway = |pool: &PoolId| stock.pool(*pool).unwrap().gateway;
        assert!(pools.iter().all(|pool| count == 3 || gateway(pool) == GatewayId(1)));
    }
}

/// A capacity that a gateway gets later counts what is rented already; and the counter itself is looked after.
pub async fn rule_3_what_is_rented_counts_whenever_the_capacity_comes(store: Store) {
    let one = store.stock(1, None, &["46701", "46702"]).await;
    let two = store.stock(1, None, &["46703"]).await;
    store.rent(one, "46701").await;
    store.sql("UPDATE gateways SET capacity = 2").await.unwrap();
    store.rent(two, "46703").await;
    let mut tx = store.write().await;
    assert!(rent(&mut tx, one, number("46702")).await.unwrap_err().is_refused());
    tx.rollback().await.unwrap();
    let mut session = store.database.read().await.unwrap();
    assert_eq!(pools::out_of_sync(&mut session).await.unwrap(), []);
    drop(session);
    store.sql("UPDATE gateways SET rented = rented - 1").await.unwrap();
    let mut session = store.database.read().await.unwrap();
    assert_eq!(pools::out_of_sync(&mut session).await.unwrap(), [one, two]);
}

/// What is known of pools is read again when another process makes or deletes one, also when an id is used again.
pub async fn rule_4_the_stock_follows_who_makes_and_deletes_pools(store: Store) {
    store.stock(1, None, &["46701"]).await;
    store.stock(1, None, &["46702", "46703"]).await;
    let known = KnownPools::default();
    let shown = async || {
        let mut session = store.database.read().await.unwrap();
        let promise = known.read(&mut session, NOW).await.unwrap().available_counts();
        let operators = promise.into_values().flatten();
        operators
            .map(|(name, count)| format!("{name} {count}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    assert_eq!(shown().await, "op1 1, op2 2");
    store.sql("UPDATE pools SET free = 3 WHERE id = 1").await.unwrap();
    assert_eq!(shown().await, "op1 3, op2 2", "counters are never kept");
    let used_again =
        "DELETE FROM available_numbers WHERE pool_id = 2; DELETE FROM numbers WHERE pool_id = 2; DELETE FROM pools WHERE id = 2;
                      INSERT INTO pools (id, gateway_id, country, operator, free) VALUES (2, 1, 'norway', 'telenor', 7)";
    store.sql(used_again).await.unwrap();
    assert_eq!(store.count("SELECT id FROM pools WHERE country = 'norway'").await, 2);
    assert_eq!(shown().await, "telenor 7, op1 3");
    store.sql("DELETE FROM pools WHERE id = 2").await.unwrap();
    assert_eq!(shown().await, "op1 3");
}
