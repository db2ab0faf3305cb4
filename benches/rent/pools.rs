//! Many pools: what a rental and GET_SERVICES cost when a wrong file made a pool of every number.

use std::path::PathBuf;
use std::time::Duration;

use leaseline::storage::Database;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use super::load::{Load, Measured, post};
use super::onlinesim::block_on;
use super::rows::{get_number, same};
use super::server::Server;
use super::{Bench, Inventory, KEY};

/// Pools, of one number each.
const POOLS: u64 = 20_000;
/// How many of them their gateway can carry; so many are promised.
const CAPACITY: u64 = 10_000;
/// The most that an answer may take, half of the time.
const P50_MAX: Duration = Duration::from_millis(20);

impl Bench {
    pub fn pools(&self) {
        let name = |what: &str| format!("{what}, {POOLS} pools on a gateway with a capacity");
        let (rent, services) = (name("GET_NUMBER"), name("GET_SERVICES"));
        if self.skips(&rent) && self.skips(&services) {
            return;
        }
        println!("\n| row | connections | p50 | p99 | worst |\n|---|---|---|---|---|");
        let inventory = self.many_pools();
        let server = Server::start(&self.copy(&inventory), &self.push_url);
        for (name, connections, count) in [(&rent, 1, 500), (&rent, 64, 4_000)] {
            if !self.skips(name) {
                let load = Load {
                    server: server.onlinesim,
                    connections,
                    count,
                    wanted: "activationId",
                    requests: same(&post("/getNumberRent", &get_number(&[]))),
                };
                row(name, connections, &load.drive(), connections == 1);
            }
        }
        if !self.skips(&services) {
            let body = json!({ "action": "GET_SERVICES", "key": KEY }).to_string();
            let load = Load {
                server: server.onlinesim,
                connections: 1,
                count: 200,
                wanted: "countryList",
                requests: same(&post("/getServicesRent", &body)),
            };
            row(&services, 1, &load.drive(), true);
        }
    }

    /// Made behind the product's back, which refuses such a file.
    fn many_pools(&self) -> Inventory {
        let path: PathBuf = self.folder.join("pools.db");
        let url = format!("sqlite:{}", path.display());
        let serial =
            format!("WITH RECURSIVE serial(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM serial WHERE n < {POOLS})");
        let sql = format!(
            "BEGIN;
             INSERT INTO gateways (id, name, token_hash, capacity, created_at)
             VALUES (1, 'bench', randomblob(32), {CAPACITY}, 0);
             INSERT INTO pools (id, gateway_id, country, operator, free)
             {serial} SELECT n, 1, 'sweden', '8946' || (100000000000000 + n * 7919), 1 FROM serial;
             INSERT INTO numbers (number, pool_id, created_at) SELECT 46700000000 + id, id, 0 FROM pools;
             INSERT INTO available_numbers (pool_id, number) SELECT pool_id, number FROM numbers;
             COMMIT"
        );
        block_on(async move {
            let database = Database::open(&url).await.unwrap();
            database.migrate().await.unwrap();
            database.close().await;
            let mut connection = SqliteConnection::connect(&url).await.unwrap();
            sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(&mut connection)
                .await
                .unwrap();
            connection.close().await.unwrap();
        });
        Inventory {
            count: POOLS,
            path,
            token: String::new(),
        }
    }
}

fn row(name: &str, connections: usize, measured: &Measured, is_bounded: bool) {
    assert_eq!(measured.unexpected, 0, "{name}: unexpected answers");
    let ms = |span: Duration| format!("{:.2} ms", span.as_secs_f64() * 1e3);
    let Measured { p50, p99, worst, .. } = measured;
    println!(
        "| {name} | {connections} | {} | {} | {} |",
        ms(*p50),
        ms(*p99),
        ms(*worst)
    );
    assert!(!is_bounded || *p50 < P50_MAX, "{name}: more than {}", ms(P50_MAX));
}
