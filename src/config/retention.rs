//! `[retention]`: what is deleted, and when.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::checks::{self, Checked};
use super::duration;

/// How long things are kept that nobody needs for ever.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Age at which the text of an SMS is deleted, when its delivery is settled and its operation closed (or none).
    #[serde(with = "duration")]
    pub messages: Duration,
}

impl Retention {
    pub(super) fn check(&self) -> Checked {
        checks::positive_duration("retention.messages", self.messages)
    }
}
