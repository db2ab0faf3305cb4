//! Wholesalers: those that are on, with their figures; what they have for sale; resumed.

mod available;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use super::AdminApi;
use super::auth::AdminCaller;
use super::body::{OptionalJsonBody, OptionalReasonRequest};
use super::page::QueryParameters;
use super::path::PathParam;
use super::problem::Problem;
use crate::clock::rfc3339;
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::pause::Pause;
use crate::flow::purchase_views::SupplierView;
use crate::flow::resume_supplier::ResumeSupplierError;

pub(super) use available::available;

#[derive(Serialize)]
struct SupplierDto {
    name: &'static str,
    can: Vec<&'static str>,
    /// Null with a reason: until it is resumed.
    paused_until: Option<String>,
    reason: Option<String>,
    spent_today: String,
    budget_per_day: Option<String>,
    currency: String,
    stocked: u64,
    waiting: u64,
    unknown: u64,
    /// See `GET /v1/suppliers/{name}/rewire`.
    to_rewire: u64,
}

fn supplier_dto(view: &SupplierView<'_>) -> SupplierDto {
    let terms = &view.account.terms;
    let (paused_until, reason) = match &view.pause {
        Pause::None => (None, None),
        Pause::Until { until, reason } => (Some(rfc3339(*until)), Some(reason.clone())),
        Pause::UntilResumed { reason } => (None, Some(reason.clone())),
    };
    SupplierDto {
        name: view.name.into(),
        can: view.account.abilities.iter().map(Into::into).collect(),
        paused_until,
        reason,
        spent_today: view.spent_today.to_string(),
        budget_per_day: terms.budget_per_day.map(|budget| budget.to_string()),
        currency: terms.currency.to_string(),
        stocked: view.stocked,
        waiting: view.waiting,
        unknown: view.unknown,
        to_rewire: view.to_rewire,
    }
}

/// All of them: there are four at most.
pub(super) async fn list(
    State(api): State<AdminApi>,
    _: AdminCaller,
    query: QueryParameters,
) -> Result<Response, Problem> {
    query.end()?;
    let suppliers = api.flows.list_suppliers().await?;
    let items: Vec<SupplierDto> = suppliers.iter().map(supplier_dto).collect();
    Ok(Json(json!({ "items": items, "next": null })).into_response())
}

/// Has a paused supplier called again.
pub(super) async fn resume(
    State(api): State<AdminApi>,
    _: AdminCaller,
    PathParam(name): PathParam<SupplierName>,
    OptionalJsonBody(request): OptionalJsonBody<OptionalReasonRequest>,
) -> Result<Response, Problem> {
    let resumed = api.flows.resume_supplier(name, request.reason()).await;
    resumed.map_err(|error| match error {
        ResumeSupplierError::Off(_) | ResumeSupplierError::NotPaused(_) => Problem::conflict(error.to_string()),
        ResumeSupplierError::Storage(error) => error.into(),
    })?;
    let suppliers = api.flows.list_suppliers().await?;
    let item = suppliers.iter().find(|view| view.name == name).map(supplier_dto);
    Ok(Json(item).into_response())
}
