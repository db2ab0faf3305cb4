//! Operations: listed, looked at with all that happened to them, and closed by force.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Door;
use super::auth::Admin;
use super::body::Fields;
use super::messages;
use super::page::Parameters;
use super::path::Named;
use super::problem::Problem;
use crate::clock::rfc3339;
use crate::domain::operation::{OperationId, State as OperationState};
use crate::domain::phone::PhoneNumber;
use crate::flow::force_close::{NotClosed, force_close};
use crate::flow::views::{self, ListedOperation, OperationFilter, WholeOperation, Written};

/// The longest reason for a closing by force.
const REASON_CHARACTERS_MAX: usize = 500;

/// `messages` is their number in a list, and the messages themselves where one operation is shown.
#[derive(Serialize)]
struct Item<M> {
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

#[derive(Serialize)]
struct Event {
    at: String,
    actor: String,
    action: String,
    detail: Option<String>,
}

#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    operation: Item<Vec<messages::Item<'a>>>,
    history: Vec<Event>,
}

fn item<M>(listed: &ListedOperation, messages: M) -> Item<M> {
    let operation = &listed.operation;
    let (closed_at, outcome, posted) = match operation.state {
        OperationState::Waiting | OperationState::Receiving => (None, None, None),
        OperationState::Closed { at, outcome, posted } => (Some(at), Some(outcome), posted),
    };
    Item {
        id: operation.id.as_i64(),
        number: operation.number.digits(),
        state: operation.state.as_str(),
        outcome: outcome.map(|outcome| outcome.as_str()),
        sum: operation.sum.to_string(),
        posted: posted.map(|posted| posted.to_string()),
        created_at: rfc3339(operation.opened_at),
        closed_at: closed_at.map(rfc3339),
        messages,
        discrepancies: listed.discrepancies,
    }
}

/// The history begins with the opening, of which the operation's own row is the record.
fn whole(found: &WholeOperation) -> Whole<'_> {
    let operation = &found.listed.operation;
    let opened = Event {
        at: rfc3339(operation.opened_at),
        actor: "onlinesim".to_owned(),
        action: "opened".to_owned(),
        detail: Some(format!("sum {}", operation.sum)),
    };
    let event = |written: &Written| Event {
        at: rfc3339(written.at),
        actor: written.actor.clone(),
        action: written.action.clone(),
        detail: written.detail.clone(),
    };
    Whole {
        operation: item(&found.listed, found.messages.iter().map(messages::item).collect()),
        history: std::iter::once(opened).chain(found.history.iter().map(event)).collect(),
    }
}

fn unknown() -> Problem {
    Problem::not_found("there is no such operation")
}

pub(super) async fn list(State(door): State<Door>, _: Admin, mut query: Parameters) -> Result<Response, Problem> {
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
    let rows = views::operations(&door.flows, &filter, before, page.rows()).await?;
    let key = |last: &ListedOperation| last.operation.id.as_i64().to_string();
    Ok(page.answer(&rows, key, |listed| item(listed, listed.messages)))
}

pub(super) async fn find(State(door): State<Door>, _: Admin, Named(id): Named<i64>) -> Result<Response, Problem> {
    let id = OperationId::new(id).ok_or_else(unknown)?;
    let found = views::operation(&door.flows, id).await?.ok_or_else(unknown)?;
    Ok(Json(whole(&found)).into_response())
}

pub(super) async fn close(
    state: State<Door>,
    admin: Admin,
    Named(id): Named<i64>,
    mut fields: Fields,
) -> Result<Response, Problem> {
    let reason = fields.text("reason", REASON_CHARACTERS_MAX)?;
    fields.end()?;
    let operation = OperationId::new(id).ok_or_else(unknown)?;
    let flows = &state.flows;
    let closed = force_close(
        &flows.database,
        &flows.clock,
        &flows.policies.strikes,
        &flows.bells.deliveries,
        operation,
        &reason,
    )
    .await;
    closed.map_err(|refused| match refused {
        NotClosed::Unknown => unknown(),
        NotClosed::AlreadyClosed => Problem::conflict("the operation is closed already"),
        NotClosed::Storage(error) => error.into(),
    })?;
    find(state, admin, Named(id)).await
}
