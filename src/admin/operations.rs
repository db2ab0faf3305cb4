//! Operations: listed, shown with their history, and closed by the admin.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::auth::AdminCaller;
use super::body::{JsonBody, ReasonRequest};
use super::page::QueryParameters;
use super::path::PathParam;
use super::problem::Problem;
use super::{AdminApi, messages};
use crate::clock::rfc3339;
use crate::domain::audit::AuditRecord;
use crate::domain::listed::{ListedOperation, OperationEntry, OperationFilter};
use crate::domain::operation::{LostOperation, OperationId, OperationState};
use crate::domain::phone::PhoneNumber;
use crate::flow::force_close::ForceCloseError;
use crate::flow::views::WholeOperation;

/// `messages` is their number in a list, and the messages themselves for one operation.
#[derive(Serialize)]
struct OperationDto<M> {
    id: i64,
    number: String,
    state: &'static str,
    outcome: Option<&'static str>,
    sum: String,
    posted: Option<String>,
    created_at: String,
    closed_at: Option<String>,
    messages: M,
    discrepancies: u64,
}

/// An operation that a restore lost: of the fields of others it has those that are known.
#[derive(Serialize)]
struct LostOperationDto {
    id: i64,
    state: &'static str,
    outcome: &'static str,
    reported_sum: Option<String>,
    reported_at: String,
    messages: u64,
    discrepancies: u64,
}

#[derive(Serialize)]
#[serde(untagged)]
enum OperationEntryDto {
    Known(OperationDto<u64>),
    Lost(LostOperationDto),
}

#[derive(Serialize)]
struct HistoryEventDto {
    at: String,
    actor: String,
    /// The address from which the admin called.
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<String>,
    action: String,
    detail: Option<String>,
}

#[derive(Serialize)]
struct OperationDetailsDto<'a> {
    #[serde(flatten)]
    operation: OperationDto<Vec<messages::MessageDto<'a>>>,
    history: Vec<HistoryEventDto>,
}

fn operation_dto<M>(listed: &ListedOperation, messages: M) -> OperationDto<M> {
    let operation = &listed.operation;
    let (closed_at, outcome, posted) = match operation.state {
        OperationState::Waiting | OperationState::Receiving => (None, None, None),
        OperationState::Closed { at, outcome, posted } => (Some(at), Some(outcome), posted),
    };
    OperationDto {
        id: operation.id.as_i64(),
        number: operation.number.digits(),
        state: operation.state.into(),
        outcome: outcome.map(Into::into),
        sum: operation.sum.to_string(),
        posted: posted.map(|posted| posted.to_string()),
        created_at: rfc3339(operation.opened_at),
        closed_at: closed_at.map(rfc3339),
        messages,
        discrepancies: listed.discrepancies,
    }
}

fn entry_dto(entry: &OperationEntry) -> OperationEntryDto {
    match entry {
        OperationEntry::Known(listed) => OperationEntryDto::Known(operation_dto(listed, listed.messages)),
        OperationEntry::Lost(lost) => OperationEntryDto::Lost(lost_dto(lost)),
    }
}

fn lost_dto(lost: &LostOperation) -> LostOperationDto {
    LostOperationDto {
        id: lost.id.as_i64(),
        state: "lost",
        outcome: lost.outcome.into(),
        reported_sum: lost.sum.map(|sum| sum.to_string()),
        reported_at: rfc3339(lost.reported_at),
        messages: 0,
        discrepancies: 1,
    }
}

/// The history begins with the opening, which is recorded in the operation's own row.
fn operation_details_dto(found: &WholeOperation) -> OperationDetailsDto<'_> {
    let operation = &found.listed.operation;
    let opened = HistoryEventDto {
        at: rfc3339(operation.opened_at),
        actor: "onlinesim".to_owned(),
        client: None,
        action: "opened".to_owned(),
        detail: Some(format!("sum {}", operation.sum)),
    };
    let event = |record: &AuditRecord| HistoryEventDto {
        at: rfc3339(record.at),
        actor: record.actor.clone(),
        client: record.client.clone(),
        action: record.kind.clone(),
        detail: record.detail.clone(),
    };
    OperationDetailsDto {
        operation: operation_dto(
            &found.listed,
            found.messages.iter().map(messages::message_dto).collect(),
        ),
        history: std::iter::once(opened).chain(found.history.iter().map(event)).collect(),
    }
}

fn unknown() -> Problem {
    Problem::not_found("there is no such operation")
}

pub(super) async fn list(
    State(api): State<AdminApi>,
    _: AdminCaller,
    mut query: QueryParameters,
) -> Result<Response, Problem> {
    let page = query.page::<i64>("operations")?;
    let filter = OperationFilter {
        open: query.read("state", "open or closed", |state| match state {
            "open" => Some(true),
            "closed" => Some(false),
            _ => None,
        })?,
        discrepant: query.read("discrepancy", "true or false", |text| text.parse().ok())?,
        number: query.read("number", "a phone number", |text| text.parse::<PhoneNumber>().ok())?,
    };
    query.end()?;
    let before = page.after.and_then(OperationId::new);
    let rows = api.flows.list_operations(&filter, before, page.rows()).await?;
    let key = |last: &OperationEntry| last.id().as_i64().to_string();
    Ok(page.answer(&rows, key, entry_dto))
}

pub(super) async fn find(
    State(api): State<AdminApi>,
    _: AdminCaller,
    PathParam(id): PathParam<i64>,
) -> Result<Response, Problem> {
    let id = OperationId::new(id).ok_or_else(unknown)?;
    let found = api.flows.find_operation(id).await?.ok_or_else(unknown)?;
    Ok(Json(operation_details_dto(&found)).into_response())
}

pub(super) async fn close(
    state: State<AdminApi>,
    admin: AdminCaller,
    PathParam(id): PathParam<i64>,
    JsonBody(ReasonRequest { reason }): JsonBody<ReasonRequest>,
) -> Result<Response, Problem> {
    let operation = OperationId::new(id).ok_or_else(unknown)?;
    let closed = state.flows.force_close(operation, &reason.0).await;
    closed.map_err(|refused| match refused {
        ForceCloseError::Unknown => unknown(),
        ForceCloseError::AlreadyClosed => Problem::conflict("the operation is closed already"),
        ForceCloseError::Storage(error) => error.into(),
    })?;
    find(state, admin, PathParam(id)).await
}
