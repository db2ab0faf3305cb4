//! The metrics, for Prometheus and everything else that reads OpenMetrics.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::AdminApi;
use super::auth::AdminCaller;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) async fn show(State(api): State<AdminApi>, _: AdminCaller) -> Response {
    let figures = api.flows.figures().await;
    if let Err(error) = &figures {
        tracing::error!(%error, "the figures of the database could not be read");
    }
    let text = api.metrics.encode(figures.ok().as_ref());
    ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response()
}
