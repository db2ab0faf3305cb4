//! Leaseline rents a partner's phone numbers out through the marketplace Onlinesim.
//!
//! Onlinesim asks how many numbers can be rented (GET_SERVICES), rents one (GET_NUMBER), and says how the rental ended
//! (FINISH_ACTIVATION). In between, the SMS that arrive at the number are pushed to Onlinesim (PUSH_SMS). The server must
//! never hand one number to two renters, never lose an SMS, never lose or double a credit, and always answer in time:
//! [`domain`] lists the rules.
//!
//! # How a request goes through the house
//!
//! GET_NUMBER: [`partner`] (route) -> [`partner::auth`] (who calls) -> [`partner::request`] (what is asked) ->
//! [`flow::rent_number`] (load, ask [`domain`], save, commit) -> [`storage`] (SQL) -> [`partner::response`].
//!
//! An SMS: [`gateway`] (one file per format) -> [`flow::accept_sms`] -> [`storage`]; then [`worker::deliveries`] ->
//! [`partner::push_sms`] -> [`flow::push_messages`].
//!
//! # The map
//!
//! | room | holds | may use |
//! |---|---|---|
//! | [`cli`] | one file per command | everything |
//! | [`config`] | the options, their manual `defaults.toml`, their checks | itself |
//! | [`app`] | the composition root: the same one in production, in the demo and in tests | everything |
//! | [`lifecycle`], [`telemetry`] | signals, running tasks; logging | config |
//! | [`web`] | what the doors share: connections, deadlines, failed authentications, health | flow, lifecycle, telemetry |
//! | [`partner`] | Onlinesim's door, and PUSH_SMS out | flow, domain, web |
//! | [`gateway`] | the gateways' door, and the recipes for their programs | flow, domain, web |
//! | [`admin`] | the partner's own door | flow, domain, web, `gateway::recipe` |
//! | [`worker`] | deliveries, watchdog, bans, lost answers | flow, `partner::push_sms` |
//! | [`flow`] | one verb per file: load, decide, save, commit | domain, storage, clock |
//! | [`domain`] | the business, pure | nothing |
//! | [`storage`] | the only SQL | domain |
//! | [`clock`] | time and chance, injected | domain |
//!
//! The doors take a few settings from [`config`]. `tests/it/tidy` fails on another arrow.

pub mod cli;
pub mod config;

pub mod app;
pub mod lifecycle;
pub mod telemetry;

pub mod web;

pub mod admin;
pub mod gateway;
pub mod partner;

pub mod worker;

pub mod flow;

pub mod domain;

pub mod storage;

pub mod clock;
