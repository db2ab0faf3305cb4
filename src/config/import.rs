//! `[import]`: numbers that come in many at a time.

use serde::{Deserialize, Serialize};

use super::checks::{self, CheckResult};

/// What one import may do.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ImportConfig {
    /// The most pools (gateway, country and operator) that one import makes.
    pub new_pools_max: u32,
}

impl ImportConfig {
    pub(super) fn check(&self) -> CheckResult {
        checks::within("import.new_pools_max", self.new_pools_max, &(1..=1_000_000))
    }
}
