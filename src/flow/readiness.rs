//! Whether the database can be written now.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::Flows;
use crate::clock::Clock;
use crate::storage::Database;

/// How long a success is cached: each probe costs a commit.
const MAX_AGE: Duration = Duration::from_secs(1);
/// How long the probe may take; a longer one has failed.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// Probes the database by writing one row; concurrent callers share one probe.
#[derive(Debug, Default)]
pub(super) struct Readiness {
    last: Mutex<Option<WriteProbe>>,
    damaged: AtomicBool,
}

#[derive(Debug, Clone, Copy)]
struct WriteProbe {
    begun: Instant,
    writable: bool,
}

impl Readiness {
    /// Notes that the file is damaged, until the server is restarted; see [`Flows::check_at_start`].
    pub(super) fn note_damage(&self) {
        self.damaged.store(true, Ordering::Relaxed);
    }

    /// Whether the database can be written.
    pub(super) async fn is_writable(&self, database: &Database, clock: &Clock) -> bool {
        let asked = Instant::now();
        let mut last = self.last.lock().await;
        if let Some(probe) = *last {
            let is_cached = probe.writable && database.is_writable() && probe.begun.elapsed() < MAX_AGE;
            if is_cached || probe.begun >= asked {
                return probe.writable;
            }
        }
        let begun = Instant::now();
        let writable = match timeout(PROBE_TIMEOUT, database.probe(clock.now())).await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the database cannot be written");
                false
            }
            Err(_) => {
                tracing::warn!("the database cannot be written: a probe took too long");
                false
            }
        };
        *last = Some(WriteProbe { begun, writable });
        writable
    }
}

impl Flows {
    /// Whether the database can be written.
    pub async fn is_writable(&self) -> bool {
        self.readiness.is_writable(&self.database, &self.clock).await
    }

    /// Whether [`Flows::check_at_start`] found damage in the file.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.readiness.damaged.load(Ordering::Relaxed)
    }
}
