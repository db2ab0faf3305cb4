//! `[telemetry]`: the log.

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

use super::checks::{CheckResult, InvalidOption};

/// The names of levels, as tracing reads them.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Logs.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetryConfig {
    /// The format of a line.
    pub format: LogFormat,
    /// An `EnvFilter` directive.
    pub level: String,
}

/// The format of a line of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object per line, for collectors.
    Json,
}

impl TelemetryConfig {
    /// Stricter than `EnvFilter`, which interprets a misspelt level as the name of a module and then logs nothing else.
    pub(super) fn check(&self) -> CheckResult {
        let misspelt = self.level.split(',').map(str::trim).any(|directive| {
            let is_level = LEVELS.iter().any(|level| level.eq_ignore_ascii_case(directive));
            !is_level && !directive.contains(['=', '['])
        });
        if !misspelt && EnvFilter::try_new(&self.level).is_ok() {
            return Ok(());
        }
        Err(InvalidOption::new(
            "telemetry.level",
            format!(
                "is {:?}: set error, warn, info, debug or trace, or by module such as \"info,leaseline::worker=debug\"",
                self.level
            ),
        ))
    }
}
