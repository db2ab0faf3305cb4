//! A gateway's request, and what its adapter parses it into.

use std::time::Duration;

use axum::http::{HeaderMap, Method};

use crate::domain::sms::InboundSms;
use crate::domain::time::Timestamp;

/// A whole request. No `Debug`: it holds a text (rule 11).
pub(super) struct RawRequest<'a> {
    pub(super) method: &'a Method,
    /// Path and query as they were called, for signatures over the URL.
    pub(super) path_and_query: &'a str,
    /// The query as it was called; empty when there is none.
    pub(super) query: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
    /// When it came in.
    pub(super) received_at: Timestamp,
    /// What the URL that the gateway called begins with, without a slash at the end; `path_and_query` follows it.
    pub(super) public_base: &'a str,
    /// How far the timestamp of a signed request may be from `received_at`, before or after it.
    pub(super) replay_window: Duration,
}

/// A request that an adapter could parse.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// These messages, all of them or none.
    Messages(Vec<InboundSms>),
    /// Another event of the same program: answered 200, nothing to store.
    Other,
}

/// Why an adapter refuses a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ParseError {
    /// A message that begins with the field.
    Bad(String),
    /// The signature is missing, wrong or too old: a message.
    Unsigned(String),
}
