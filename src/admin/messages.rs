//! Messages: listed with how far their delivery is, and sent again.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Door;
use super::auth::Admin;
use super::page::Parameters;
use super::path::Named;
use super::problem::Problem;
use crate::clock::rfc3339;
use crate::domain::assignment::Unassigned;
use crate::domain::delivery::{DeliveryState, MessageId};
use crate::domain::phone::PhoneNumber;
use crate::flow::resend_message::{NotResent, resend_message};
use crate::flow::views::{self, ListedMessage, MessageFilter};

#[derive(Serialize)]
pub(super) struct Item<'a> {
    id: i64,
    gateway: &'a str,
    number: Option<&'a str>,
    line: Option<&'a str>,
    from: &'a str,
    text: &'a str,
    sent_at: Option<String>,
    received_at: String,
    incomplete: bool,
    operation: Option<i64>,
    unassigned_reason: Option<&'static str>,
    delivery: Option<Delivery<'a>>,
}

#[derive(Serialize)]
struct Delivery<'a> {
    state: &'static str,
    attempts: i64,
    due_at: Option<String>,
    reason: Option<&'a str>,
    settled_at: Option<String>,
}

/// A message on the admin's wire; `delivery` is null when it belongs to no operation, for that reason.
pub(super) fn item(message: &ListedMessage) -> Item<'_> {
    let delivery = message.delivery.as_ref();
    Item {
        id: message.id.0,
        gateway: &message.gateway,
        number: Some(message.number.as_str()).filter(|number| !number.is_empty()),
        line: message.line.as_deref(),
        from: &message.sender,
        text: &message.text,
        sent_at: message.sent_at.map(rfc3339),
        received_at: rfc3339(message.received_at),
        incomplete: message.incomplete,
        operation: delivery.map(|delivery| delivery.operation.as_i64()),
        unassigned_reason: message.unassigned.map(Unassigned::as_str),
        delivery: delivery.map(|delivery| Delivery {
            state: delivery.state.as_str(),
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

pub(super) async fn list(State(door): State<Door>, _: Admin, mut query: Parameters) -> Result<Response, Problem> {
    let page = query.page::<i64>("messages")?;
    let states = "due, delivered, refused, parked or none";
    let reasons = format!("one of {}", Unassigned::ALL.map(Unassigned::as_str).join(", "));
    let filter = MessageFilter {
        delivery: query.read("delivery", states, |state| match state {
            "none" => Some(None),
            _ => DeliveryState::parse(state).map(Some),
        })?,
        number: query.read("number", "a phone number", |text| text.parse::<PhoneNumber>().ok())?,
        unassigned: query.read("unassigned_reason", &reasons, Unassigned::parse)?,
    };
    query.end()?;
    let rows = views::messages(&door.flows, &filter, page.after.map(MessageId), page.rows()).await?;
    Ok(page.answer(&rows, |last| last.id.0.to_string(), item))
}

pub(super) async fn resend(State(door): State<Door>, _: Admin, Named(id): Named<i64>) -> Result<Response, Problem> {
    let (flows, id) = (&door.flows, MessageId(id));
    let resent = resend_message(&flows.database, &flows.clock, &flows.bells.deliveries, id).await;
    resent.map_err(|refused| match refused {
        NotResent::Unknown => unknown(),
        NotResent::Unassigned | NotResent::NotSettled(_) => Problem::conflict(refused.to_string()),
        NotResent::Storage(error) => error.into(),
    })?;
    let message = views::message(flows, id).await?.ok_or_else(unknown)?;
    Ok(Json(item(&message)).into_response())
}
