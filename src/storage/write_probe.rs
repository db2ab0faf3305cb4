//! Whether the database can be written now.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::Database;
use super::error::Error;
use crate::domain::time::Timestamp;

/// How long a success is cached, because each probe costs a commit.
const MAX_AGE: Duration = Duration::from_secs(1);
/// How long the probe may take; a longer one has failed.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// The last probe. Concurrent callers share one.
#[derive(Debug, Default)]
pub(super) struct WriteProbe(Mutex<Option<ProbeResult>>);

#[derive(Debug, Clone, Copy)]
struct ProbeResult {
    begun: Instant,
    is_writable: bool,
}

impl Database {
    /// Whether a row can be committed. This is tried, unless it succeeded within the last second.
    pub async fn can_commit(&self, now: Timestamp) -> bool {
        let asked = Instant::now();
        let mut last = self.health().probe.0.lock().await;
        if let Some(probe) = *last {
            let is_cached = probe.is_writable && self.last_commit_succeeded() && probe.begun.elapsed() < MAX_AGE;
            if is_cached || probe.begun >= asked {
                return probe.is_writable;
            }
        }
        let begun = Instant::now();
        let is_writable = match timeout(PROBE_TIMEOUT, self.commit_probe(now)).await {
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
        *last = Some(ProbeResult { begun, is_writable });
        is_writable
    }

    async fn commit_probe(&self, now: Timestamp) -> Result<(), Error> {
        let mut tx = self.write().await?;
        let sql = "UPDATE probe SET written_at = $1 WHERE id = 1";
        tx.queue("probe", sql, 1, [now.as_ms().into()]);
        tx.commit().await
    }
}
