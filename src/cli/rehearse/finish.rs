//! FINISH_ACTIVATION: known, repeated, unknown.

use super::book::Rental;
use super::points::Check;
use super::report::Report;
use super::services::envelope;
use super::session::Session;

/// An operation that no server has: the largest integer that every JSON parser reads exactly.
const UNKNOWN: u64 = 9_007_199_254_740_991;

/// Cancels one rental twice, and one that does not exist.
pub(super) async fn check(session: &Session<'_>, report: &mut Report, rentals: &[Rental]) {
    if let Some(rental) = rentals.first() {
        let mut evidence = Vec::new();
        let mut complaints = Vec::new();
        for time in ["first", "second", "third"] {
            let exchange = session.finish(rental.id).await;
            if exchange.is_success() {
                complaints.extend(envelope(&exchange));
            } else {
                complaints.push(format!("the {time} time {}", exchange.said()));
            }
            evidence.push(exchange.evidence());
        }
        report.judge(Check::Finish, &complaints, evidence);
    } else {
        report.skip(&[Check::Finish], "nothing could be rented");
    }
    let exchange = session.finish(UNKNOWN).await;
    let complaints = match &exchange.outcome {
        Err(reason) => vec![reason.clone()],
        Ok(answer) if answer.status >= 500 => vec![format!("HTTP {}", answer.status)],
        Ok(_) if exchange.word() == "SUCCESS" => vec!["answered with SUCCESS".to_owned()],
        Ok(_) => Vec::new(),
    };
    report.judge(Check::FinishUnknown, &complaints, vec![exchange.evidence()]);
    if let (true, Some(complaint)) = (complaints.is_empty(), exchange.words_are_wrong()) {
        report.object(
            Check::ErrorWords,
            format!("FINISH_ACTIVATION of an unknown operation: {complaint}"),
        );
    }
}
