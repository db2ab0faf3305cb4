//! The gateways' door: SMS in. Every format ends in one form, [`crate::domain::sms::InboundSms`], and in one flow.
//!
//! A gateway is known by the token in its path; an unknown one gets an empty 404. 200 means that the message is durable.

mod auth;
mod heartbeat;
mod json;
mod surrogates;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::json;
use tower_http::decompression::RequestDecompressionLayer;

use crate::flow::group_commit::NotServed;
use crate::flow::{Flows, StorageError};
use crate::partner::Limits;
use crate::web::deadline;

/// The routes of the gateways.
pub fn routes(flows: Flows, limits: Limits) -> Router {
    Router::new()
        .route("/in/{token}", post(json::receive))
        .route("/in/{token}/heartbeat", post(heartbeat::receive))
        .with_state(Arc::new(flows))
        .layer(DefaultBodyLimit::max(limits.body_bytes_max))
        .layer(RequestDecompressionLayer::new())
        .layer(middleware::from_fn_with_state(limits.deadline, deadline::enforce))
}

/// Why a gateway's request was not taken.
#[derive(Debug)]
enum Refusal {
    /// The token is nobody's: nothing is told.
    UnknownToken,
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
            Self::Bad(status, sentence) => (status, sentence),
            Self::NotStored => (
                StatusCode::SERVICE_UNAVAILABLE,
                "the message is not stored: send it again".to_owned(),
            ),
        };
        (status, axum::Json(json!({ "error": sentence }))).into_response()
    }
}
