//! `[import]`: numbers that come in many at a time.

use serde::{Deserialize, Serialize};

use super::checks::{self, Checked};

/// What one import may do.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// The most pools (gateway, country and operator) that one import makes.
    pub new_pools_max: u32,
}

impl Import {
    pub(super) fn check(&self) -> Checked {
        checks::within("import.new_pools_max", self.new_pools_max, &(1..=1_000_000))
    }
}
