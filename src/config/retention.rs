//! `[retention]`: what is blanked and what is deleted, and when.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::checks::{self, CheckResult};
use super::duration;

/// How long data is kept.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionConfig {
    /// How long after the end of its rental an SMS keeps its text; one of no rental: after it arrived.
    #[serde(with = "duration")]
    pub texts: Duration,
    /// The same for its sender.
    #[serde(with = "duration")]
    pub senders: Duration,
    /// The same for the result of its last push, and how long suppliers' reports about orders are kept.
    #[serde(with = "duration")]
    pub attempts: Duration,
    /// Age at which an SMS is deleted, if its delivery is settled and its operation closed, or if it has none.
    #[serde(with = "duration")]
    pub messages: Duration,
}

impl RetentionConfig {
    pub(super) fn check(&self) -> CheckResult {
        checks::positive_duration("retention.texts", self.texts)?;
        checks::positive_duration("retention.senders", self.senders)?;
        checks::positive_duration("retention.attempts", self.attempts)?;
        checks::positive_duration("retention.messages", self.messages)
    }
}
