//! `/healthz`: the process is running, and in which version. `/readyz`: the database can be written, no damage was found in
//! it, and the workers run.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use crate::flow::Flows;
use crate::lifecycle::TaskRegistry;

/// Whether `/readyz` names the workers that stopped: only the admin has to know them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoppedWorkers {
    /// On the admin's listener.
    Named,
    /// On the public listener.
    Hidden,
}

/// Both routes. They need no token, and show nothing but the version and yes or no.
pub fn routes(flows: Flows, workers: TaskRegistry, stopped: StoppedWorkers) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .with_state((flows, workers, stopped))
}

async fn healthz() -> Response {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") })).into_response()
}

async fn readyz(State((flows, workers, stopped_workers)): State<(Flows, TaskRegistry, StoppedWorkers)>) -> Response {
    let writable = flows.is_writable().await;
    let stopped = workers.stopped();
    let damaged = flows.is_damaged();
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
    let mut body = json!({ "status": status_word, "database": database });
    if stopped_workers == StoppedWorkers::Named {
        body["stopped_workers"] = json!(stopped);
    }
    (status, Json(body)).into_response()
}
