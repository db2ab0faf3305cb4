//! Logs go to standard error, as text or as JSON; standard output belongs to what the commands print.

mod request_id;

use std::io::{IsTerminal, stderr};

use tracing::Dispatch;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::telemetry::{LogFormat, TelemetryConfig};
use request_id::{JsonWithRequestId, WithRequestId};

pub use request_id::RequestId;

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The directive is invalid; the configuration has checked it already.
    #[error("telemetry.level is {0:?}, which is not a filter: set info, debug or the like")]
    Level(String),
    /// A process can have only one subscriber.
    #[error("logging was set up twice in this process")]
    Twice,
}

/// Sets up logging for the whole process; call it once, before anything is logged.
///
/// # Errors
/// The level is not a directive, or logging is set up already.
pub fn init(telemetry: &TelemetryConfig) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(&telemetry.level).map_err(|_| TelemetryError::Level(telemetry.level.clone()))?;
    let is_terminal = stderr().is_terminal();
    let set = subscriber(telemetry.format, filter, stderr, is_terminal).try_init();
    set.map_err(|_| TelemetryError::Twice)
}

/// The subscriber that writes the lines.
fn subscriber<W>(format: LogFormat, filter: EnvFilter, writer: W, is_terminal: bool) -> Dispatch
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        // They would go to standard error, with a panic when that cannot be written.
        .log_internal_errors(false)
        .with_ansi(format == LogFormat::Text && is_terminal);
    match format {
        LogFormat::Text => builder.fmt_fields(WithRequestId).into(),
        LogFormat::Json => {
            let builder = builder.json().flatten_event(true);
            builder.map_event_format(JsonWithRequestId).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::*;

    /// The lines that were written.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A line inside a request, and one outside.
    async fn logged(format: LogFormat) -> (RequestId, Vec<String>) {
        let lines = Lines::default();
        let writer = lines.clone();
        let dispatch = subscriber(format, EnvFilter::new("info"), move || writer.clone(), false);
        let _guard = tracing::dispatcher::set_default(&dispatch);
        let id = RequestId::next();
        id.scope(async {
            tokio::task::yield_now().await;
            tracing::warn!(answer = 42, "inside");
        })
        .await;
        tracing::warn!("outside");
        let written = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        (id, written.lines().map(str::to_owned).collect())
    }

    #[tokio::test]
    async fn a_line_of_a_request_carries_its_id() {
        let (id, text) = logged(LogFormat::Text).await;
        let [inside, outside] = text.as_slice() else {
            panic!("{text:?}");
        };
        assert!(
            inside.ends_with(&format!("inside answer=42 request_id={id}")),
            "{inside}"
        );
        assert!(outside.ends_with("outside"), "{outside}");

        let (id, json) = logged(LogFormat::Json).await;
        let parsed: Vec<serde_json::Value> = json.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(parsed[0]["request_id"].to_string(), id.to_string());
        assert_eq!(
            (&parsed[0]["message"], &parsed[0]["answer"]),
            (&"inside".into(), &42.into())
        );
        assert_eq!(
            (&parsed[1]["message"], parsed[1].get("request_id")),
            (&"outside".into(), None)
        );
    }

    #[test]
    fn the_error_of_a_bad_directive_names_its_option() {
        let telemetry = TelemetryConfig {
            format: LogFormat::Json,
            level: "leaseline=loud".into(),
        };
        let error = init(&telemetry).unwrap_err();
        assert!(
            error.to_string().starts_with("telemetry.level is \"leaseline=loud\""),
            "{error}"
        );
    }
}
