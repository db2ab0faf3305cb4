//! `/healthz`: the process lives. `/readyz`: the database can be written, no damage was found in it, and the workers run.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use crate::flow::Flows;
use crate::lifecycle::Workers;

/// Both routes; public on purpose: they tell nothing but yes or no, and where to look.
pub fn routes(flows: Flows, workers: Workers) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .with_state((flows, workers))
}

async fn healthz() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

async fn readyz(State((flows, workers)): State<(Flows, Workers)>) -> Response {
    let writable = flows.readiness.is_writable(&flows.database, &flows.clock).await;
    let stopped = workers.stopped();
    let damaged = flows.readiness.is_damaged();
    let ready = writable && !damaged && stopped.is_empty();
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let database = match (damaged, writable) {
        (true, _) => "damaged",
        (false, true) => "writable",
        (false, false) => "not writable",
    };
    let status_word = if ready { "ready" } else { "not ready" };
    (
        status,
        Json(json!({ "status": status_word, "database": database, "stopped_workers": stopped })),
    )
        .into_response()
}
