//! `[retention]`: what is deleted, and when.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::checks::{self, CheckResult};
use super::duration;

/// How long data is kept.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionConfig {
    /// Age at which an SMS is deleted, if its delivery is settled and its operation closed, or if it has none.
    #[serde(with = "duration")]
    pub messages: Duration,
}

impl RetentionConfig {
    pub(super) fn check(&self) -> CheckResult {
        checks::positive_duration("retention.messages", self.messages)
    }
}
