//! The answers to Onlinesim: JSON, `charset=utf-8`, with SUCCESS, NO_NUMBERS, or ERROR and a message.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use http_body::{Frame, SizeHint};
use serde::{Serialize, Serializer};
use serde_json::json;

use super::request::{Action, InvalidField};
use crate::domain::stock::AvailableCounts;
use crate::domain::wire_name::{ANY, OperatorName};
use crate::flow::StorageError;
use crate::flow::group_commit::SubmitError;
use crate::flow::rent_number::Rental;

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// An answer with a JSON body.
fn answer(status: StatusCode, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// `{"status":"SUCCESS"}`.
#[must_use]
pub fn success() -> Response {
    answer(StatusCode::OK, r#"{"status":"SUCCESS"}"#)
}

/// `{"status":"NO_NUMBERS"}`.
#[must_use]
pub fn no_numbers() -> Response {
    answer(StatusCode::OK, r#"{"status":"NO_NUMBERS"}"#)
}

/// `{"status":"SUCCESS","number":...,"activationId":...}`. If the body is not sent, the rental is dropped as undelivered.
#[must_use]
pub fn rented(rental: Rental) -> Response {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Rented {
        status: &'static str,
        number: u64,
        activation_id: i64,
    }
    let number = rental.number.as_u64();
    let body = Rented {
        status: "SUCCESS",
        number,
        activation_id: rental.id.as_i64(),
    };
    let text = serde_json::to_string(&body).expect("two integers can be written as JSON");
    answer(
        StatusCode::OK,
        Body::new(DeliveryTrackedBody {
            text: Some(Bytes::from(text)),
            rental: Some(rental),
        }),
    )
}

/// The answer to GET_SERVICES.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Services<'a> {
    status: &'static str,
    country_list: Vec<Country<'a>>,
}

/// How many numbers of a country can be rented.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Country<'a> {
    country: &'a str,
    operator_map: OperatorMap<'a>,
}

/// By operator; `any` is their sum (rule 4).
struct OperatorMap<'a>(&'a BTreeMap<OperatorName, u64>);

#[derive(Serialize)]
struct Count {
    rent: u64,
}

impl Serialize for OperatorMap<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sum = (ANY, self.0.values().sum());
        let each = self.0.iter().map(|(operator, count)| (operator.as_str(), *count));
        serializer.collect_map([sum].into_iter().chain(each).map(|(name, rent)| (name, Count { rent })))
    }
}

/// The list of GET_SERVICES.
#[must_use]
pub fn services(promise: &AvailableCounts) -> Response {
    let services = Services {
        status: "SUCCESS",
        country_list: promise
            .iter()
            .map(|(country, operators)| Country {
                country: country.as_str(),
                operator_map: OperatorMap(operators),
            })
            .collect(),
    };
    let text = serde_json::to_string(&services).expect("names and integers can be written as JSON");
    answer(StatusCode::OK, text)
}

/// Every answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtocolError {
    status: StatusCode,
    message: String,
    /// Seconds after which the same client may try again.
    retry_after: Option<u64>,
    /// The action that it refuses, if that is known.
    action: Option<Action>,
}

impl ProtocolError {
    /// A refusal with its HTTP status and the message for the caller.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            retry_after: None,
            action: None,
        }
    }

    /// 429: the client sent wrong credentials too often, and these were wrong, too.
    pub fn too_many_failures(retry_after: u64) -> Self {
        let message = "the key is wrong, and was so too often";
        Self {
            retry_after: Some(retry_after),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, message)
        }
    }

    /// The same, as the refusal of that action.
    #[must_use]
    pub fn of(self, action: Action) -> Self {
        let action = Some(action);
        Self { action, ..self }
    }

    /// Whether it is about credentials.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED
    }

    /// 401.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message)
    }
}

impl From<InvalidField> for ProtocolError {
    fn from(bad: InvalidField) -> Self {
        Self::new(StatusCode::BAD_REQUEST, bad.0)
    }
}

impl From<SubmitError> for ProtocolError {
    fn from(reason: SubmitError) -> Self {
        let message = match reason {
            SubmitError::DeadlinePassed => "not served in time; nothing was changed",
            SubmitError::Unconfirmed => "not confirmed in time; ask again, nothing is done twice",
            SubmitError::Overloaded => "too many requests at once; try again",
            SubmitError::Storage(_) => "the storage is not available; nothing was changed, try again",
        };
        Self::new(StatusCode::SERVICE_UNAVAILABLE, message)
    }
}

impl From<StorageError> for ProtocolError {
    fn from(error: StorageError) -> Self {
        tracing::error!(%error, "a read failed");
        Self::from(SubmitError::Storage(error))
    }
}

impl IntoResponse for ProtocolError {
    fn into_response(self) -> Response {
        let body = json!({ "status": "ERROR", "error": self.message }).to_string();
        let mut response = answer(self.status, body);
        if self.status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(action) = self.action {
            response.extensions_mut().insert(action);
        }
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// A body that detects whether it was sent: the server polls its only frame just before it sends it. If the client has
/// disconnected, the frame is never polled, and the rental is dropped as undelivered.
struct DeliveryTrackedBody {
    text: Option<Bytes>,
    rental: Option<Rental>,
}

impl http_body::Body for DeliveryTrackedBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(rental) = self.rental.take() {
            rental.delivered();
        }
        Poll::Ready(self.text.take().map(|text| Ok(Frame::data(text))))
    }

    fn is_end_stream(&self) -> bool {
        self.text.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let length = self.text.as_ref().map_or(0, Bytes::len);
        SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX))
    }
}
