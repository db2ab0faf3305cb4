//! A gateway's request as it came, and what its adapter makes of it.

use std::time::Duration;

use axum::http::{HeaderMap, Method};

use crate::domain::sms::InboundSms;
use crate::domain::time::Timestamp;

/// A request, whole. Nothing of it is shown: it is somebody's message (rule 11).
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
    /// How far the time stamp of a signed request may lie from `received_at`, in the past or in the future.
    pub(super) replay_window: Duration,
}

/// What an adapter made of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// These messages, all of them or none.
    Messages(Vec<InboundSms>),
    /// Another event of the same program: taken, and nothing to store.
    Other,
}

/// Why an adapter cannot read a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ParseError {
    /// A sentence that begins with the field.
    Bad(String),
    /// It has to be signed and is not, or not by the right key, or it is too old: a sentence.
    Unsigned(String),
}
