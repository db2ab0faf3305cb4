//! `cargo bench --bench rent`: the server against the limit of its own HTTP stack.
//!
//! Each row measures one thing on a fresh copy of a database, in a server process of its own, driven over loopback
//! with keep-alive. Just before it, on the same server, with the same connections and the same request, the yardstick is
//! measured: a route that authenticates and parses the request and answers a constant. The ratio of the two is what
//! counts; the absolute figures depend on the machine. Everything that is answered is durable (`synchronous=FULL`).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    missing_docs,
    unreachable_pub,
    reason = "a harness fails by panicking and talks to a person"
)]

mod load;
mod seed;
mod server;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use load::{Load, Measured, Requests, post};
use serde_json::{Value, json};
use server::Server;

/// The key of the pretend Onlinesim.
pub const KEY: &str = "bench-key";
/// The token of nobody.
pub const ADMIN_TOKEN: &str = "bench-admin-token";

/// Requests that warm a server up.
const WARM_UP: u64 = 2_000;
/// Requests of a row, for each connection; bounded by [`COUNT_MAX`].
const COUNT_PER_CONNECTION: u64 = 1_000;
/// See [`COUNT_PER_CONNECTION`].
const COUNT_MAX: u64 = 60_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|argument| argument == server::ROLE) {
        return server::serve(&arguments[2], &arguments[3]);
    }
    let only = arguments
        .get(1)
        .filter(|argument| !argument.starts_with('-'))
        .cloned()
        .unwrap_or_default();
    let folder = tempfile::tempdir().unwrap();
    // An Onlinesim that takes connections and never answers: pushes wait, and cost nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let bench = Bench {
        folder: folder.path().to_owned(),
        push_url: format!("http://{}", silent.local_addr().unwrap()),
        only,
    };
    bench.all();
}

struct Bench {
    folder: PathBuf,
    push_url: String,
    only: String,
}

/// A database that rows copy.
struct Inventory {
    count: u64,
    path: PathBuf,
    token: String,
}

impl Bench {
    fn all(&self) {
        let small = self.inventory(10_000);
        let large = self.inventory(1_000_000);
        println!(
            "\n| row | connections | per second | p50 | p99 | x ceiling | p99 x ceiling's |\n|---|---|---|---|---|---|---|"
        );
        for inventory in [&small, &large] {
            for connections in [1, 64, 256] {
                self.rent(inventory, "no prefix", &[], connections);
            }
        }
        let three = ["467002", "467004", "467006"].map(str::to_owned);
        self.rent(&large, "3 prefixes", &three, 64);
        self.rent(&large, "500 prefixes, 99 %", &seed::prefixes(), 64);
        self.services(&large);
        self.sms(&large);
        self.finish(&large);
    }

    fn inventory(&self, count: u64) -> Inventory {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let seeded = seed::inventory(&self.folder, usize::try_from(count).unwrap());
        let (path, took, token) = runtime.block_on(seeded);
        println!("import of {count} numbers: {:.1} s", took.as_secs_f64());
        Inventory { count, path, token }
    }

    /// A server on a copy of the inventory, warm.
    fn server(&self, inventory: &Inventory) -> Server {
        let copy = self.folder.join("copy.db");
        for end in ["", "-wal", "-shm", "-lock"] {
            let _missing = std::fs::remove_file(format!("{}{end}", copy.display()));
        }
        std::fs::copy(&inventory.path, &copy).unwrap();
        let server = Server::start(Path::new(&copy), &self.push_url);
        let requests = same(&post("/ceiling", &get_number(&[])));
        Load {
            server: server.ceiling,
            connections: 16,
            count: WARM_UP,
            wanted: "SUCCESS",
            requests,
        }
        .drive();
        server
    }

    fn skips(&self, name: &str) -> bool {
        !name.contains(&self.only)
    }

    fn rent(&self, inventory: &Inventory, what: &str, prefixes: &[String], connections: usize) {
        let name = format!("GET_NUMBER, {} numbers, {what}", inventory.count);
        if self.skips(&name) {
            return;
        }
        let server = self.server(inventory);
        let body = get_number(prefixes);
        // Not more than there are numbers to rent, and some left over.
        let rentable = if prefixes.len() > 3 {
            inventory.count / 100
        } else {
            inventory.count
        };
        let count = count(connections).min(rentable * 9 / 10);
        let ceiling = self.ceiling(&server, &body, connections);
        let requests = same(&post("/getNumberRent", &body));
        let load = Load {
            server: server.partner,
            connections,
            count,
            wanted: "activationId",
            requests,
        };
        let measured = load.drive();
        row(&name, connections, &measured, Some(&ceiling));
        let mut numbers = measured.numbers;
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len() as u64, count, "a number was issued twice");
        let excluded = |number: &u64| {
            prefixes
                .iter()
                .any(|prefix| number.to_string().starts_with(prefix.as_str()))
        };
        assert!(!numbers.iter().any(excluded), "an excluded number was issued");
        if inventory.count == 1_000_000 && connections == 256 {
            println!(
                "memory at {} numbers: {} MB at the most",
                inventory.count,
                server.memory_bytes_max() / 1_000_000
            );
        }
    }

    fn ceiling(&self, server: &Server, body: &str, connections: usize) -> Measured {
        let requests = same(&post("/ceiling", body));
        let load = Load {
            server: server.ceiling,
            connections,
            count: count(connections),
            wanted: "SUCCESS",
            requests,
        };
        load.drive()
    }

    /// GET_SERVICES on one connection while GET_NUMBER runs on 64.
    fn services(&self, inventory: &Inventory) {
        let name = format!("GET_SERVICES beside GET_NUMBER at 64, {} numbers", inventory.count);
        if self.skips(&name) {
            return;
        }
        let server = self.server(inventory);
        let requests = same(&post("/getNumberRent", &get_number(&[])));
        let rent = Load {
            server: server.partner,
            connections: 64,
            count: COUNT_MAX,
            wanted: "activationId",
            requests,
        };
        let renting = rent.start();
        let body = json!({ "action": "GET_SERVICES", "key": KEY }).to_string();
        let requests = same(&post("/getServicesRent", &body));
        let load = Load {
            server: server.partner,
            connections: 1,
            count: 500,
            wanted: "countryList",
            requests,
        };
        row(&name, 1, &load.drive(), None);
        assert_eq!(renting.join().unwrap().unexpected, 0);
    }

    fn sms(&self, inventory: &Inventory) {
        if self.skips("SMS in") {
            return;
        }
        let server = self.server(inventory);
        let numbers = rented(&server, 5_000);
        let ceiling = self.ceiling(&server, &get_number(&[]), 64);
        let path = format!("/in/{}", inventory.token);
        let requests: Requests = Arc::new(move |turn| {
            let to = numbers[usize::try_from(turn).unwrap() % numbers.len()].to_string();
            post(
                &path,
                &json!({ "id": turn.to_string(), "from": "VK", "to": to, "text": "Code 4821" }).to_string(),
            )
        });
        let load = Load {
            server: server.partner,
            connections: 64,
            count: 30_000,
            wanted: "200 OK",
            requests,
        };
        row("SMS in", 64, &load.drive(), Some(&ceiling));
    }

    fn finish(&self, inventory: &Inventory) {
        if self.skips("FINISH") {
            return;
        }
        let server = self.server(inventory);
        let count = rented(&server, 30_000).len() as u64;
        let ceiling = self.ceiling(&server, &get_number(&[]), 64);
        let requests: Requests = Arc::new(move |turn| {
            let body = json!({ "action": "FINISH_ACTIVATION", "key": KEY, "activationId": turn + 1, "status": 3,
                               "service": "rent", "sum": 870 });
            post("/finishActivationRent", &body.to_string())
        });
        let load = Load {
            server: server.partner,
            connections: 64,
            count,
            wanted: "SUCCESS",
            requests,
        };
        row("FINISH", 64, &load.drive(), Some(&ceiling));
    }
}

/// Rents so many numbers.
fn rented(server: &Server, count: u64) -> Vec<u64> {
    let requests = same(&post("/getNumberRent", &get_number(&[])));
    Load {
        server: server.partner,
        connections: 64,
        count,
        wanted: "activationId",
        requests,
    }
    .drive()
    .numbers
}

fn count(connections: usize) -> u64 {
    (COUNT_PER_CONNECTION * connections as u64).min(COUNT_MAX)
}

fn get_number(prefixes: &[String]) -> String {
    let mut body = json!({ "action": "GET_NUMBER", "key": KEY, "service": "rent", "sum": 320 });
    if !prefixes.is_empty() {
        body["exceptionPhoneSet"] = Value::from(prefixes.to_vec());
    }
    body.to_string()
}

/// The same request again and again.
fn same(request: &[u8]) -> Requests {
    let request = request.to_vec();
    Arc::new(move |_| request.clone())
}

fn row(name: &str, connections: usize, measured: &Measured, ceiling: Option<&Measured>) {
    assert_eq!(measured.unexpected, 0, "{name}: unexpected answers");
    let ms = |span: Duration| format!("{:.2} ms", span.as_secs_f64() * 1e3);
    let (share, tail) = ceiling.map_or((String::new(), String::new()), |ceiling| {
        let share = measured.per_second / ceiling.per_second;
        let tail = measured.p99.as_secs_f64() / ceiling.p99.as_secs_f64();
        (format!("{share:.2}"), format!("{tail:.1}"))
    });
    let Measured {
        per_second, p50, p99, ..
    } = measured;
    println!(
        "| {name} | {connections} | {per_second:.0} | {} | {} | {share} | {tail} |",
        ms(*p50),
        ms(*p99)
    );
}
