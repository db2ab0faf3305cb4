//! Looks for damage in the database file when the server starts.

use std::time::Duration;

use super::Flows;
use crate::storage::check::CheckPart;

/// How long the check at the start may take; `leaseline check` has no limit.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

impl Flows {
    /// The check of a server that starts: for a short time, while it serves requests. Damage is logged, and the server is not
    /// ready from then on: it still serves what it can read, and monitoring shows that the file has to be repaired.
    pub async fn check_at_start(&self) {
        let report = match self.database.check(Some(CHECK_TIMEOUT)).await {
            Ok(report) => report,
            Err(error) => return tracing::warn!(%error, "the database could not be checked"),
        };
        for fault in &report.faults {
            tracing::error!(%fault, "the database is damaged");
        }
        if !report.unfinished.is_empty() {
            let unfinished: Vec<String> = report.unfinished.iter().map(CheckPart::to_string).collect();
            tracing::info!(unfinished = %unfinished.join(", "), "the check at the start was too short for this database; `leaseline check` checks all of it");
        }
    }
}
