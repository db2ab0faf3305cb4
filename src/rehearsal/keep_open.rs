//! A rental that waits for its first SMS: its number must not be rented again, nor the server finish it by itself.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tokio::time::sleep;

use super::checks::Check;
use super::rental_log::RehearsedRental;
use super::report::RehearsalReport;
use super::services::promised;
use super::session::RehearsalSession;

/// Shorter than the guard interval, after which the server may finish a rental without an SMS.
const KEEP_OPEN_MAX: Duration = Duration::from_secs(19 * 60);

/// How long a rental is kept open.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let keep_open = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    let bounded = Some(keep_open).filter(|keep_open| *keep_open <= KEEP_OPEN_MAX);
    bounded.ok_or_else(|| "it must be 19m at most: after 20 minutes the server may finish it".to_owned())
}

/// Rents one number, waits, and rents what else there is. Returns the rental, which is still open.
pub(super) async fn check(session: &RehearsalSession<'_>, report: &mut RehearsalReport) -> Option<RehearsedRental> {
    let before = session.services().await;
    let (exchange, rental) = session.rent(json!({})).await;
    let Some(rental) = rental else {
        report.skip(
            &[Check::KeptOpen],
            &format!("nothing could be rented: {}", exchange.summary()),
        );
        return None;
    };
    let keep_open = session.plan.keep_open;
    tokio::select! {
        () = sleep(keep_open) => {}
        () = session.stop.cancelled() => {
            report.skip(&[Check::KeptOpen], "stopped by a signal");
            return Some(rental);
        }
    }
    let after = session.services().await;
    let promise = usize::try_from(promised(&after)).unwrap_or(usize::MAX);
    let count = promise.min(session.plan.most);
    let others = join_all((0..count).map(|_| session.rent(json!({})))).await;
    let again = others.iter().find(|(_, other)| {
        let other = other.as_ref();
        other.is_some_and(|other| !other.number.is_empty() && other.number == rental.number)
    });
    if let Some((other, _)) = again {
        let evidence = vec![exchange.evidence(), other.evidence()];
        let reason = format!(
            "{} was rented again while activationId {} was open: the server has finished that by itself",
            rental.number, rental.id
        );
        report.fail(Check::KeptOpen, reason, evidence);
    } else {
        let rented = others.iter().filter(|(_, other)| other.is_some()).count();
        let waited = humantime::format_duration(keep_open);
        let remark = format!("after {waited} it was not among {rented} numbers that were rented then");
        let is_lower = before.is_success() && after.is_success() && promised(&after) < promised(&before);
        // A server may rent out a finished number last: then only GET_SERVICES, or the last number, shows it.
        if is_lower || (after.is_success() && rented >= promise) {
            report.pass(Check::KeptOpen, vec![exchange.evidence()]);
            report.remark(Check::KeptOpen, remark);
        } else {
            let reason = "it cannot be assessed: GET_SERVICES does not promise fewer than before it was rented, and not \
                          all that it promises was tried; more are with --most";
            report.skip(&[Check::KeptOpen], &format!("{remark}; {reason}"));
        }
    }
    // This one waits for its SMS.
    session.give_back_all_but(Some(rental.id)).await;
    Some(rental)
}
