//! Erasure: texts and senders of the SMS of one number, or of one sender, are blanked at once.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Deserializer, Serialize};

use super::AdminApi;
use super::auth::AdminCaller;
use super::body::{JsonBody, Text, parsed};
use super::problem::Problem;
use crate::domain::retention::ErasureScope;
use crate::domain::sms::{InvalidRecipient, Recipient, SENDER_CHARS_MAX};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ErasureRequest {
    #[serde(default, deserialize_with = "recipient")]
    number: Option<Recipient>,
    sender: Option<Text<SENDER_CHARS_MAX>>,
}

/// Digits, with the characters that people put between them.
fn recipient<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Recipient>, D::Error> {
    let parse = |text: &str| {
        let is_known = |one: char| one.is_ascii_digit() || " \u{a0}+-.()/".contains(one);
        if text.chars().all(is_known) {
            Recipient::parse(text)
        } else {
            Err(InvalidRecipient)
        }
    };
    parsed(value, parse).map(Some)
}

#[derive(Serialize)]
struct ErasureDto {
    /// Messages that lost their text and their sender.
    erased: usize,
    /// Messages that are still in use.
    kept: usize,
}

pub(super) async fn erase(
    State(api): State<AdminApi>,
    _: AdminCaller,
    JsonBody(ErasureRequest { number, sender }): JsonBody<ErasureRequest>,
) -> Result<Response, Problem> {
    let scope = match (number, sender) {
        (Some(number), None) => ErasureScope::Recipient(number),
        (None, Some(sender)) => ErasureScope::Sender(sender.0),
        _ => return Err(Problem::bad("either number or sender is needed, and not both")),
    };
    let report = api.flows.erase_messages(&scope).await?;
    Ok(Json(ErasureDto {
        erased: report.erased,
        kept: report.kept,
    })
    .into_response())
}
