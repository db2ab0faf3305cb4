//! `POST /v1/numbers`: imports numbers from JSON or CSV.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{csv, json as json_rows};
use crate::admin::AdminApi;
use crate::admin::auth::AdminCaller;
use crate::admin::body::whole;
use crate::admin::page::QueryParameters;
use crate::admin::problem::Problem;
use crate::flow::import_numbers::{ImportError, ImportLine, ImportNote, ImportReport, ImportSettings};
use crate::http::media_type;

pub(in crate::admin) async fn import(
    State(api): State<AdminApi>,
    _: AdminCaller,
    mut query: QueryParameters,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let many_pools = query.read("many_pools", "true or false", |text| text.parse().ok())?;
    query.end()?;
    let media_type = media_type(&headers);
    if !["application/json", "text/csv"].contains(&media_type.as_str()) {
        let detail = "the header Content-Type must be application/json or text/csv";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let body = whole(body, api.body_bytes_max).await?;
    let new_pools_max = Some(api.new_pools_max).filter(|_| many_pools != Some(true));
    let report = if media_type == "text/csv" {
        let bad = |error: csv::InvalidHeader| Problem::bad(error.to_string());
        let text = csv::text(&body).map_err(bad)?;
        import_rows(&api, csv::CsvRows::new(&text).map_err(bad)?, new_pools_max).await?
    } else {
        let rows = json_rows::JsonRows::new(&body).map_err(Problem::bad)?;
        import_rows(&api, rows, new_pools_max).await?
    };
    Ok(Json(ImportDto::new(&report)).into_response())
}

async fn import_rows(
    api: &AdminApi,
    rows: impl Iterator<Item = ImportLine> + Clone + Send,
    new_pools_max: Option<u32>,
) -> Result<ImportReport, Problem> {
    let settings = ImportSettings {
        countries: &api.countries,
        new_pools_max,
        // Writers of one process queue, so rentals are served in between without a pause.
        pause: Duration::ZERO,
    };
    let report = api.flows.import_numbers(&settings, rows).await;
    report.map_err(|error| match error {
        ImportError::TooManyPools(refused) => Problem::bad(format!(
            "{refused}; if it is meant, send it to /v1/numbers?many_pools=true"
        )),
        ImportError::Storage(error) => error.into(),
    })
}

#[derive(Serialize)]
struct ImportDto {
    added: u64,
    updated: u64,
    unchanged: u64,
    rejected: Vec<Value>,
    rejected_total: u64,
    warnings: Vec<Value>,
    warnings_total: u64,
}

impl ImportDto {
    fn new(report: &ImportReport) -> Self {
        let notes = |notes: &[ImportNote], name: &str| notes.iter().map(|one| note(one, name)).collect();
        Self {
            added: report.added,
            updated: report.updated,
            unchanged: report.unchanged,
            rejected: notes(report.rejected.first(), "reason"),
            rejected_total: report.rejected.total(),
            warnings: notes(report.warnings.first(), "warning"),
            warnings_total: report.warnings.total(),
        }
    }
}

/// `name` is the field of the message.
fn note(note: &ImportNote, name: &str) -> Value {
    let fields = [
        ("line", json!(note.line)),
        ("number", json!(note.number)),
        (name, json!(note.message)),
    ];
    Value::Object(Map::from_iter(fields.map(|(name, value)| (name.to_owned(), value))))
}
