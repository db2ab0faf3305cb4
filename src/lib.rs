//! Leaseline rents out phone numbers through the marketplace Onlinesim, for their owner, whom Onlinesim calls its
//! partner.
//!
//! Onlinesim asks how many numbers can be rented (GET_SERVICES), rents one (GET_NUMBER), and says how the rental ended
//! (FINISH_ACTIVATION). In between, the SMS that arrive at the number are pushed to Onlinesim (PUSH_SMS). The server must
//! never hand one number to two renters, never lose an SMS, never lose or double a credit, and always answer in time:
//! [`domain`] lists the rules.
//!
//! # The path of a request
//!
//! GET_NUMBER: [`onlinesim`] (route) -> [`onlinesim::auth`] (the caller) -> [`onlinesim::request`] (the parsed request) ->
//! [`flow::rent_number`] (load, ask [`domain`], save, commit) -> [`storage`] (SQL) -> [`onlinesim::response`].
//!
//! An SMS: [`gateway`] (one adapter per kind of gateway) -> [`flow::accept_sms`] -> [`storage`]; then
//! [`worker::deliveries`] -> [`onlinesim::push_sms`] -> [`flow::push_messages`].
//!
//! A purchase: [`admin`] -> [`flow::place_order`]; then [`worker::orders`], which claims what is due
//! ([`flow::claim_purchases`]), calls a client of [`supplier`], and records its answer ([`flow::record_purchase`]).
//!
//! A trouble: [`worker::trouble_watcher`] -> [`flow::watch_troubles`], which stores that it is to be reported; then
//! [`worker::notifications`], which claims what is due, sends it by [`notify`], and records the answer.
//!
//! # The modules
//!
//! | module | contains | may use |
//! |---|---|---|
//! | [`cli`] | one file per command | everything |
//! | [`config`] | the options, their manual `defaults.toml`, their checks | domain |
//! | [`app`] | the composition root: the same one in production, in the demo and in tests | everything |
//! | [`lifecycle`] | signals, running tasks | nothing |
//! | [`telemetry`] | logging | config |
//! | [`rehearsal`] | a simulated Onlinesim, its checks and its report | lifecycle, domain, clock, http_client |
//! | [`doctor`] | the checks of `leaseline doctor`, one file each | app, config, storage, flow, domain, acme, http, http_client, worker::certificates, lifecycle, clock |
//! | [`http`] | what the listeners share: connection slots, TLS, deadlines, failed authentications, health | flow, domain, clock, lifecycle, telemetry, metrics |
//! | [`onlinesim`] | Onlinesim's API, and PUSH_SMS out | flow, domain, http, http_client, metrics, config::onlinesim, config::push |
//! | [`gateway`] | the API for gateways, and the setup instructions for their programs | flow, domain, http, metrics, config::gateway, clock |
//! | [`admin`] | the admin API; it only reads at wholesalers | flow, domain, http, metrics, clock, supplier, gateway::kind, gateway::settings, gateway::setup |
//! | [`worker`] | deliveries, watchdog, bans, unsent answers, purchases, certificates, notifications | flow, domain, metrics, clock, onlinesim::push_sms, supplier, notify, acme, http::tls |
//! | [`acme`] | certificates for HTTPS from an authority | http::tls, http_client |
//! | [`notify`] | the channels of notifications: a Telegram chat, a webhook, e-mail | domain, clock, http_client, config::notify |
//! | [`supplier`] | the wholesalers: one client per API, behind one trait | domain, http_client |
//! | [`http_client`] | what the HTTP clients share: no redirects, a time, a bound, no URL in an error | nothing |
//! | [`flow`] | one use case per file: load, decide, save, commit | domain, storage, metrics, clock |
//! | [`metrics`] | what the server counts and measures, and the text of a scrape | domain |
//! | [`domain`] | the business rules, pure | nothing |
//! | [`storage`] | the only SQL: one file for each table; beneath, a driver that knows SQLite and PostgreSQL | domain |
//! | [`clock`] | time and random numbers, injected | domain |
//!
//! [`admin`] asks wholesalers itself which numbers are for sale: the partner waits for the answer, and nothing follows from it.
//! What changes something at a wholesaler is stored first, and called by [`worker`].
//!
//! `tests/it/tidy` reads this table and fails when a module uses another one. `docs/architecture.md` explains the table
//! and shows which files a new endpoint, option or column touches; `docs/glossary.md` explains the words of the
//! business.

pub mod cli;
pub mod config;

pub mod app;
pub mod doctor;
pub mod lifecycle;
pub mod rehearsal;
pub mod telemetry;

pub mod http;

pub mod admin;
pub mod gateway;
pub mod onlinesim;

pub mod worker;

pub mod supplier;

pub mod acme;

pub mod notify;

pub mod http_client;

pub mod flow;

pub mod metrics;

pub mod domain;

pub mod storage;

pub mod clock;
