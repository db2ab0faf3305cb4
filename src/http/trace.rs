//! The log line of a request. It has the route, never the path, because a path may contain a token or a number (rule 11).

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;

use super::auth_failures::ClientAddress;
use crate::telemetry::RequestId;

/// The header with the id of a refused or failed request, by which its lines are found in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Middleware: logs one line for each request, as a warning when the server failed. All lines of a request have its id.
pub async fn log(request: Request, next: Next) -> Response {
    let id = RequestId::next();
    let mut response = id.scope(answer(request, next)).await;
    if response.status().is_client_error() || response.status().is_server_error() {
        let id = HeaderValue::from_str(&id.to_string()).expect("digits are a header's value");
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

async fn answer(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let client = ClientAddress::of(request.extensions()).map(|ClientAddress(address)| tracing::field::display(address));
    let response = next.run(request).await;
    let (status, took) = (response.status().as_u16(), started.elapsed());
    let route = route.as_ref().map_or("unknown", MatchedPath::as_str);
    if response.status().is_server_error() {
        tracing::warn!(%method, route, client, status, ?took, "answered");
    } else {
        tracing::debug!(%method, route, client, status, ?took, "answered");
    }
    response
}
