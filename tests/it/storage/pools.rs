//! Pools come with their first number and go with their last one.

use leaseline::domain::inventory::PoolKey;
use leaseline::domain::stock::GatewayId;
use leaseline::domain::stock::delta::StockDelta;
use leaseline::domain::wire_name::{CountryName, OperatorName};
use leaseline::storage::{numbers, pools};

use super::store::{Store, number};

pub async fn a_pool_is_removed_when_no_number_is_left(store: Store) {
    let one = store.stock(1, None, &["46701", "46702"]).await;
    let two = store.stock(1, None, &["46703"]).await;
    let pools = [one, two];
    store.rent(one, "46701").await;
    let mut tx = store.write().await;
    let mut loaded = numbers::load(&mut tx, &[number("46702")]).await.unwrap();
    let mut shifts = StockDelta::default();
    shifts.make_unavailable(one, number("46702"));
    loaded[0].enabled = false;
    numbers::save(&mut tx, &loaded);
    pools::apply(&mut tx, &shifts);
    pools::remove_empty(&mut tx, &pools);
    tx.commit().await.unwrap();
    assert_eq!(
        store.rows("pools").await,
        2,
        "rented, disabled and available numbers are numbers"
    );
    let mut tx = store.write().await;
    let mut shifts = StockDelta::default();
    shifts.make_unavailable(two, number("46703"));
    shifts.make_available(one, number("46703"));
    numbers::relocate(&mut tx, &[(number("46703"), one)]);
    pools::apply(&mut tx, &shifts);
    pools::remove_empty(&mut tx, &pools);
    tx.commit().await.unwrap();
    assert_eq!(store.column("SELECT id FROM pools").await, [one.0]);
    let mut session = store.database.read().await.unwrap();
    assert_eq!(pools::out_of_sync(&mut session).await.unwrap(), []);
    let listed = pools::list(
        &mut session,
        &leaseline::domain::listed::PoolFilter::default(),
        None,
        10,
    )
    .await
    .unwrap();
    let counts: Vec<_> = listed
        .iter()
        .map(|pool| (pool.available, pool.rented, pool.numbers))
        .collect();
    assert_eq!(counts, [(1, 1, 3)]);
}

pub async fn missing_pools_are_distinguished_from_existing_ones(store: Store) {
    store.stock(1, None, &["46701"]).await;
    let place = |gateway: i64, country: &str, operator: &str| PoolKey {
        gateway: GatewayId(gateway),
        country: CountryName::parse(country).unwrap(),
        operator: OperatorName::parse(operator).unwrap(),
    };
    let places = [
        place(1, "sweden", "op1"),
        place(1, "norway", "op1"),
        place(2, "sweden", "op1"),
        place(1, "sweden", "op2"),
    ];
    let mut session = store.database.read().await.unwrap();
    let places: Vec<_> = places.iter().collect();
    assert_eq!(pools::missing(&mut session, &places).await.unwrap(), [1, 2, 3]);
}
