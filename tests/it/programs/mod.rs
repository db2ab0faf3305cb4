//! Real programs hand SMS over: Kannel, smstools and gammu-smsd, as Debian has them, and Jasmin, on loopback.
//!
//! A SMSC and modems of our own bring them the SMS; each is configured with what `leaseline gateway new` prints,
//! and nothing else that could matter. The server is away for the first tries. Rules 7 and 8.
//!
//! Pebble, Let's Encrypt's test server, signs certificates.
//!
//! They need the programs, which `.ci/run` installs, so they run only when asked for:
//! `cargo test --test it programs:: -- --ignored`.

mod encoded_sms;
mod gammu;
mod jasmin;
mod kannel;
mod modem;
mod pebble;
pub mod port;
mod printed_setup;
pub mod program;
mod prometheus;
mod relay;
mod sample_sms;
mod scenario;
mod script;
mod smsc;
mod smstools;
