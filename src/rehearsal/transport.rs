//! Checks over all requests: HTTPS, and the time of the slowest one.

use reqwest::Url;

use super::checks::Check;
use super::client::NoAnswer;
use super::exchange::Exchange;
use super::report::RehearsalReport;
use super::session::RehearsalSession;

/// Assesses HTTPS by the first answer.
pub(super) fn https(session: &RehearsalSession<'_>, report: &mut RehearsalReport, first: &Exchange) {
    let plan = session.plan;
    let check = Check::Https;
    if !Url::parse(&plan.url).is_ok_and(|url| url.scheme() == "https") {
        let reason = "the address is http://; Onlinesim calls over HTTPS: rehearse with that address, too";
        return report.skip(&[check], reason);
    }
    match &first.outcome {
        Err(NoAnswer { reason, .. }) if reason.contains("certificate") => {
            let advice = "Onlinesim has no reason to trust it either; to rehearse with it all the same: --ca-file";
            report.fail(check, format!("{reason}. {advice}"), vec![first.evidence()]);
        }
        Err(failure) => report.fail(check, failure.reason.clone(), vec![first.evidence()]),
        Ok(_) if plan.ca_file.is_some() => {
            let reason = "reached over HTTPS, but trusted because of --ca-file: Onlinesim may not trust it";
            report.skip(&[check], reason);
        }
        Ok(_) => report.pass(check, Vec::new()),
    }
}

/// Assesses all requests by the slowest one.
pub(super) fn ten_seconds(session: &RehearsalSession<'_>, report: &mut RehearsalReport) {
    let Some(slowest) = session.slowest() else {
        return report.skip(&[Check::TenSeconds], "no request reached the server");
    };
    let mut evidence = vec![slowest.evidence()];
    let too_late = match &slowest.outcome {
        Err(reason) if slowest.is_unanswered() => Some(format!("a request was left without an answer: {reason}")),
        _ if slowest.took >= session.plan.request_timeout => {
            Some("the slowest one was not answered in time".to_owned())
        }
        _ => None,
    };
    evidence.extend(session.came_late().iter().take(2).map(Exchange::evidence));
    report.assess(Check::TenSeconds, too_late.as_slice(), evidence);
    report.remark(Check::TenSeconds, "the slowest one is shown".to_owned());
}
