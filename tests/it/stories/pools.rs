//! Very many pools: a wrong column in a file makes one of every number. Renting goes on.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use serde_json::json;

use crate::support::TestServer;

/// So many that an algorithm of quadratic time misses the deadline.
const MANY: u64 = 20_000;
/// The last one of their numbers.
const LAST: u64 = 46_700_000_000 + MANY;

/// A server with a gateway of that capacity, and a pool with one number for each of [`MANY`] operators.
async fn server(capacity: Option<u64>) -> TestServer {
    let server = TestServer::build().await;
    server.gateway_with("bank", json!({ "capacity": capacity })).await;
    server
        .execute_sql(
            "INSERT INTO pools (id, gateway_id, country, operator, free)
             WITH RECURSIVE serial(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM serial WHERE n < 20000)
             SELECT n, 1, 'sweden', 'iccid' || n, 1 FROM serial",
        )
        .await;
    server
        .execute_sql("INSERT INTO numbers (number, pool_id, created_at) SELECT 46700000000 + id, id, 0 FROM pools")
        .await;
    server
        .execute_sql("INSERT INTO available_numbers (pool_id, number) SELECT pool_id, number FROM numbers")
        .await;
    server
}

#[tokio::test]
async fn rule_12_many_pools_stop_no_sales() {
    for (capacity, promised) in [(Some(64), 64), (None, MANY)] {
        let server = server(capacity).await;
        assert_eq!(server.promised().await, promised);
        // All of them in one batch, and each in a pool of its own.
        let rented = join_all((0..60).map(|_| server.rent())).await;
        let numbers: BTreeSet<u64> = rented.iter().map(|one| one.number).collect();
        assert_eq!(numbers.len(), 60, "rule 1");
        assert_eq!(server.promised().await, promised - 60);
        // A request that excludes all but one gets that one, the next one nothing.
        let all_but_one = json!({ "exceptionPhoneSet": ["4670000", "4670001"] });
        let free = rented.iter().all(|one| one.number != LAST);
        let last = server.get_number_with(all_but_one.clone()).await;
        assert_eq!(last.map(|one| one.number), free.then_some(LAST), "rule 3");
        assert_eq!(server.get_number_with(all_but_one).await, None, "rule 3");
        server.audit_pools().await;
        join_all(rented.iter().map(|one| server.finish(one.id, 4, "0"))).await;
        join_all(last.iter().map(|one| server.finish(one.id, 4, "0"))).await;
        assert_eq!(server.promised().await, promised);
        server.close().await;
    }
}

/// Small pools are read together: they take turns all the same, and so do their numbers.
#[tokio::test]
async fn rule_3_numbers_of_small_pools_take_turns() {
    let server = TestServer::build().await;
    let gateway = server.gateway("bank").await;
    let rows: Vec<_> = (0..24_u64)
        .map(|n| json!({"number": (46_700_000_000 + n).to_string(), "country": "sweden", "operator": format!("op{}", n % 8), "gateway": gateway.name}))
        .collect();
    server.admin_post("/v1/numbers", json!(rows)).await.ok();
    let mut times: BTreeMap<u64, usize> = BTreeMap::new();
    for _ in 0..24 {
        // More than any one pool has.
        let rented = join_all((0..8).map(|_| server.rent())).await;
        for one in &rented {
            *times.entry(one.number).or_default() += 1;
        }
        join_all(rented.iter().map(|one| server.finish(one.id, 4, "0"))).await;
    }
    assert_eq!(times.len(), 24, "each number has had its turn: {times:?}");
    // All of them at once, but for those that are excluded.
    let excluded = json!({ "exceptionPhoneSet": ["4670000000"] });
    let all = join_all((0..24).map(|_| server.get_number_with(excluded.clone()))).await;
    let numbers: BTreeSet<u64> = all.into_iter().flatten().map(|one| one.number).collect();
    assert_eq!(numbers, (46_700_000_010..=46_700_000_023).collect(), "rule 3");
    server.close().await;
}
