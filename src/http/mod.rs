//! What the doors of the test_server share: how connections are served, how long an answer may take, what is logged of a
//! request, and the two questions that an orchestrator asks.

pub mod auth_failures;
mod connection_slots;
pub mod deadline;
pub mod health;
mod request_body;
pub mod server;
pub mod slashes;
pub mod trace;

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};

/// The token of an `Authorization: Bearer` header; the scheme's name may be in any case.
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The media type of the body in lower case, without its parameters; empty when there is none.
#[must_use]
pub fn media_type(headers: &HeaderMap) -> String {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
