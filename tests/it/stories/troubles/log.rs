//! Listens to the log.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

/// The lines of the log about troubles, from their words on.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    /// Takes the lines of this thread from now on.
    pub fn listen() -> (Self, tracing::dispatcher::DefaultGuard) {
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
