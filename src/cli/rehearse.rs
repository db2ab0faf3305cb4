//! `leaseline rehearse`: runs the acceptance test against a partner's server and prints the report.

use super::{CommandError, print};
use crate::lifecycle::Shutdown;
use crate::rehearsal::{RehearsalPlan, rehearse};

/// Rehearses and prints the report.
///
/// # Errors
/// Something failed, or the rehearsal could not start.
pub async fn run(plan: RehearsalPlan) -> Result<(), CommandError> {
    let shutdown = Shutdown::listen().map_err(|error| CommandError::failed(format!("no signals: {error}")))?;
    let report = rehearse(&plan, shutdown.token()).await.map_err(CommandError::failed)?;
    print(&if plan.json { report.json() } else { report.text() })?;
    let failed = report.failed();
    if !report.left_open.is_empty() {
        let open = report.left_open.len();
        return Err(CommandError::failed(format!(
            "{open} rented numbers were not given back: they are listed above"
        )));
    }
    if !failed.is_empty() {
        return Err(CommandError::failed(format!("failed: {}", failed.join(", "))));
    }
    let unknown = report.unanswered + report.unreadable;
    if unknown > 0 {
        return Err(CommandError::failed(format!(
            "{unknown} requests for a number may have rented one that is not given back: see above"
        )));
    }
    if shutdown.token().is_cancelled() {
        return Err(CommandError::failed("stopped by a signal"));
    }
    Ok(())
}
