//! Logs go to standard error, as text or as JSON; standard output belongs to what the commands print.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;

use crate::config::telemetry::{Format, Telemetry};

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The directive cannot be read; a configuration that was loaded has a good one.
    #[error("telemetry.level is {0:?}, which is no filter: set info, debug or the like")]
    Level(String),
    /// Only one subscriber can be set per process.
    #[error("logging was set up twice in this process")]
    Twice,
}

/// Sets up logging for the whole process; call it once, before anything is logged.
///
/// # Errors
/// The level is not a directive, or logging is set up already.
pub fn init(telemetry: &Telemetry) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(&telemetry.level).map_err(|_| TelemetryError::Level(telemetry.level.clone()))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        // It would tell them on standard error, and panic when that is what cannot be written.
        .log_internal_errors(false)
        .with_ansi(telemetry.format == Format::Text && stderr().is_terminal());
    let set = match telemetry.format {
        Format::Text => builder.try_init(),
        Format::Json => builder.json().flatten_event(true).try_init(),
    };
    set.map_err(|_| TelemetryError::Twice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_directive_is_told_by_its_option() {
        let telemetry = Telemetry {
            format: Format::Json,
            level: "leaseline=loud".into(),
        };
        let error = init(&telemetry).unwrap_err();
        assert!(
            error.to_string().starts_with("telemetry.level is \"leaseline=loud\""),
            "{error}"
        );
    }
}
