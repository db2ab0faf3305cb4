//! Very many pools: a wrong column in a file makes one of every number. Renting goes on.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use serde_json::json;

use crate::support::House;

/// So many that whoever looks at each of them for each of them is not done by the deadline.
const MANY: u64 = 20_000;
/// The last one of their numbers.
const LAST: u64 = 46_700_000_000 + MANY;

/// A house with a gateway of that capacity, and a pool with one number for each of [`MANY`] operators.
async fn house(capacity: Option<u64>) -> House {
    let house = House::build().await;
    house.gateway_with("bank", json!({ "capacity": capacity })).await;
    house
        .meddle(
            "INSERT INTO pools (id, gateway_id, country, operator, free)
             WITH RECURSIVE serial(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM serial WHERE n < 20000)
             SELECT n, 1, 'sweden', 'iccid' || n, 1 FROM serial",
        )
        .await;
    house
        .meddle("INSERT INTO numbers (number, pool_id, created_at) SELECT 46700000000 + id, id, 0 FROM pools")
        .await;
    house
        .meddle("INSERT INTO shelf (pool_id, number) SELECT pool_id, number FROM numbers")
        .await;
    house
}

#[tokio::test]
async fn rule_12_many_pools_stop_no_sales() {
    for (capacity, promised) in [(Some(64), 64), (None, MANY)] {
        let house = house(capacity).await;
        assert_eq!(house.promised().await, promised);
        // All of them in one batch, and each in a pool of its own.
        let rented = join_all((0..60).map(|_| house.rent())).await;
        let numbers: BTreeSet<u64> = rented.iter().map(|one| one.number).collect();
        assert_eq!(numbers.len(), 60, "rule 1");
        assert_eq!(house.promised().await, promised - 60);
        // Whoever excludes all but one gets that one, and then nothing.
        let all_but_one = json!({ "exceptionPhoneSet": ["4670000", "4670001"] });
        let free = rented.iter().all(|one| one.number != LAST);
        let last = house.get_number_with(all_but_one.clone()).await;
        assert_eq!(last.map(|one| one.number), free.then_some(LAST), "rule 3");
        assert_eq!(house.get_number_with(all_but_one).await, None, "rule 3");
        house.audit_pools().await;
        join_all(rented.iter().map(|one| house.finish(one.id, 4, "0"))).await;
        join_all(last.iter().map(|one| house.finish(one.id, 4, "0"))).await;
        assert_eq!(house.promised().await, promised);
        house.close().await;
    }
}

/// Small pools are read together: they take turns all the same, and so do their numbers.
#[tokio::test]
async fn rule_3_numbers_of_small_pools_take_turns() {
    let house = House::build().await;
    let gateway = house.gateway("bank").await;
    let rows: Vec<_> = (0..24_u64)
        .map(|n| json!({"number": (46_700_000_000 + n).to_string(), "country": "sweden", "operator": format!("op{}", n % 8), "gateway": gateway.name}))
        .collect();
    house.admin_post("/v1/numbers", json!(rows)).await.ok();
    let mut times: BTreeMap<u64, usize> = BTreeMap::new();
    for _ in 0..24 {
        // More than any one pool has.
        let rented = join_all((0..8).map(|_| house.rent())).await;
        for one in &rented {
            *times.entry(one.number).or_default() += 1;
        }
        join_all(rented.iter().map(|one| house.finish(one.id, 4, "0"))).await;
    }
    assert_eq!(times.len(), 24, "each number has had its turn: {times:?}");
    // All of them at once, but for those that are excluded.
    let excluded = json!({ "exceptionPhoneSet": ["4670000000"] });
    let all = join_all((0..24).map(|_| house.get_number_with(excluded.clone()))).await;
    let numbers: BTreeSet<u64> = all.into_iter().flatten().map(|one| one.number).collect();
    assert_eq!(numbers, (46_700_000_010..=46_700_000_023).collect(), "rule 3");
    house.close().await;
}
