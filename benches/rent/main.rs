//! `cargo bench --bench rent`: the server against the limit of its own HTTP stack. `-- 'FINISH|retention'` measures the rows whose
//! names hold one of these.
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

mod backlog;
mod besides;
mod growth;
mod https;
mod load;
mod onlinesim;
mod past;
mod pools;
mod rows;
mod seed;
mod server;

use load::{Load, post};
use rows::{get_number, same};
use server::Server;
use std::net::TcpListener;
use std::path::PathBuf;

/// The key of the simulated Onlinesim.
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
        self.https(&large);
        self.services(&large);
        self.sms(&large);
        self.finish(&large);
        self.growth(&large);
        self.pools();
        println!();
        self.start_with_a_past(&large);
        self.drain(&large);
        self.backlog(&large, 1_000);
        self.backlog(&large, 100_000);
        self.idle(&large);
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

    /// A copy of the inventory, instead of the one before.
    fn copy(&self, inventory: &Inventory) -> PathBuf {
        let copy = self.folder.join("copy.db");
        for end in ["", "-wal", "-shm", "-lock"] {
            let _missing = std::fs::remove_file(format!("{}{end}", copy.display()));
        }
        std::fs::copy(&inventory.path, &copy).unwrap();
        copy
    }

    /// A server on a copy of the inventory, warm.
    fn server(&self, inventory: &Inventory) -> Server {
        let server = Server::start(&self.copy(inventory), &self.push_url);
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
        !self.only.split('|').any(|part| name.contains(part))
    }
}
