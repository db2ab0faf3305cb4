//! The other side, played by commands: a client that asks as Onlinesim does, and a listener that takes PUSH_SMS.

pub(in crate::cli) mod client;
pub(in crate::cli) mod onlinesim;
