//! Messages: listed with the state of their delivery, and pushed again.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use strum::VariantNames as _;

use super::AdminApi;
use super::auth::AdminCaller;
use super::page::QueryParameters;
use super::path::PathParam;
use super::problem::Problem;
use crate::clock::rfc3339;
use crate::domain::assignment::UnassignedReason;
use crate::domain::delivery::MessageId;
use crate::domain::listed::{ListedMessage, MessageFilter};
use crate::domain::operation::OperationId;
use crate::domain::phone::PhoneNumber;
use crate::domain::sms::Slot;
use crate::flow::resend_message::ResendMessageError;

#[derive(Serialize)]
pub(super) struct MessageDto<'a> {
    id: i64,
    gateway: &'a str,
    number: Option<&'a str>,
    line: Option<String>,
    from: Option<&'a str>,
    from_blanked_at: Option<String>,
    text: Option<&'a str>,
    text_blanked_at: Option<String>,
    sent_at: Option<String>,
    received_at: String,
    incomplete: bool,
    operation: Option<i64>,
    unassigned_reason: Option<&'static str>,
    withheld: bool,
    delivery: Option<DeliveryDto<'a>>,
}

#[derive(Serialize)]
struct DeliveryDto<'a> {
    state: &'static str,
    attempts: i64,
    due_at: Option<String>,
    reason: Option<&'a str>,
    settled_at: Option<String>,
}

/// A message; `delivery` is null when it is unassigned or withheld.
pub(super) fn message_dto(message: &ListedMessage) -> MessageDto<'_> {
    let delivery = message.delivery.as_ref();
    MessageDto {
        id: message.id.0,
        gateway: &message.gateway,
        number: Some(message.number.as_str()).filter(|number| !number.is_empty()),
        line: (!message.slots.is_empty()).then(|| {
            let slots: Vec<&str> = message.slots.iter().map(Slot::as_str).collect();
            slots.join(", ")
        }),
        from: message.sender.text(),
        from_blanked_at: message.sender.blanked_at().map(rfc3339),
        text: message.text.text(),
        text_blanked_at: message.text.blanked_at().map(rfc3339),
        sent_at: message.sent_at.map(rfc3339),
        received_at: rfc3339(message.received_at),
        incomplete: message.incomplete,
        operation: message.operation.map(OperationId::as_i64),
        unassigned_reason: message.unassigned.map(Into::into),
        withheld: message.withheld,
        delivery: delivery.map(|delivery| DeliveryDto {
            state: delivery.state.into(),
            attempts: delivery.attempts,
            due_at: delivery.due_at.map(rfc3339),
            reason: delivery.reason.as_deref(),
            settled_at: delivery.settled_at.map(rfc3339),
        }),
    }
}

fn unknown() -> Problem {
    Problem::not_found("there is no such message")
}

pub(super) async fn list(
    State(api): State<AdminApi>,
    _: AdminCaller,
    mut query: QueryParameters,
) -> Result<Response, Problem> {
    let page = query.page::<i64>("messages")?;
    let states = "due, delivered, refused, parked or none";
    let reasons = format!("one of {}", UnassignedReason::VARIANTS.join(", "));
    let filter = MessageFilter {
        delivery: query.read("delivery", states, |state| match state {
            "none" => Some(None),
            _ => state.parse().ok().map(Some),
        })?,
        number: query.read("number", "a phone number", |text| text.parse::<PhoneNumber>().ok())?,
        unassigned: query.read("unassigned_reason", &reasons, |reason| reason.parse().ok())?,
        withheld: query.read("withheld", "true or false", |text| text.parse().ok())?,
    };
    query.end()?;
    let rows = api
        .flows
        .list_messages(&filter, page.after.map(MessageId), page.rows())
        .await?;
    Ok(page.answer(&rows, |last| last.id.0.to_string(), message_dto))
}

pub(super) async fn resend(
    State(api): State<AdminApi>,
    _: AdminCaller,
    PathParam(id): PathParam<i64>,
) -> Result<Response, Problem> {
    let (flows, id) = (&api.flows, MessageId(id));
    let resent = flows.resend_message(id).await;
    resent.map_err(|refused| match refused {
        ResendMessageError::Unknown => unknown(),
        ResendMessageError::Unassigned
        | ResendMessageError::Withheld
        | ResendMessageError::Blanked
        | ResendMessageError::NotSettled(_) => Problem::conflict(refused.to_string()),
        ResendMessageError::Storage(error) => error.into(),
    })?;
    let message = flows.find_message(id).await?.ok_or_else(unknown)?;
    Ok(Json(message_dto(&message)).into_response())
}
