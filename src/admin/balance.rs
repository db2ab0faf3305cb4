//! The balance: what is expected, and what became of it, over all operations (rule 6).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::AdminApi;
use super::auth::AdminCaller;
use super::problem::Problem;

pub(super) async fn show(State(api): State<AdminApi>, _: AdminCaller) -> Result<Response, Problem> {
    let balance = api.flows.balance().await?;
    let expected = balance.expected().ok_or_else(|| {
        tracing::error!("the ledger does not add up");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the ledger does not add up")
    })?;
    let body = json!({
        "currency": "RUB",
        "expected": expected.to_string(),
        "posted": balance.posted.to_string(),
        "reversed": balance.reversed.to_string(),
        "voided": balance.voided.to_string(),
    });
    Ok(Json(body).into_response())
}
