//! Every refusal: a problem of RFC 9457, whose `detail` names the field.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::flow::StorageError;
use crate::gateway::settings::UnreadableSettings;
use crate::http::fill_empty_error;

/// A refusal with its HTTP status and the message for the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
    /// Seconds after which the same client may try again.
    retry_after: Option<u64>,
}

impl Problem {
    /// Any status.
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// The message for the caller.
    pub(super) fn detail(&self) -> &str {
        &self.detail
    }

    /// 429: the client sent wrong tokens too often, and this was one, too.
    pub(super) fn too_many_failures(retry_after: u64) -> Self {
        let detail = "the token is wrong, and was so too often; a valid one is accepted at any time";
        Self {
            retry_after: Some(retry_after),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, detail)
        }
    }

    /// 400: the request is invalid.
    pub(super) fn bad(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// 404: what the request is about does not exist.
    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// 409: its state does not allow this.
    pub(super) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }
}

/// Logged here, once; handlers only return it.
impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        tracing::error!(%error, "the admin could not be served");
        if error.is_unavailable() {
            let detail = "the storage is not available; send the request again";
            Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        } else {
            let detail = "the storage refused, which is a fault of the server; see its log";
            Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
        }
    }
}

impl From<UnreadableSettings> for Problem {
    fn from(error: UnreadableSettings) -> Self {
        tracing::error!(%error, "the admin could not be served");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        let mut response = (self.status, body.to_string()).into_response();
        let media_type = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(CONTENT_TYPE, media_type);
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
        }
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// Middleware: gives refusals that a library made without a body one.
pub(super) async fn fill_empty_errors(response: Response) -> Response {
    fill_empty_error(response, |status| {
        let detail = match status {
            StatusCode::METHOD_NOT_ALLOWED => {
                "the path does not accept this method; the header Allow has the methods that it accepts"
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "the header Content-Encoding must be gzip or missing",
            _ => return None,
        };
        Some(Problem::new(status, detail).into_response())
    })
}
