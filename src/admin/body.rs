//! The body of a request: a JSON object, parsed as the type of the request. Every refusal names the field, and none repeats a
//! value.

use std::fmt::Display;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use futures_util::StreamExt as _;
use http_body::Body as _;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::problem::Problem;
use crate::http::media_type;

const TEN_YEARS_SECONDS: u64 = 3650 * 86_400;

/// The refusal of a body that could not be read.
fn unreadable(rejection: &BytesRejection) -> Problem {
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

/// Reads a whole body into one buffer. Axum's extractor would hold the body twice, which is too much for imports.
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

/// A JSON object, parsed as the type of the request.
#[derive(Debug)]
pub(super) struct JsonBody<T>(pub(super) T);

/// The same for a request that needs no fields: a missing body counts as an empty object.
#[derive(Debug)]
pub(super) struct OptionalJsonBody<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, state: &S) -> Result<Self, Problem> {
        if media_type(request.headers()) != "application/json" {
            return Err(not_json());
        }
        let body = Bytes::from_request(request, state).await;
        object(&body.map_err(|rejection| unreadable(&rejection))?).map(Self)
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for OptionalJsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, state: &S) -> Result<Self, Problem> {
        let is_json = media_type(request.headers()) == "application/json";
        let body = Bytes::from_request(request, state).await;
        match body.map_err(|rejection| unreadable(&rejection))? {
            body if body.is_empty() => object(b"{}").map(Self),
            body if is_json => object(&body).map(Self),
            _ => Err(not_json()),
        }
    }
}

fn not_json() -> Problem {
    let detail = "the header Content-Type must be application/json";
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
}

fn object<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let value: Value =
        serde_json::from_slice(body).map_err(|error| Problem::bad(format!("the body is not valid JSON: {error}")))?;
    // A derived `Deserialize` also accepts a list instead of an object.
    if !value.is_object() {
        return Err(Problem::bad("the body must be a JSON object"));
    }
    serde_path_to_error::deserialize(value)
        .map_err(|error| Problem::bad(message(&error.path().to_string(), &error.inner().to_string())))
}

/// The message with the field and what it must be. Serde's own message contains the value, which may be secret (rule 11),
/// before `expected`.
fn message(path: &str, message: &str) -> String {
    if let Some(field) = message.strip_prefix("missing field ") {
        return format!("{} is missing", field.trim_matches('`'));
    }
    let Some((found, expected)) = message.rsplit_once(", expected ") else {
        // An error of `parsed`.
        return format!("{path} {message}");
    };
    match expected {
        _ if found.starts_with("unknown ") => format!("{path} is not a field of this request: expected {expected}"),
        "a boolean" => format!("{path} must be true or false"),
        "a map" => format!("{path} must be an object such as {{\"name\":\"value\"}}"),
        "a sequence" => format!("{path} must be a list"),
        "u32" => format!("{path} must be an integer from 0 to {}", u32::MAX),
        _ => format!("{path} must be {expected}"),
    }
}

/// Distinguishes a present field from a missing one; with `T` an `Option`, also null from both.
pub(super) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

/// A string, or an integer that stands for its digits.
#[derive(Deserialize)]
#[serde(untagged, expecting = "must be a string")]
pub(super) enum TextOrInteger {
    /// A string.
    Text(String),
    /// An integer.
    Integer(u64),
}

impl TextOrInteger {
    /// The string, or the digits.
    pub(super) fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Integer(integer) => integer.to_string(),
        }
    }
}

/// Parses a string, or the digits of an integer; the message of an error follows the name of the field.
pub(super) fn parsed<'de, T, E: Display, D: Deserializer<'de>>(
    value: D,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<T, D::Error> {
    nullable(value, parse)?.ok_or_else(|| D::Error::custom("must be a string"))
}

/// The same; null is `None`.
pub(super) fn nullable<'de, T, E: Display, D: Deserializer<'de>>(
    value: D,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<T>, D::Error> {
    let text = Option::<TextOrInteger>::deserialize(value)?.map(TextOrInteger::into_text);
    text.map(|text| parse(&text)).transpose().map_err(D::Error::custom)
}

/// A string of 1 to `MAX` characters without white space around it.
#[derive(Debug)]
pub(super) struct Text<const MAX: usize>(pub(super) String);

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        let text = String::deserialize(value)?.trim().to_owned();
        if (1..=MAX).contains(&text.chars().count()) {
            Ok(Self(text))
        } else {
            Err(D::Error::custom(format_args!("must have 1 to {MAX} characters")))
        }
    }
}

/// Why the admin does something: the audit keeps it.
pub(super) type Reason = Text<500>;

/// A body with nothing but a reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReasonRequest {
    pub(super) reason: Reason,
}

/// The same, where the reason may be missing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OptionalReasonRequest {
    reason: Option<Reason>,
}

impl OptionalReasonRequest {
    pub(super) fn reason(&self) -> Option<&str> {
        self.reason.as_ref().map(|reason| reason.0.as_str())
    }
}

/// An integer from 1 to `MAX`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Count<const MAX: u32>(pub(super) u32);

impl<'de, const MAX: u32> Deserialize<'de> for Count<MAX> {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        let count = Value::deserialize(value)?
            .as_u64()
            .and_then(|count| count.try_into().ok());
        let count = count.filter(|count| (1..=MAX).contains(count)).map(Self);
        count.ok_or_else(|| D::Error::custom(format_args!("must be an integer from 1 to {MAX}")))
    }
}

/// A duration within bounds: `"5m"`, or whole seconds.
#[derive(Debug)]
pub(super) struct BoundedDuration<const MIN_MS: u64 = 1, const MAX_SECONDS: u64 = TEN_YEARS_SECONDS>(
    pub(super) Duration,
);

impl<'de, const MIN_MS: u64, const MAX_SECONDS: u64> Deserialize<'de> for BoundedDuration<MIN_MS, MAX_SECONDS> {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        let [min, max] = [Duration::from_millis(MIN_MS), Duration::from_secs(MAX_SECONDS)];
        let duration = match TextOrInteger::deserialize(value) {
            Ok(TextOrInteger::Text(text)) => humantime::parse_duration(text.trim()).ok(),
            Ok(TextOrInteger::Integer(seconds)) => Some(Duration::from_secs(seconds)),
            Err(_) => None,
        };
        let duration = duration.filter(|duration| (min..=max).contains(duration));
        duration.map(Self).ok_or_else(|| {
            let [min, max] = [min, max].map(short);
            D::Error::custom(format_args!(
                "must be a duration such as \"5m\" or a whole number of seconds, from {min} to {max}"
            ))
        })
    }
}

/// Whole days are written in days: humantime would write months and years.
fn short(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds > 0 && seconds % 86_400 == 0 => format!("{}d", seconds / 86_400),
        _ => humantime::format_duration(duration).to_string(),
    }
}
