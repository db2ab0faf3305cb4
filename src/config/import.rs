//! `[import]`: the import of numbers.

use serde::{Deserialize, Serialize};

use super::checks::{self, CheckResult};

/// The limits of an import.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ImportConfig {
    /// The most pools (gateway, country and operator) that one import adds.
    pub new_pools_max: u32,
}

impl ImportConfig {
    pub(super) fn check(&self) -> CheckResult {
        checks::within("import.new_pools_max", self.new_pools_max, &(1..=1_000_000))
    }
}
