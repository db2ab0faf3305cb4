//! Listens to the log.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock};

use tracing::Dispatch;

/// As long as there is one subscriber alone, tracing asks only the thread that comes to a line first whether it is wanted:
/// another test's thread, which has none, would switch the line off for all.
static SECOND: OnceLock<Dispatch> = OnceLock::new();

/// The lines of the log about troubles, from their words on.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    /// Takes the lines of this thread from now on.
    pub fn listen() -> (Self, tracing::dispatcher::DefaultGuard) {
        SECOND.get_or_init(|| Dispatch::new(tracing_subscriber::fmt().with_writer(io::sink).finish()));
        let log = Self::default();
        let lines = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || lines.clone());
        (log, tracing::dispatcher::set_default(&subscriber.into()))
    }

    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes);
        if let Some(at) = line.find("a trouble ") {
            self.0.lock().unwrap().push(line[at..].trim_end().to_owned());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
