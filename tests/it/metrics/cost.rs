//! What a scrape costs with 1,000,000 numbers.

use std::time::{Duration, Instant};

use axum::http::Method;

use crate::support::TestServer;

/// 1,000,000 numbers in 100 pools of 10 gateways, 200,000 of them rented and 50,000 disabled, each rental with an SMS that was
/// delivered.
const INVENTORY: &str = "
    PRAGMA foreign_keys = off;
    CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999999) SELECT i FROM n;
    INSERT INTO gateways (id, name, token_hash, created_at) SELECT i + 1, 'bank' || i, randomblob(32), 0 FROM n WHERE i < 10;
    INSERT INTO pools (id, gateway_id, country, operator, free, rented)
        SELECT i + 1, i % 10 + 1, 'country' || (i / 5), 'operator' || i, 7500, 2000 FROM n WHERE i < 100;
    INSERT INTO numbers (number, pool_id, enabled, created_at)
        SELECT 46700000000 + i, i % 100 + 1, i / 100 >= 500, 0 FROM n;
    INSERT INTO available_numbers (pool_id, number) SELECT i % 100 + 1, 46700000000 + i FROM n WHERE i / 100 >= 2500;
    INSERT INTO operations (id, number, sum_kopecks, opened_at, sms_count)
        SELECT i + 1 - 50000, 46700000000 + i, 100, 1000, i % 2 FROM n WHERE i / 100 BETWEEN 500 AND 2499;
    INSERT INTO ledger (operation_id, kind, kopecks, booked_at) SELECT id, 'reserve', 100, 1000 FROM operations;
    INSERT INTO messages (id, gateway_id, number, operation_id, sender, text, received_at)
        SELECT id, 1, number, id, 'Service', 'text', 1000 FROM operations;
    INSERT INTO deliveries (message_id, operation_id, state, settled_at) SELECT id, id, 'delivered', 1000 FROM operations;";

#[tokio::test]
#[ignore = "long: makes 1,000,000 numbers"]
async fn a_scrape_takes_less_than_20_ms() {
    let mut server = TestServer::build().await;
    server.execute_sql(INVENTORY).await;
    server.restart().await;
    let begun = Instant::now();
    server.app().flows.count_rows().await.unwrap();
    println!("counting rows in the background: {:?}", begun.elapsed());
    server.app().flows.fold_ledger(1).await.unwrap();
    while server.app().flows.fold_ledger(1).await.unwrap() > 0 {}
    let mut took = Vec::new();
    for _ in 0..50 {
        let begun = Instant::now();
        let answer = server.admin(Method::GET, "/metrics", None).await.ok();
        took.push(begun.elapsed());
        assert!(
            answer
                .text()
                .contains("leaseline_numbers{country=\"country0\",state=\"available\"} 37500")
        );
        assert!(
            answer
                .text()
                .contains("leaseline_operations_open{state=\"waiting\"} 100000")
        );
    }
    took.sort();
    println!("a scrape: {:?} in the middle, {:?} at the most", took[25], took[49]);
    assert!(took[25] < Duration::from_millis(20), "{:?}", took[25]);
    server.close_unaudited("the rows are not those of use cases").await;
}
