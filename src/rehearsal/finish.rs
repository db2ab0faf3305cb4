//! FINISH_ACTIVATION: known, repeated, unknown.

use super::checks::Check;
use super::rental_log::RehearsedRental;
use super::report::RehearsalReport;
use super::services::envelope;
use super::session::RehearsalSession;

/// An operation that no server has: the largest integer that every JSON parser reads exactly.
const UNKNOWN: u64 = 9_007_199_254_740_991;

/// Cancels one rental twice, and one that does not exist.
pub(super) async fn check(session: &RehearsalSession<'_>, report: &mut RehearsalReport, rentals: &[RehearsedRental]) {
    if let Some(rental) = rentals.first() {
        let mut evidence = Vec::new();
        let mut complaints = Vec::new();
        for time in ["first", "second", "third"] {
            let exchange = session.finish(rental.id).await;
            if exchange.is_success() {
                complaints.extend(envelope(&exchange));
            } else {
                complaints.push(format!("the {time} time {}", exchange.summary()));
            }
            evidence.push(exchange.evidence());
        }
        report.assess(Check::Finish, &complaints, evidence);
    } else {
        report.skip(&[Check::Finish], "nothing could be rented");
    }
    let exchange = session.finish(UNKNOWN).await;
    let complaints = match &exchange.outcome {
        Err(failure) => vec![failure.reason.clone()],
        Ok(answer) if answer.status >= 500 => vec![format!("HTTP {}", answer.status)],
        Ok(_) if exchange.status() == "SUCCESS" => vec!["answered with SUCCESS".to_owned()],
        Ok(_) => Vec::new(),
    };
    report.assess(Check::FinishUnknown, &complaints, vec![exchange.evidence()]);
    if let (true, Some(complaint)) = (complaints.is_empty(), exchange.wrong_error_body()) {
        report.add_failure(
            Check::ErrorWords,
            format!("FINISH_ACTIVATION of an unknown operation: {complaint}"),
        );
    }
}
