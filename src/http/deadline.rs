//! How long an answer may take (rule 10): counted from the arrival of the request's head.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::{Instant, timeout_at};

use crate::flow::group_commit::COMMIT_GRACE;

/// When the answer to this request must be sent. An extractor for routers with the middleware.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(pub Instant);

/// How much longer than the deadline and the grace of a commit a request may take until it is answered with 503, for example
/// because its body never ends.
const DEADLINE_SLACK: Duration = Duration::from_millis(100);

/// Middleware: gives each request its deadline, and answers with an empty 503 if the handler does not answer in time.
pub async fn enforce(State(limit): State<Duration>, mut request: Request, next: Next) -> Response {
    let deadline = Instant::now() + limit;
    request.extensions_mut().insert(Deadline(deadline));
    match timeout_at(deadline + COMMIT_GRACE + DEADLINE_SLACK, next.run(request)).await {
        Ok(response) => response,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

impl<S: Sync> FromRequestParts<S> for Deadline {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let deadline = parts.extensions.get::<Self>().copied();
        Ok(deadline.expect("every router with a deadline has the middleware"))
    }
}
