//! `[push]`: pushes to Onlinesim.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::checks::{self, CheckResult, InvalidOption};
use super::duration;

/// Onlinesim's paths of PUSH_SMS for rentals; the second one is for newer accounts.
const PATHS: [&str; 2] = ["/pushSmsRent", "/v1/PUSH_SMS_RENT"];

/// How SMS are pushed.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PushConfig {
    /// The URL from Onlinesim's support; [`PushConfig::endpoint`] is called. Not empty when serving.
    #[serde(default)]
    pub url: String,
    /// The path that is appended to `url`.
    pub path: String,
    /// How long one attempt may take.
    #[serde(with = "duration")]
    pub timeout: Duration,
    /// Pause between two attempts for the same SMS.
    #[serde(with = "duration")]
    pub retry_every: Duration,
    /// How many SMS of different operations are pushed at once.
    pub parallel: usize,
    /// The value of `smsId`.
    pub sms_id: SmsIdKind,
    /// The format of `phone`.
    pub phone: PhoneKind,
    /// Age at which an SMS that was neither accepted nor refused is parked.
    #[serde(with = "duration")]
    pub age_max: Duration,
}

/// The value of the field `smsId` of PUSH_SMS: Onlinesim's documentation allows both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SmsIdKind {
    /// The id of the operation.
    Operation,
    /// An id of its own for each SMS.
    Message,
}

/// The format of the field `phone` of PUSH_SMS: Onlinesim's documentation shows both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PhoneKind {
    /// `"79161234567"`
    String,
    /// `79161234567`
    Integer,
}

/// Whether that can be appended to a URL as a path.
fn is_path(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~%".contains(&byte);
    text.starts_with('/') && !text.ends_with('/') && !text.contains("//") && text.bytes().all(is_plain)
}

impl PushConfig {
    /// The URL that is called: `url` with `path` appended to its path, unless that ends with a path of PUSH_SMS already.
    #[must_use]
    pub fn endpoint(&self) -> String {
        let (base, query) = match self.url.find('?') {
            Some(at) => self.url.split_at(at),
            None => (self.url.as_str(), ""),
        };
        let base = base.trim_end_matches('/');
        let path = self.path.as_str();
        let is_whole = PATHS.into_iter().chain([path]).any(|end| base.ends_with(end));
        let path = if is_whole { "" } else { path };
        format!("{base}{path}{query}")
    }

    pub(super) fn check(&self) -> CheckResult {
        if !self.url.is_empty() {
            checks::base_url("push.url", &self.url)?;
        }
        if !is_path(&self.path) {
            let message = "must begin with a / and end without: set one such as /pushSmsRent or /v1/PUSH_SMS_RENT";
            return Err(InvalidOption::new("push.path", message));
        }
        checks::positive_duration("push.timeout", self.timeout)?;
        checks::positive_duration("push.retry_every", self.retry_every)?;
        checks::within("push.parallel", self.parallel, &(1..=1_024))?;
        checks::positive_duration("push.age_max", self.age_max)
    }
}
