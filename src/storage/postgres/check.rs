//! Checks the tables in PostgreSQL.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::{Error, PostgresDatabase};
use crate::storage::check::{CheckPart, CheckReport};

impl PostgresDatabase {
    /// Checks what the program keeps: sums and counters. Each part is a view of its own.
    pub(in crate::storage) async fn check(&self, within: Option<Duration>) -> Result<CheckReport, Error> {
        let end = within.map(|within| Instant::now() + within);
        let mut report = CheckReport::default();
        for part in CheckPart::OF_SERVERS {
            let mut tx = self.read_for_admin().await?;
            let reading = tx.fetch("check", part.statement(), []);
            let rows = match end {
                None => reading.await,
                Some(end) => match timeout_at(end, reading).await {
                    Ok(rows) => rows,
                    Err(_) => {
                        report.unfinished.push(part);
                        continue;
                    }
                },
            };
            for row in rows? {
                report.faults.extend(part.fault(&row)?);
            }
            report.finished.push(part);
        }
        if !report.faults.is_empty() {
            self.health.damaged.store(true, Ordering::Relaxed);
        }
        Ok(report)
    }
}
