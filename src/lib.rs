//! Leaseline rents a partner's phone numbers out through the marketplace Onlinesim.
pub mod admin;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod flow;
pub mod gateway;
pub mod lifecycle;
pub mod partner;
pub mod storage;
pub mod telemetry;
pub mod web;
pub mod worker;
