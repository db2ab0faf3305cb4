//! The ports at which programs of others listen.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::scenario::WAIT_MAX;

/// More than all tests of one process take.
const OF_ONE_PROCESS: u16 = 40;

/// A port below those that the system gives away by itself, so that nobody gets it before the program does. Processes that are
/// started one after the other get others.
pub fn free() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = 20_000 + u16::try_from(std::process::id() % 300).unwrap() * OF_ONE_PROCESS;
    loop {
        let port = start + NEXT.fetch_add(1, Ordering::SeqCst);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

/// Returns when a program listens there; programs do not report that they do.
pub async fn listens(port: u16) {
    let listens = async {
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = timeout(WAIT_MAX, listens).await;
    assert!(waited.is_ok(), "nobody listens at port {port}");
}
