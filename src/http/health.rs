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

/// What both routes need.
#[derive(Clone)]
pub struct HealthApi {
    /// The use cases.
    pub flows: Flows,
    /// Those that run.
    pub workers: TaskRegistry,
    /// Whether those that stopped are named.
    pub stopped_workers: StoppedWorkers,
    /// The operator accepts that a failover of the database loses what was answered.
    pub is_standby_optional: bool,
}

/// Both routes. They need no token, and show nothing but the version and yes or no.
pub fn routes(api: HealthApi) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .with_state(api)
}

/// Both routes of a server that waits for its database; everything else is unavailable.
pub fn waiting_routes() -> Router {
    let not_ready = || async {
        let body = json!({ "status": "not ready", "database": "not reachable" });
        (StatusCode::SERVICE_UNAVAILABLE, Json(body))
    };
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(not_ready))
        .fallback(|| async { StatusCode::SERVICE_UNAVAILABLE })
}

async fn healthz() -> Response {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") })).into_response()
}

async fn readyz(State(api): State<HealthApi>) -> Response {
    let HealthApi { flows, workers, .. } = api;
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
    if api.is_standby_optional {
        body["synchronous_standby"] = json!("not required");
    }
    if api.stopped_workers == StoppedWorkers::Named {
        body["stopped_workers"] = json!(stopped);
    }
    (status, Json(body)).into_response()
}
