//! What the three APIs share: connections, TLS, the addresses of clients, deadlines, the log line of a request, liveness and
//! readiness.

pub mod auth_failures;
pub mod caller_secrets;
pub mod callers;
mod connection_slots;
pub mod deadline;
pub mod health;
pub mod proxies;
mod request_body;
pub mod server;
pub mod slashes;
pub mod tls;
pub mod trace;

use axum::http::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

/// The token of an `Authorization: Bearer` header; the scheme's name may be in any case.
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The media type of the body in lower case, without its parameters; empty when there is none.
#[must_use]
pub fn media_type(headers: &HeaderMap) -> String {
    let header = headers.get(CONTENT_TYPE).map(|value| value.as_bytes());
    let header = String::from_utf8_lossy(header.unwrap_or_default()).to_ascii_lowercase();
    header.split(';').next().unwrap_or_default().trim().to_owned()
}

/// Gives a refusal that a library made without a body the one that `body` has for its status.
pub fn fill_empty_error(response: Response, body: impl FnOnce(StatusCode) -> Option<Response>) -> Response {
    let headers = response.headers();
    if headers.contains_key(CONTENT_TYPE) {
        return response;
    }
    let allow = headers.get(ALLOW).cloned();
    let Some(mut refusal) = body(response.status()) else {
        return response;
    };
    refusal.headers_mut().extend(allow.map(|allow| (ALLOW, allow)));
    refusal
}
