//! The server from the outside: the real app on a temporary file, a clock that the tests move, a scripted Onlinesim.
//!
//! `tests/README.md` lists which suite proves what. What they share is in `support`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::too_many_lines,
    missing_docs,
    unreachable_pub,
    reason = "tests fail by panicking, and nobody uses them"
)]

mod crash;
mod doctor;
mod faults;
mod fuzz;
mod gateway;
mod https;
mod metrics;
mod model;
mod notify;
mod programs;
mod protocol;
mod purchases;
mod rehearse;
mod setup;
mod simulation;
mod storage;
mod stories;
mod suppliers;
mod support;
mod tidy;
