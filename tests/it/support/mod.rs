//! What all tests use: the server, its counterparts, and the check at the end.

pub mod admin;
pub mod answer;
pub mod audit;
pub mod calls;
pub mod counterpart;
mod guard;
pub mod inbound;
pub mod lock;
pub mod onlinesim;
pub mod test_server;
pub mod wire;

use std::time::Duration;

pub use answer::{Answer, same};
pub use onlinesim::{Gate, Reply};
pub use test_server::{Gateway, KEY, Rented, TestServer};

pub const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

pub const fn hours(count: u64) -> Duration {
    Duration::from_secs(count * 3600)
}

pub const MILLISECOND: Duration = Duration::from_millis(1);
