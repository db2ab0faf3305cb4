//! Counts the requests of Onlinesim, with the time until their answers. What was served is counted where it is known what was
//! answered, and costs nothing but additions; refusals, also those that a library makes, are counted around all handlers.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;

use super::OnlinesimApi;
use super::request::Action;
use crate::http::deadline::{self, Deadline};
use crate::metrics::Metrics;
use crate::metrics::labels::{AnswerStatus, RequestAction};

/// A request that was served.
pub(super) struct Served {
    /// How.
    pub(super) status: AnswerStatus,
    /// The answer.
    pub(super) response: Response,
}

impl Served {
    /// SUCCESS.
    pub(super) const fn success(response: Response) -> Self {
        Self {
            status: AnswerStatus::Success,
            response,
        }
    }
}

impl From<Action> for RequestAction {
    fn from(action: Action) -> Self {
        match action {
            Action::GetServices => Self::GetServices,
            Action::GetNumber => Self::GetNumber,
            Action::FinishActivation => Self::FinishActivation,
        }
    }
}

/// Counts a request that was served, and returns its answer.
pub(super) fn served(api: &OnlinesimApi, action: Action, Deadline(deadline): Deadline, served: Served) -> Response {
    // The deadline is counted from the arrival of the request's head.
    let left = deadline.saturating_duration_since(Instant::now());
    let took = api.limits.deadline.saturating_sub(left);
    api.metrics.answered(action.into(), served.status, took);
    served.response
}

/// Middleware: the deadline of requests, and counts those that are refused. The action is known if it is among the
/// extensions of the answer.
pub(super) async fn enforce(
    State((limit, metrics)): State<(Duration, Arc<Metrics>)>,
    request: Request,
    next: Next,
) -> Response {
    let arrived = Instant::now();
    let response = deadline::enforce(State(limit), request, next).await;
    if let Some(status) = AnswerStatus::of_refusal(response.status().as_u16()) {
        let action = response.extensions().get().copied();
        metrics.answered(
            action.map_or(RequestAction::Unknown, Action::into),
            status,
            arrived.elapsed(),
        );
    }
    response
}
