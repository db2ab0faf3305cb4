//! A request of the rehearsal and what became of it.

use std::time::Duration;

use serde_json::Value;

use super::report::Evidence;
use crate::cli::pretend::client::{Answer, NO_CONNECTION};

/// More of an answer is not shown.
const SHOWN_MAX: usize = 300;

/// A request and what became of it.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    pub(super) request: String,
    pub(super) outcome: Result<Answer, String>,
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
    pub(super) fn word(&self) -> &str {
        self.body()["status"].as_str().unwrap_or_default()
    }

    pub(super) fn is_success(&self) -> bool {
        self.http() == 200 && self.word() == "SUCCESS"
    }

    /// Whether a request that is wrong was answered as one.
    pub(super) fn is_refusal(&self) -> bool {
        let http = self.http();
        self.word() != "SUCCESS" && ((400..500).contains(&http) || (http == 200 && self.word() == "ERROR"))
    }

    /// What is wrong with the words of a refusal.
    pub(super) fn words_are_wrong(&self) -> Option<String> {
        let error = self.body()["error"].as_str();
        let is_right = self.word() == "ERROR" && error.is_some_and(|error| !error.is_empty());
        (self.outcome.is_ok() && !is_right).then(|| {
            format!(
                "HTTP {} without {{\"status\":\"ERROR\",\"error\":\"...\"}}",
                self.http()
            )
        })
    }

    /// Whether the server may have done what was asked without anybody having heard of it.
    pub(super) fn may_have_worked(&self) -> bool {
        let reason = self.outcome.as_ref().err();
        reason.is_some_and(|reason| !reason.starts_with(NO_CONNECTION))
    }

    /// In one sentence.
    pub(super) fn said(&self) -> String {
        match &self.outcome {
            Ok(answer) if answer.body.is_object() => {
                format!("answered with HTTP {} and status {:?}", answer.status, self.word())
            }
            Ok(answer) => format!("answered with HTTP {} and no JSON object", answer.status),
            Err(reason) => reason.clone(),
        }
    }

    pub(super) fn evidence(&self) -> Evidence {
        Evidence {
            request: self.request.clone(),
            answer: match &self.outcome {
                Ok(answer) => format!("{} {}", answer.status, shortened(&answer.text)),
                Err(reason) => reason.clone(),
            },
            took_ms: u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

fn shortened(text: &str) -> String {
    let cut: String = text.chars().take(SHOWN_MAX).collect();
    let more = if cut.len() < text.len() { " ..." } else { "" };
    format!("{}{more}", cut.replace(|letter: char| letter.is_control(), " "))
}
