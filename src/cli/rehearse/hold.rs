//! A rental that waits: nobody else may get its number, and the server may not finish it by itself.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tokio::time::sleep;

use super::book::Rental;
use super::points::Check;
use super::report::Report;
use super::services::promised;
use super::session::Session;

/// Rents one number, waits, and rents what else there is. Returns the rental, which is still open.
pub(super) async fn check(session: &Session<'_>, report: &mut Report) -> Option<Rental> {
    let before = promised(&session.services().await);
    let (exchange, rental) = session.rent(json!({})).await;
    let Some(rental) = rental else {
        report.skip(&[Check::Held], &format!("nothing could be rented: {}", exchange.said()));
        return None;
    };
    let hold = session.plan.hold;
    tokio::select! {
        () = sleep(hold) => {}
        () = session.stop.cancelled() => {
            report.skip(&[Check::Held], "stopped by a signal");
            return Some(rental);
        }
    }
    let after = promised(&session.services().await);
    let count = usize::try_from(after).unwrap_or(usize::MAX).min(session.plan.most);
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
        report.fail(Check::Held, reason, evidence);
    } else {
        report.pass(Check::Held, vec![exchange.evidence()]);
        report.remark(Check::Held, remark(hold, count, before, after));
    }
    for (_, other) in others {
        if let Some(other) = other.filter(|other| other.id != rental.id) {
            session.finish(other.id).await;
        }
    }
    Some(rental)
}

fn remark(hold: Duration, count: usize, before: u64, after: u64) -> String {
    let waited = humantime::format_duration(hold);
    let mut remark = format!("after {waited} it was not among {count} numbers that were rented then");
    if after >= before {
        remark += ", but GET_SERVICES promises as many as before it was rented: look whether it is still open";
    }
    remark
}
