//! `[troubles]`: when a condition is a trouble.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::checks::{self, CheckResult};
use super::duration;

/// The limits that depend on the partner's traffic and disk.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TroublesConfig {
    /// How long an SMS may wait to be pushed.
    #[serde(with = "duration")]
    pub sms_overdue: Duration,
    /// How long Onlinesim may send no request while numbers are available.
    #[serde(with = "duration")]
    pub onlinesim_silent: Duration,
    /// How much of the disk has to be free, in bytes; 0: not checked.
    pub disk_free_bytes_min: u64,
    /// How much of the disk has to be free, in percent; 0: not checked.
    pub disk_free_percent_min: u64,
}

impl TroublesConfig {
    pub(super) fn check(&self) -> CheckResult {
        checks::positive_duration("troubles.sms_overdue", self.sms_overdue)?;
        checks::positive_duration("troubles.onlinesim_silent", self.onlinesim_silent)?;
        checks::within("troubles.disk_free_bytes_min", self.disk_free_bytes_min, &(0..=1 << 60))?;
        checks::within("troubles.disk_free_percent_min", self.disk_free_percent_min, &(0..=50))
    }
}
