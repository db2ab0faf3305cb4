//! SMS that are due while Onlinesim takes none: how fast they are pushed, and what that costs a rental beside it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::load::{Load, post};
use super::onlinesim::block_on;
use super::past;
use super::rows::{get_number, same};
use super::server::Server;
use super::{Bench, Inventory};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::any;

/// GET_NUMBERs that are measured beside the pushes.
const COUNT: u64 = 5_000;
/// So short that all of them are due all the time.
const RETRY_EVERY: (&str, &str) = ("LEASELINE_PUSH__RETRY_EVERY", "10ms");

impl Bench {
    /// Each of `due` rentals has one SMS that Onlinesim answers with 500.
    pub fn backlog(&self, inventory: &Inventory, due: u64) {
        let name = format!("{due} SMS due while Onlinesim refuses");
        if self.skips(&name) {
            return;
        }
        let (url, pushes) = refusing();
        let copy = self.copy(inventory);
        past::open(&copy, due);
        past::due(&copy);
        let server = Server::start_with(&copy, &url, &[RETRY_EVERY]);
        let (before, started) = (pushes.load(Ordering::Relaxed), Instant::now());
        let renting = Load {
            server: server.onlinesim,
            connections: 1,
            count: COUNT,
            wanted: "activationId",
            requests: same(&post("/getNumberRent", &get_number(&[]))),
        };
        let measured = renting.drive();
        assert_eq!(measured.unexpected, 0);
        let per_second = (pushes.load(Ordering::Relaxed) - before) as f64 / started.elapsed().as_secs_f64();
        println!(
            "{name}: {per_second:.0} pushes per second; GET_NUMBER beside them p50 {:.2} ms, p99 {:.2} ms",
            measured.p50.as_secs_f64() * 1e3,
            measured.p99.as_secs_f64() * 1e3
        );
    }
}

/// The URL of an Onlinesim that answers every push with 500, and how many came.
fn refusing() -> (String, Arc<AtomicU64>) {
    let pushes = Arc::new(AtomicU64::new(0));
    let (sender, address) = std::sync::mpsc::channel::<SocketAddr>();
    let counted = Arc::clone(&pushes);
    let push = move || {
        counted.fetch_add(1, Ordering::Relaxed);
        std::future::ready(StatusCode::INTERNAL_SERVER_ERROR)
    };
    std::thread::spawn(move || {
        block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            sender.send(listener.local_addr().unwrap()).unwrap();
            let router = Router::new().fallback(any(push));
            axum::serve(listener, router).await.unwrap();
        });
    });
    (format!("http://{}", address.recv().unwrap()), pushes)
}
