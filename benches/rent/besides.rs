//! What is measured besides requests: the start with a long past, the draining of messages that are due, and idleness.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use super::load::{Load, post};
use super::onlinesim::{Onlinesim, block_on};
use super::rows::{rented, same};
use super::server::Server;
use super::{Bench, Inventory, KEY};

/// Closed operations that lie in the past of a start.
const PAST: u64 = 1_000_000;
/// Messages that are drained.
const DUE: u64 = 10_000;
/// The numbers that they are for.
const RENTED: u64 = 2_000;
/// How long a server is watched that has nothing to do.
const IDLE: Duration = Duration::from_secs(10);

impl Bench {
    /// From the start of the process to the first answer.
    pub fn start_with_a_past(&self, inventory: &Inventory) {
        let name = format!("start with {} numbers and {PAST} closed operations", inventory.count);
        if self.skips(&name) {
            return;
        }
        let copy = self.copy(inventory);
        past(&copy, PAST);
        let started = Instant::now();
        let server = Server::start(&copy, &self.push_url);
        let body = json!({ "action": "GET_SERVICES", "key": KEY }).to_string();
        let first = Load {
            server: server.onlinesim,
            connections: 1,
            count: 1,
            wanted: "countryList",
            requests: same(&post("/getServicesRent", &body)),
        };
        assert_eq!(first.drive().unexpected, 0);
        println!("{name}: {:.2} s", started.elapsed().as_secs_f64());
    }

    /// Messages that come in at once, for an Onlinesim that takes 100 ms for each.
    pub fn drain(&self, inventory: &Inventory) {
        let name = format!("drain of {DUE} messages for {RENTED} rentals");
        if self.skips(&name) {
            return;
        }
        let onlinesim = Onlinesim::start();
        let server = Server::start(&self.copy(inventory), &onlinesim.url);
        let numbers = rented(&server, RENTED);
        let path = format!("/in/{}", inventory.token);
        let incoming = Load {
            server: server.onlinesim,
            connections: 64,
            count: DUE,
            wanted: "200 OK",
            requests: Arc::new(move |turn| {
                let to = numbers[usize::try_from(turn % RENTED).unwrap()].to_string();
                let text = turn.to_string();
                post(
                    &path,
                    &json!({ "id": text, "from": "VK", "to": to, "text": text }).to_string(),
                )
            }),
        };
        let started = Instant::now();
        assert_eq!(incoming.drive().unexpected, 0);
        onlinesim.drained(DUE);
        println!("{name}: {:.1} s", started.elapsed().as_secs_f64());
    }

    /// The processor that a server needs whose rentals all wait.
    pub fn idle(&self, inventory: &Inventory) {
        let name = format!("idle with {} numbers, {RENTED} of them rented", inventory.count);
        if self.skips(&name) {
            return;
        }
        let server = Server::start(&self.copy(inventory), &self.push_url);
        assert_eq!(rented(&server, RENTED).len() as u64, RENTED);
        println!("{name}: {:.1} % of a core", 100.0 * busy(server.process(), IDLE));
    }
}

/// Gives the database so many closed operations, each with its lines in the ledger, behind the product's back.
fn past(database: &Path, count: u64) {
    let sql = format!(
        "BEGIN;
         INSERT INTO operations (number, sum_kopecks, opened_at, closed_at, outcome)
         SELECT number, 32000, 1700000000000, 1700000600000, 'sold' FROM numbers LIMIT {count};
         INSERT INTO ledger (operation_id, kind, kopecks, booked_at)
         SELECT id, 'reserve', sum_kopecks, opened_at FROM operations;
         INSERT INTO ledger (operation_id, kind, kopecks, booked_at)
         SELECT id, 'post', sum_kopecks, closed_at FROM operations;
         COMMIT"
    );
    let url = format!("sqlite:{}", database.display());
    block_on(async move {
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
    });
}

/// The share of one core that the process uses over `span`.
fn busy(process: u32, span: Duration) -> f64 {
    let ticks = || {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
        let fields: Vec<&str> = stat[stat.rfind(')').unwrap() + 2..].split(' ').collect();
        fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()
    };
    let (before, started) = (ticks(), Instant::now());
    std::thread::sleep(span);
    // The kernel counts in hundredths of a second.
    (ticks() - before) / 100.0 / started.elapsed().as_secs_f64()
}
