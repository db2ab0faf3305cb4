//! What is logged of a request: the route, never the path itself, because a path may hold a token or a number (rule 11).

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;

/// Middleware: one line for each request; louder when the server is at fault.
pub async fn log(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let (status, took) = (response.status().as_u16(), started.elapsed());
    let route = route.as_ref().map_or("unknown", MatchedPath::as_str);
    if response.status().is_server_error() {
        tracing::warn!(%method, route, status, ?took, "answered");
    } else {
        tracing::debug!(%method, route, status, ?took, "answered");
    }
    response
}
