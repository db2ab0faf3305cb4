//! A request of the rehearsal and its answer.

use std::time::Duration;

use serde_json::Value;

use super::report::Evidence;
use crate::rehearsal::client::{Answer, ExchangeProgress, NoAnswer};

/// The `status` of GET_NUMBER when there is nothing to rent.
pub(super) const NO_NUMBERS: &str = "NO_NUMBERS";

/// A request and its answer, or why there is none.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    pub(super) request: String,
    pub(super) outcome: Result<Answer, NoAnswer>,
    pub(super) took: Duration,
}

impl Exchange {
    /// The HTTP status; 0 without an answer.
    pub(super) fn http(&self) -> u16 {
        self.outcome.as_ref().map_or(0, |answer| answer.status)
    }

    pub(super) fn body(&self) -> &Value {
        self.outcome.as_ref().map_or(&Value::Null, |answer| &answer.body)
    }

    /// The field `status`.
    pub(super) fn status(&self) -> &str {
        self.body()["status"].as_str().unwrap_or_default()
    }

    pub(super) fn is_success(&self) -> bool {
        self.http() == 200 && self.status() == "SUCCESS"
    }

    /// Whether a request that is wrong was answered as one.
    pub(super) fn is_refusal(&self) -> bool {
        let http = self.http();
        self.status() != "SUCCESS" && ((400..500).contains(&http) || (http == 200 && self.status() == "ERROR"))
    }

    /// What is wrong with the body of a refusal.
    pub(super) fn wrong_error_body(&self) -> Option<String> {
        let error = self.body()["error"].as_str();
        let is_right = self.status() == "ERROR" && error.is_some_and(|error| !error.is_empty());
        (self.outcome.is_ok() && !is_right).then(|| {
            format!(
                "HTTP {} without {{\"status\":\"ERROR\",\"error\":\"...\"}}",
                self.http()
            )
        })
    }

    /// Whether the server may have executed a request whose answer did not arrive.
    pub(super) fn may_have_worked(&self) -> bool {
        let failure = self.outcome.as_ref().err();
        failure.is_some_and(|failure| failure.progress != ExchangeProgress::NotSent)
    }

    /// Whether it reached the server and no answer came back.
    pub(super) fn is_unanswered(&self) -> bool {
        let failure = self.outcome.as_ref().err();
        failure.is_some_and(|failure| failure.progress == ExchangeProgress::Sent)
    }

    /// Whether an answer to GET_NUMBER without a rental may hide one all the same: a proxy's 502 that came after the
    /// server had rented, or JSON behind a notice of PHP's.
    pub(super) fn may_hide_a_rental(&self) -> bool {
        let http = self.http();
        // 408 is a timeout: it does not mean that nothing was done.
        let is_refusal = self.status() == "ERROR" || ((400..500).contains(&http) && http != 408);
        self.outcome.is_ok() && !is_refusal && self.status() != NO_NUMBERS
    }

    /// A short description of the answer.
    pub(super) fn summary(&self) -> String {
        match &self.outcome {
            Ok(answer) if answer.body.is_object() => {
                format!("answered with HTTP {} and status {:?}", answer.status, self.status())
            }
            Ok(answer) => format!("answered with HTTP {} and no JSON object", answer.status),
            Err(failure) => failure.reason.clone(),
        }
    }

    /// Unchanged: the report redacts and truncates.
    pub(super) fn evidence(&self) -> Evidence {
        Evidence {
            request: self.request.clone(),
            answer: match &self.outcome {
                Ok(answer) => format!("{} {}", answer.status, answer.text),
                Err(failure) => failure.reason.clone(),
            },
            took_ms: u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
        }
    }
}
