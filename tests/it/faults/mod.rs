//! What the server stands on breaks: the disk, the power, the log, the network on both sides, the clock. What held is
//! written down in `docs/reliability.md`.
#![allow(clippy::print_stderr, reason = "figures, for those who read the output")]

mod bad_import;
mod bad_network;
mod bad_onlinesim;
mod clock;
mod crowd;
pub mod disk;
mod journal;
mod log;
mod odd_requests;
mod power;
mod preload;
mod read_only;
mod slow_disk;
