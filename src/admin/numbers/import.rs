//! `POST /v1/numbers`: numbers come into the inventory, as JSON or as CSV.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{csv, json as json_rows};
use crate::admin::Door;
use crate::admin::auth::Admin;
use crate::admin::body::unread;
use crate::admin::problem::Problem;
use crate::flow::StorageError;
use crate::flow::import_numbers::{Line, Report, import_numbers};
use crate::web::media_type;

pub(in crate::admin) async fn import(
    State(door): State<Door>,
    _: Admin,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let media_type = media_type(&headers);
    if !["application/json", "text/csv"].contains(&media_type.as_str()) {
        let detail = "the header Content-Type must be application/json or text/csv";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let body = body.map_err(|rejection| unread(&rejection))?;
    let report = if media_type == "text/csv" {
        let rows = csv::Rows::new(&body).map_err(|error| Problem::bad(error.to_string()))?;
        take_in(&door, rows).await?
    } else {
        take_in(&door, json_rows::rows(&body).map_err(Problem::bad)?).await?
    };
    Ok(Json(answer(&report)).into_response())
}

async fn take_in(door: &Door, rows: impl Iterator<Item = Line> + Send) -> Result<Report, StorageError> {
    let flows = &door.flows;
    // Writers of one process queue up, so renting gets its turn without a pause.
    import_numbers(&flows.database, &flows.clock, &door.countries, rows, Duration::ZERO).await
}

fn answer(report: &Report) -> Value {
    let rejected: Vec<Value> = report
        .rejected
        .iter()
        .map(|row| json!({ "line": row.line, "number": row.number, "reason": row.reason }))
        .collect();
    json!({
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "rejected": rejected,
    })
}
