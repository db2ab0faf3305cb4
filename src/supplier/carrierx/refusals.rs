//! What CarrierX's statuses of refusal mean.

use reqwest::StatusCode;

use super::wire::ErrorBody;
use crate::domain::purchase::outcome::{CallFailure, CallResult, Reaction};
use crate::domain::purchase::request::Selection;
use crate::supplier::client::SupplierAnswer;
use crate::supplier::message::message;

/// Which of 404, 409 and 422 a rent answers when there is no such number is not documented: all three mean that (inferred).
/// Only with `include_external` 409 asks to come again.
pub(super) fn rent_refused(answer: &SupplierAnswer, selection: &Selection) -> CallFailure {
    let is_external = matches!(selection, Selection::Number { external: true, .. });
    let reaction = match answer.status {
        StatusCode::CONFLICT if is_external => Reaction::RetryWithBackoff,
        status if is_not_for_sale(status) => Reaction::OtherNumber,
        StatusCode::BAD_REQUEST | StatusCode::UNSUPPORTED_MEDIA_TYPE => Reaction::BadRequest,
        _ => return answer.unexpected(),
    };
    CallFailure::refused(answer.code(), reason(answer), reaction)
}

/// Of a rent; see [`rent_refused`].
pub(super) const fn is_not_for_sale(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::NOT_FOUND | StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY
    )
}

/// A refusal of any other call: the same again would be refused again.
pub(super) fn refused(answer: &SupplierAnswer) -> CallFailure {
    match answer.status {
        StatusCode::BAD_REQUEST
        | StatusCode::NOT_FOUND
        | StatusCode::CONFLICT
        | StatusCode::UNSUPPORTED_MEDIA_TYPE
        | StatusCode::UNPROCESSABLE_ENTITY => CallFailure::refused(answer.code(), reason(answer), Reaction::BadRequest),
        _ => answer.unexpected(),
    }
}

pub(super) fn success(answer: &SupplierAnswer) -> CallResult<&SupplierAnswer> {
    match answer.status.is_success() {
        true => Ok(answer),
        false => Err(refused(answer)),
    }
}

pub(super) fn reason(answer: &SupplierAnswer) -> String {
    match answer.json::<ErrorBody>() {
        Ok(body) => message(&body.text()),
        Err(_) => format!("HTTP {}", answer.status.as_u16()),
    }
}
