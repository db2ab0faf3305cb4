//! What all tests use: the server, its counterparts, and the check at the end.
//!
//! A test of a rule makes a [`TestServer`], does what Onlinesim, the gateways and the admin do, moves the clock and lets the
//! workers run, looks at the result through the APIs, and closes the server:
//!
//! ```ignore
//! let (server, gateway, rented) = TestServer::with_rental(&[("PUSH__AGE_MAX", "5s")]).await;
//! server.onlinesim.answers([Reply::new(500, "")]);
//! server.sms(&gateway, rented.number, "code").await;
//! server.tick_after(seconds(10)).await;
//! assert_eq!(server.onlinesim.texts(), ["code"]);
//! server.close().await;
//! ```
//!
//! | methods of [`TestServer`] | in |
//! |---|---|
//! | start, restart, the clock, the workers | `test_server.rs` |
//! | requests of Onlinesim and gateways: `rent`, `finish`, `services`, `sms`, `heartbeat` | `calls.rs` |
//! | the admin API and scenes: `stocked`, `with_rental`, `import`, `fate`, `balance` | `admin.rs` |
//! | SMS that only some adapters make: parts, lines, ids | `inbound.rs` |
//! | a locked or changed file | `lock.rs` |
//! | `leaseline archive` | `archive.rs` |
//! | the end: `close`, `audit` | `audit.rs` |

pub mod admin;
pub mod answer;
pub mod archive;
pub mod audit;
pub mod calls;
pub mod certificates;
pub mod counterpart;
mod guard;
pub mod inbound;
pub mod lock;
pub mod onlinesim;
pub mod postgres;
pub mod receiver;
pub mod suppliers;
pub mod test_server;
pub mod wire;

use std::time::Duration;

pub use answer::{Answer, same};
pub use onlinesim::{Gate, Reply};
pub use test_server::{Gateway, KEY, NUMBER, Rented, TestServer};

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
