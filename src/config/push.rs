//! `[push]`: our calls to Onlinesim.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::checks::{self, Checked};
use super::duration;

/// What Onlinesim's protocol appends to its base URL for PUSH_SMS.
const PATH: &str = "/pushSmsRent";

/// How SMS are pushed.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Push {
    /// As Onlinesim's support gave it; [`Push::endpoint`] is what is called. Not empty when serving.
    #[serde(default)]
    pub url: String,
    /// Time for one answer.
    #[serde(with = "duration")]
    pub timeout: Duration,
    /// Pause between two attempts for the same SMS.
    #[serde(with = "duration")]
    pub retry_every: Duration,
    /// SMS of different operations that may be on their way at once.
    pub parallel: usize,
    /// What `smsId` carries.
    pub sms_id: SmsIdKind,
    /// How `phone` is written.
    pub phone: PhoneKind,
    /// Age at which an SMS that was neither accepted nor refused is parked.
    #[serde(with = "duration")]
    pub age_max: Duration,
}

/// What the field `smsId` of PUSH_SMS carries: Onlinesim's description allows both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SmsIdKind {
    /// The id of the operation.
    Operation,
    /// An id of its own for each SMS.
    Message,
}

/// How the field `phone` of PUSH_SMS is written: Onlinesim's description shows both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PhoneKind {
    /// `"79161234567"`
    String,
    /// `79161234567`
    Integer,
}

impl Push {
    /// The URL that is called: `url` with `/pushSmsRent` at the end of its path, whether or not it was there.
    #[must_use]
    pub fn endpoint(&self) -> String {
        let (base, query) = match self.url.find('?') {
            Some(at) => self.url.split_at(at),
            None => (self.url.as_str(), ""),
        };
        let base = base.trim_end_matches('/');
        let base = base.strip_suffix(PATH).unwrap_or(base);
        format!("{base}{PATH}{query}")
    }

    pub(super) fn check(&self) -> Checked {
        if !self.url.is_empty() {
            checks::base_url("push.url", &self.url)?;
        }
        checks::positive_duration("push.timeout", self.timeout)?;
        checks::positive_duration("push.retry_every", self.retry_every)?;
        checks::within("push.parallel", self.parallel, &(1..=1_024))?;
        checks::positive_duration("push.age_max", self.age_max)
    }
}
