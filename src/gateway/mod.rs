//! The gateways' door: SMS in. Every format ends in one form, [`crate::domain::sms::InboundSms`], and in one flow.
//!
//! A gateway is known by its token, in the path or as a password; an unknown one gets an empty 404. 200 means that the message is durable.

mod alphabet;
mod answer;
mod auth;
#[cfg(test)]
mod called;
mod charset;
mod form;
mod generic;
mod heartbeat;
mod incoming;
mod jasmin;
mod json;
mod kannel;
mod receive;
mod receiver;
pub mod recipe;
mod signature;
mod simbox;
mod sms_gate;
mod surrogates;
mod twilio;
mod udh;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on, post};
use serde_json::json;
use tower_http::decompression::RequestDecompressionLayer;

use crate::flow::group_commit::NotServed;
use crate::flow::{Flows, StorageError};
use crate::partner::Limits;
use crate::web::auth_failures::AuthFailures;
use crate::web::deadline;

/// The bytes that every gateway's request may have, unpacked. Onlinesim's calls are small, but a SIM box hands over the
/// backlog of an hour at once, up to 500 messages; one that is refused comes again for ever, and what is behind it is never
/// heard of. A body is read only once the token is known.
const BODY_BYTES_MAX: usize = 1 << 20;

/// What the door needs.
pub struct Door {
    /// The verbs.
    pub flows: Flows,
    /// What the URL that gateways call begins with, without a slash at the end.
    pub public_base: String,
    /// How far the time stamp of a signed request may lie from our clock.
    pub replay_window: Duration,
    /// Who sent wrong tokens.
    pub failures: AuthFailures,
}

/// The routes of the gateways.
pub fn routes(door: Door, limits: Limits) -> Router {
    Router::new()
        .route("/in/{token}", receiving())
        .route("/in", receiving())
        .route("/in/{token}/heartbeat", post(heartbeat::receive))
        .with_state(Arc::new(door))
        .layer(DefaultBodyLimit::max(limits.body_bytes_max.max(BODY_BYTES_MAX)))
        .layer(RequestDecompressionLayer::new())
        .layer(middleware::from_fn_with_state(limits.deadline, deadline::enforce))
}

/// Whatever the program likes; but HEAD, which asks for an answer without meaning it, would store an SMS.
fn receiving() -> MethodRouter<Arc<Door>> {
    let methods = MethodFilter::GET.or(MethodFilter::POST).or(MethodFilter::PUT);
    on(methods, receive::receive).head(other_method).fallback(other_method)
}

async fn other_method() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, POST, PUT")]).into_response()
}

/// Why a gateway's request was not taken.
#[derive(Debug)]
enum Refusal {
    /// The token is nobody's: nothing is told.
    UnknownToken,
    /// So it is, and the same client sent others too often: how many seconds it has to wait.
    TooManyFailures(u64),
    /// A sentence that names the field.
    Bad(StatusCode, String),
    /// Nothing was stored; send it again.
    NotStored,
}

impl From<NotServed> for Refusal {
    fn from(_: NotServed) -> Self {
        Self::NotStored
    }
}

impl From<StorageError> for Refusal {
    fn from(error: StorageError) -> Self {
        tracing::error!(%error, "a gateway could not be served");
        Self::NotStored
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, sentence) = match self {
            Self::UnknownToken => return StatusCode::NOT_FOUND.into_response(),
            Self::TooManyFailures(wait) => {
                let retry_after = [(header::RETRY_AFTER, HeaderValue::from(wait))];
                return (StatusCode::TOO_MANY_REQUESTS, retry_after).into_response();
            }
            Self::Bad(status, sentence) => (status, sentence),
            Self::NotStored => (
                StatusCode::SERVICE_UNAVAILABLE,
                "the message is not stored: send it again".to_owned(),
            ),
        };
        (status, axum::Json(json!({ "error": sentence }))).into_response()
    }
}
