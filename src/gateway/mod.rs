//! The gateways' door: SMS in. Every format ends in one form, [`crate::domain::sms::InboundSms`], and in one flow.
//!
//! A gateway is known by its token, in the path or as a password; an unknown one gets a 404. 200 means that the message is
//! durable. Every refusal has a body: a sentence in `error`.

mod adapters;
mod auth;
mod destination;
mod form;
mod handler;
mod heartbeat;
mod json;
pub mod kind;
mod raw_request;
mod reply;
pub mod settings;
pub mod setup;
mod signature;
mod sms_codec;

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

use crate::config::gateway::GatewayMethod;
use crate::domain::stock::GatewayId;
use crate::flow::group_commit::SubmitError;
use crate::flow::{Flows, StorageError};
use crate::http::auth_failures::AuthFailures;
use crate::http::{deadline, fill_empty_error};
use crate::onlinesim::RequestLimits;

/// The bytes that every gateway's request may have, unpacked. Onlinesim's calls are small, but a SIM box hands over the
/// backlog of an hour at once, up to 500 messages; one that is refused comes again for ever, and what is behind it is never
/// heard of. A body is read only once the token is known.
const BODY_BYTES_MAX: usize = 1 << 20;

/// The state of the router.
pub struct GatewayApi {
    /// The use cases.
    pub flows: Flows,
    /// What the URL that gateways call begins with, without a slash at the end.
    pub public_base: String,
    /// How far the time stamp of a signed request may lie from our clock.
    pub replay_window: Duration,
    /// Who sent wrong tokens.
    pub failures: AuthFailures,
    /// With which methods SMS are taken; at least one.
    pub methods: Vec<GatewayMethod>,
}

/// The routes of the gateways.
pub fn routes(api: GatewayApi, limits: RequestLimits) -> Router {
    Router::new()
        .route("/in/{token}", receiving(&api.methods))
        .route("/in", receiving(&api.methods))
        .route("/in/{token}/heartbeat", post(heartbeat::handle))
        .with_state(Arc::new(api))
        .layer(DefaultBodyLimit::max(limits.body_bytes_max.max(BODY_BYTES_MAX)))
        .layer(RequestDecompressionLayer::new())
        .layer(middleware::from_fn_with_state(limits.deadline, deadline::enforce))
        .layer(middleware::map_response(fill_empty_errors))
}

/// The methods that the partner allows; but never HEAD, which asks for an answer without meaning it and would store an SMS.
fn receiving(methods: &[GatewayMethod]) -> MethodRouter<Arc<GatewayApi>> {
    let filters = methods.iter().map(|method| match method {
        GatewayMethod::Get => (MethodFilter::GET, "GET"),
        GatewayMethod::Post => (MethodFilter::POST, "POST"),
        GatewayMethod::Put => (MethodFilter::PUT, "PUT"),
    });
    let (filters, names): (Vec<MethodFilter>, Vec<&str>) = filters.unzip();
    let filter = filters.into_iter().reduce(MethodFilter::or);
    let filter = filter.expect("the configuration holds at least one method");
    let allow = HeaderValue::from_str(&names.join(", ")).expect("names of methods are ASCII");
    let refuse = async move || (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, allow)]);
    on(filter, handler::handle).head(refuse.clone()).fallback(refuse)
}

/// Middleware: refusals that a library made without a body get one.
async fn fill_empty_errors(response: Response) -> Response {
    fill_empty_error(response, |status| {
        let sentence = match status {
            StatusCode::METHOD_NOT_ALLOWED => {
                "this path does not take the method; the header Allow names those it takes"
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "the header Content-Encoding must be gzip or missing",
            StatusCode::SERVICE_UNAVAILABLE => return Some(GatewayError::NotStored.into_response()),
            _ => return None,
        };
        Some(GatewayError::Bad(status, sentence.to_owned()).into_response())
    })
}

/// Why a gateway's request was not taken.
#[derive(Debug)]
enum GatewayError {
    /// The request has no token.
    MissingToken,
    /// No gateway has the token.
    UnknownToken,
    /// So it is, and the same client sent others too often: how many seconds it has to wait.
    TooManyFailures(u64),
    /// The gateway's requests are not taken.
    Disabled(GatewayId),
    /// A sentence that names the field.
    Bad(StatusCode, String),
    /// Nothing was stored; send it again.
    NotStored,
}

impl From<SubmitError> for GatewayError {
    fn from(_: SubmitError) -> Self {
        Self::NotStored
    }
}

impl From<StorageError> for GatewayError {
    fn from(error: StorageError) -> Self {
        tracing::error!(%error, "a gateway could not be served");
        Self::NotStored
    }
}

impl IntoResponse for GatewayError {
    fn into_response(self) -> Response {
        let (status, sentence) = match self {
            Self::MissingToken => (
                StatusCode::NOT_FOUND,
                "the token is missing: it belongs into the path (/in/TOKEN) or into the header Authorization, as Bearer or \
                 as the password of Basic"
                    .to_owned(),
            ),
            Self::UnknownToken => (StatusCode::NOT_FOUND, "no gateway has this token".to_owned()),
            Self::TooManyFailures(wait) => {
                let retry_after = [(header::RETRY_AFTER, HeaderValue::from(wait))];
                let sentence = "too many wrong tokens came from this address: the header Retry-After says how long to wait";
                let body = axum::Json(json!({ "error": sentence }));
                return (StatusCode::TOO_MANY_REQUESTS, retry_after, body).into_response();
            }
            Self::Disabled(_) => (StatusCode::FORBIDDEN, "the gateway is disabled: nothing is stored".to_owned()),
            Self::Bad(status, sentence) => (status, sentence),
            Self::NotStored => (
                StatusCode::SERVICE_UNAVAILABLE,
                "the message is not stored: send it again".to_owned(),
            ),
        };
        (status, axum::Json(json!({ "error": sentence }))).into_response()
    }
}
