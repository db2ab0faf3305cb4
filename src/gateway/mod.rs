//! The API for gateways: SMS in. Adapters parse every format into [`crate::domain::sms::InboundSms`]; one use case
//! stores it.
//!
//! A gateway authenticates with its token, in the path or in the header `Authorization`; an unknown token is answered
//! 404. 200 means that the message is durable. Every refusal has a JSON body with a message in `error`.

mod adapters;
mod auth;
mod destination;
pub mod directory;
mod form;
mod handler;
mod heartbeat;
mod json;
pub mod kind;
mod order_callback;
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

use self::directory::GatewayDirectory;
use crate::config::gateway::GatewayMethod;
use crate::domain::stock::GatewayId;
use crate::flow::accept_callback::REPORT_BYTES_MAX;
use crate::flow::group_commit::SubmitError;
use crate::flow::{Flows, StorageError};
use crate::http::auth_failures::AuthFailures;
use crate::http::{deadline, fill_empty_error};
use crate::metrics::Metrics;
use crate::metrics::labels::SmsResult;

/// The most bytes of a gateway's request, decompressed, unless the limit for Onlinesim is higher. A SIM box delivers the
/// backlog of an hour at once, up to 500 messages; if that were refused, the box would send it again for ever and never go on
/// to newer ones. A body is read only after the token was checked.
const BODY_BYTES_MAX: usize = 1 << 20;

/// The state of the router.
pub struct GatewayApi {
    /// The use cases.
    pub flows: Flows,
    /// Finds the gateway that has a token.
    pub directory: Arc<GatewayDirectory>,
    /// The beginning of the URLs that gateways call: scheme, host and perhaps a path, without a slash at the end.
    pub public_base: String,
    /// How far the time stamp of a signed request may lie from our clock.
    pub replay_window: Duration,
    /// The addresses that sent wrong tokens.
    pub failures: AuthFailures,
    /// The methods that SMS are accepted with; at least one.
    pub methods: Vec<GatewayMethod>,
    /// What the server counts.
    pub metrics: Arc<Metrics>,
}

impl GatewayApi {
    /// Counts what the gateway sent.
    fn count_sms(&self, gateway: GatewayId, results: impl IntoIterator<Item = SmsResult>) {
        self.metrics.sms_in(gateway, results, self.flows.now());
    }
}

/// The routes of the gateways. An answer leaves within `deadline`; a body may have `body_bytes_max`, and a box's backlog more.
pub fn routes(api: GatewayApi, deadline: Duration, body_bytes_max: usize) -> Router {
    let reporting = post(order_callback::handle).layer(DefaultBodyLimit::max(REPORT_BYTES_MAX));
    Router::new()
        .route("/in/{token}", receiving(&api.methods))
        .route("/in", receiving(&api.methods))
        .route("/in/{token}/heartbeat", post(heartbeat::handle))
        .route("/orders/{token}/{line}", reporting)
        .with_state(Arc::new(api))
        .layer(DefaultBodyLimit::max(body_bytes_max.max(BODY_BYTES_MAX)))
        .layer(RequestDecompressionLayer::new())
        .layer(middleware::from_fn_with_state(deadline, deadline::enforce))
        .layer(middleware::map_response(fill_empty_errors))
}

/// The methods that the configuration allows; never HEAD, which axum would handle like GET and so store an SMS.
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

/// Middleware: gives a body to refusals that a library made without one.
async fn fill_empty_errors(response: Response) -> Response {
    fill_empty_error(response, |status| {
        let message = match status {
            StatusCode::METHOD_NOT_ALLOWED => {
                "this path does not take the method; the header Allow names those it takes"
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "the header Content-Encoding must be gzip or missing",
            StatusCode::SERVICE_UNAVAILABLE => return Some(GatewayError::NotStored.into_response()),
            _ => return None,
        };
        Some(GatewayError::Bad(status, message.to_owned()).into_response())
    })
}

/// Why a gateway's request was refused.
#[derive(Debug)]
enum GatewayError {
    /// The request has no token.
    MissingToken,
    /// No gateway has the token.
    UnknownToken,
    /// Either of these, after too many wrong tokens of the same client: how many seconds it has to wait.
    TooManyFailures(u64),
    /// The gateway may not call from there.
    OtherAddress,
    /// The gateway is disabled.
    Disabled(GatewayId),
    /// Any other refusal: its status and its message.
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
        let (status, message) = match self {
            Self::MissingToken => (
                StatusCode::NOT_FOUND,
                "the token is missing: it belongs into the path (/in/TOKEN) or into the header Authorization, as Bearer or \
                 as the password of Basic"
                    .to_owned(),
            ),
            Self::UnknownToken => (StatusCode::NOT_FOUND, "no gateway has this token".to_owned()),
            Self::TooManyFailures(wait) => {
                let retry_after = [(header::RETRY_AFTER, HeaderValue::from(wait))];
                let message = "too many wrong tokens came from this address: the header Retry-After says how long to wait";
                let body = axum::Json(json!({ "error": message }));
                return (StatusCode::TOO_MANY_REQUESTS, retry_after, body).into_response();
            }
            Self::OtherAddress => (
                StatusCode::FORBIDDEN,
                "requests of this gateway are not allowed from this address".to_owned(),
            ),
            Self::Disabled(_) => (StatusCode::FORBIDDEN, "the gateway is disabled: nothing is stored".to_owned()),
            Self::Bad(status, message) => (status, message),
            Self::NotStored => (
                StatusCode::SERVICE_UNAVAILABLE,
                "the message is not stored: send it again".to_owned(),
            ),
        };
        (status, axum::Json(json!({ "error": message }))).into_response()
    }
}
