//! What a request carries: a JSON object that is read field by field, so that every refusal names the field.

use std::ops::RangeInclusive;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode};
use futures_util::StreamExt as _;
use http_body::Body as _;
use serde_json::{Map, Value};

use super::problem::Problem;
use crate::http::media_type;

/// The longest span that is taken: ten years.
const SPAN_MAX: Duration = Duration::from_secs(3650 * 86_400);

/// Why a body could not be read.
fn unread(rejection: &BytesRejection) -> Problem {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => broken(),
    }
}

fn too_large() -> Problem {
    let detail = "the body is larger than admin.body_bytes_max";
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
}

fn broken() -> Problem {
    Problem::bad("the body could not be read")
}

/// Reads a whole body into one buffer. Unlike axum's extractor it does not hold the body twice, which matters for imports.
pub(super) async fn whole(body: Body, bytes_max: usize) -> Result<Vec<u8>, Problem> {
    let expected = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if expected > bytes_max {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(expected);
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| broken())?;
        if bytes.len() + chunk.len() > bytes_max {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// A JSON object whose fields are taken one by one; those that nobody takes are refused by [`BodyFields::end`].
#[derive(Debug)]
pub(super) struct BodyFields(Map<String, Value>);

impl BodyFields {
    /// The field as it stands; `None` when it is missing.
    pub(super) fn take(&mut self, field: &str) -> Option<Value> {
        self.0.remove(field)
    }

    /// Whether the field is there.
    pub(super) fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// A string, or a number as its digits, that `read` understands; `read` says what is wrong behind the field's name.
    /// The outer `None`: the field is missing; the inner one: it is null.
    pub(super) fn choice<T>(
        &mut self,
        field: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<Option<T>>, Problem> {
        match self.0.get(field) {
            None => Ok(None),
            Some(Value::Null) => {
                self.take(field);
                Ok(Some(None))
            }
            Some(_) => {
                let read = read(&self.word(field)?);
                Ok(Some(Some(
                    read.map_err(|error| Problem::bad(format!("{field} {error}")))?,
                )))
            }
        }
    }

    /// A string of 1 to `chars_max` characters.
    pub(super) fn text(&mut self, field: &str, chars_max: usize) -> Result<String, Problem> {
        match self.take(field) {
            Some(Value::String(text)) if (1..=chars_max).contains(&text.trim().chars().count()) => {
                Ok(text.trim().to_owned())
            }
            Some(Value::String(_)) => Err(Problem::bad(format!("{field} must have 1 to {chars_max} characters"))),
            None | Some(Value::Null) => Err(Problem::bad(format!("{field} is missing"))),
            Some(_) => Err(Problem::bad(format!("{field} must be a string"))),
        }
    }

    /// A string, or a number as its digits.
    pub(super) fn word(&mut self, field: &str) -> Result<String, Problem> {
        match self.take(field) {
            Some(Value::String(text)) => Ok(text),
            Some(Value::Number(number)) if number.is_u64() => Ok(number.to_string()),
            None | Some(Value::Null) => Err(Problem::bad(format!("{field} is missing"))),
            Some(_) => Err(Problem::bad(format!("{field} must be a string"))),
        }
    }

    /// True or false.
    pub(super) fn flag(&mut self, field: &str) -> Result<bool, Problem> {
        match self.take(field) {
            Some(Value::Bool(flag)) => Ok(flag),
            None | Some(Value::Null) => Err(Problem::bad(format!("{field} is missing"))),
            Some(_) => Err(Problem::bad(format!("{field} must be true or false"))),
        }
    }

    /// True or false; `None`: the field is missing.
    pub(super) fn optional_flag(&mut self, field: &str) -> Result<Option<bool>, Problem> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(Problem::bad(format!("{field} must be true or false"))),
        }
    }

    /// A count. The outer `None`: the field is missing; the inner one: it is null.
    pub(super) fn count(&mut self, field: &str) -> Result<Option<Option<u32>>, Problem> {
        let wrong = || Problem::bad(format!("{field} must be an integer from 0 to {}, or null", u32::MAX));
        match self.take(field) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(value) => {
                let count = value.as_u64().and_then(|count| u32::try_from(count).ok());
                Ok(Some(Some(count.ok_or_else(wrong)?)))
            }
        }
    }

    /// A span of time: `"5m"`, or whole seconds. The outer `None`: the field is missing; the inner one: it is null.
    pub(super) fn span(&mut self, field: &str) -> Result<Option<Option<Duration>>, Problem> {
        self.span_within(field, &(Duration::from_millis(1)..=SPAN_MAX))
    }

    /// As [`BodyFields::span`], with other bounds.
    pub(super) fn span_within(
        &mut self,
        field: &str,
        bounds: &RangeInclusive<Duration>,
    ) -> Result<Option<Option<Duration>>, Problem> {
        let span = match self.take(field) {
            None => return Ok(None),
            Some(Value::Null) => return Ok(Some(None)),
            Some(Value::String(text)) => humantime::parse_duration(text.trim()).ok(),
            Some(value) => value.as_u64().map(Duration::from_secs),
        };
        match span.filter(|span| bounds.contains(span)) {
            Some(span) => Ok(Some(Some(span))),
            None => {
                let [least, most] = [bounds.start(), bounds.end()].map(|bound| short(*bound));
                Err(Problem::bad(format!(
                    "{field} must be a duration such as \"5m\" or a whole number of seconds, from {least} to {most}"
                )))
            }
        }
    }

    /// Refuses fields that nobody took: a misspelt one must not be ignored.
    pub(super) fn end(self) -> Result<(), Problem> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(field) => Err(Problem::bad(format!("{field} is not a field of this request"))),
        }
    }
}

/// A span in days where it is whole days: humantime counts in months and years.
fn short(span: Duration) -> String {
    match span.as_secs() {
        seconds if seconds > 0 && seconds % 86_400 == 0 => format!("{}d", seconds / 86_400),
        _ => humantime::format_duration(span).to_string(),
    }
}

/// The fields of a request that may come without any: a body that is missing is an object without fields.
#[derive(Debug)]
pub(super) struct OptionalBodyFields(pub(super) BodyFields);

impl<S: Send + Sync> FromRequest<S> for OptionalBodyFields {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, state: &S) -> Result<Self, Problem> {
        let is_json = is_json(request.headers());
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|rejection| unread(&rejection))?;
        if body.is_empty() {
            Ok(Self(BodyFields(Map::new())))
        } else if is_json {
            object(&body).map(Self)
        } else {
            Err(not_json())
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    media_type(headers) == "application/json"
}

fn not_json() -> Problem {
    let detail = "the header Content-Type must be application/json";
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
}

fn object(body: &[u8]) -> Result<BodyFields, Problem> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(BodyFields(fields)),
        Ok(_) => Err(Problem::bad("the body must be a JSON object")),
        Err(error) => Err(Problem::bad(format!("the body is not valid JSON: {error}"))),
    }
}

impl<S: Send + Sync> FromRequest<S> for BodyFields {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(not_json());
        }
        let body = Bytes::from_request(request, state).await;
        object(&body.map_err(|rejection| unread(&rejection))?)
    }
}
