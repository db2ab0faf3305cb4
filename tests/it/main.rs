//! The server from the outside: the real app on a temporary file, a clock that the tests move, a scripted Onlinesim.
//!
//! `protocol` compares exact answers, `stories` tells rentals, `model` takes random sequences in the server and in a
//! second, small one, `simulation` lives through a day of rentals, `fuzz` feeds every door with arbitrary input,
//! `gateway` speaks as the programs do that hand over SMS, `recipes` runs what partners paste into them, `programs` starts
//! them and connects them, `rehearse` turns the rehearsal on the server and on bad ones, `storage` is what every backend has
//! to do, `crash` kills the real binary, `faults` breaks what it stands on, `tidy` reads the source. What they share is in
//! `support`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::too_many_lines,
    missing_docs,
    unreachable_pub,
    reason = "tests fail by panicking, and nobody uses them"
)]

mod crash;
mod faults;
mod fuzz;
mod gateway;
mod model;
mod programs;
mod protocol;
mod recipes;
mod rehearse;
mod simulation;
mod storage;
mod stories;
mod support;
mod tidy;
