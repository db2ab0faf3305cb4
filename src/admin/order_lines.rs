//! Lines of orders: shown, and decided by the partner where no call of the supplier can tell.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Deserializer, Serialize};

use super::AdminApi;
use super::auth::AdminCaller;
use super::body::{JsonBody, OptionalJsonBody, OptionalReasonRequest, Reason, nullable};
use super::path::PathParam;
use super::problem::Problem;
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::LineId;
use crate::domain::purchase::line::OrderLine;
use crate::flow::Flows;
use crate::flow::prove_line::ProveLineError;
use crate::flow::resolve_line::{Finding, ResolveLineError};

/// Of a number that a person has to rewire, and that has no other reason.
const OTHER_ADDRESS: &str = "its SMS may go to an earlier address of this server: change it at the supplier";
/// Of a number that the supplier's list lacks.
const GONE: &str = "the supplier's list of our numbers does not have it any more";

#[derive(Serialize)]
pub(super) struct LineDto {
    /// Null: the line is not stored.
    pub(super) id: Option<i64>,
    number: Option<String>,
    state: &'static str,
    pub(super) reason: Option<String>,
    code: Option<String>,
    attempts: u32,
    deviation: Option<String>,
}

pub(super) fn line_dto(line: &OrderLine) -> LineDto {
    LineDto {
        id: Some(line.id.0),
        number: line.number.map(PhoneNumber::digits),
        state: line.state.into(),
        reason: line
            .reason
            .clone()
            .or_else(|| line.rewire.map(|_| OTHER_ADDRESS.to_owned())),
        code: line.code.clone(),
        attempts: line.attempts,
        deviation: deviation(line),
    }
}

/// In what the number differs from what was ordered, and that it is gone.
fn deviation(line: &OrderLine) -> Option<String> {
    let gone = line.gone_since.filter(|_| line.is_ours).map(|_| GONE);
    let parts: Vec<&str> = line.deviation.as_deref().into_iter().chain(gone).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// A line that is not stored.
pub(super) fn unstored_line_dto(line: &OrderLine) -> LineDto {
    LineDto {
        id: None,
        ..line_dto(line)
    }
}

fn unknown() -> Problem {
    Problem::not_found("there is no such line of an order")
}

async fn shown(flows: &Flows, line: LineId) -> Result<Response, Problem> {
    let line = flows.find_order_line(line).await?.ok_or_else(unknown)?;
    Ok(Json(line_dto(&line)).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResolveRequest {
    ours: bool,
    /// Needed where the number is ours and the line has none.
    #[serde(default, deserialize_with = "number")]
    number: Option<PhoneNumber>,
    reason: Reason,
    /// Whether what is not ours is bought again; otherwise the line ends.
    #[serde(default)]
    again: bool,
}

fn number<'de, D: Deserializer<'de>>(value: D) -> Result<Option<PhoneNumber>, D::Error> {
    nullable(value, str::parse)
}

impl ResolveRequest {
    fn finding(&self) -> Result<Finding, Problem> {
        match (self.ours, self.number, self.again) {
            (true, _, true) => Err(Problem::bad("again: what is ours is not bought again")),
            (false, Some(_), _) => Err(Problem::bad("number: a line that is not ours has none")),
            (true, number, false) => Ok(Finding::Ours(number)),
            (false, None, again) => Ok(Finding::NotOurs { again }),
        }
    }
}

pub(super) async fn resolve(
    State(api): State<AdminApi>,
    _: AdminCaller,
    PathParam(id): PathParam<i64>,
    JsonBody(request): JsonBody<ResolveRequest>,
) -> Result<Response, Problem> {
    let finding = request.finding()?;
    let resolved = api.flows.resolve_line(LineId(id), finding, &request.reason.0).await;
    resolved.map_err(|error| match error {
        ResolveLineError::Unknown => unknown(),
        ResolveLineError::NumberMissing => Problem::bad(error.to_string()),
        ResolveLineError::OtherState(_) | ResolveLineError::NumberTaken | ResolveLineError::SupplierOff => {
            Problem::conflict(error.to_string())
        }
        ResolveLineError::Storage(error) => error.into(),
    })?;
    shown(&api.flows, LineId(id)).await
}

/// Has the number of an unproven line issued, and one that was rewired by hand not listed any more.
pub(super) async fn prove(
    State(api): State<AdminApi>,
    _: AdminCaller,
    PathParam(id): PathParam<i64>,
    OptionalJsonBody(request): OptionalJsonBody<OptionalReasonRequest>,
) -> Result<Response, Problem> {
    let flows = &api.flows;
    let proven = flows.prove_line(LineId(id), request.reason(), &api.countries).await;
    proven.map_err(|error| match error {
        ProveLineError::Unknown => unknown(),
        ProveLineError::Refused(_) => Problem::conflict(error.to_string()),
        ProveLineError::Storage(error) => error.into(),
    })?;
    shown(flows, LineId(id)).await
}
