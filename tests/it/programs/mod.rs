//! Real programs hand SMS over: Kannel, smstools and gammu-smsd, as Debian has them, and Jasmin, on loopback.
//!
//! A message centre and modems of our own bring them the SMS; each is configured with what `leaseline gateway new` prints,
//! and nothing else that could matter. The server is away for the first tries. Rules 7 and 8.
//!
//! They need the programs, which `.ci/run` installs, so they run only when asked for:
//! `cargo test --test it programs:: -- --ignored`.

mod air;
mod centre;
mod gammu;
mod jasmin;
mod kannel;
mod letters;
mod modem;
mod port;
mod printed;
pub mod program;
mod relay;
mod scene;
mod script;
mod smstools;
