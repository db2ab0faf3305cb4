//! Rentals that no answer shows.

use super::bad_server::{BadServer, Fault};
use super::faults::with_partner;
use super::{plan, reason, run, status};
use crate::support::wire::Listening;
use leaseline::rehearsal::rehearse;
use leaseline::rehearsal::report::CheckStatus;
use tokio_util::sync::CancellationToken;

/// A body that was cut off is nothing to some servers, and nothing is a good request.
#[tokio::test]
async fn what_is_malformed_goes_nowhere_where_it_rents_without_permission() {
    let partner = BadServer::new(Fault::RentsWithoutBody);
    let server = Listening::start(partner.router(false)).await;
    let report = rehearse(&plan(&server, &[]), CancellationToken::new()).await.unwrap();
    assert_eq!(partner.open(), [0; 0], "{}", report.text());
    assert_eq!(status(&report, "malformed"), CheckStatus::Pass, "{}", report.text());
    server.stop().await;
}

#[tokio::test]
async fn answers_that_may_hide_a_rental_are_counted() {
    for fault in [Fault::RentsThenBreaks, Fault::NoticeBeforeJson, Fault::OtherSuccessWord] {
        let partner = BadServer::new(fault);
        let report = with_partner(partner.clone(), |_| {}).await;
        let text = report.text();
        assert!(partner.open().len() >= 30, "{text}");
        assert_eq!(report.unreadable, partner.open().len(), "{fault:?}\n{text}");
        let words = format!(
            "{} answers to requests for a number could not be read",
            report.unreadable
        );
        assert!(text.contains(&words), "{text}");
        assert!(report.json().contains(&format!("\"unreadable\":{}", report.unreadable)));
        assert_eq!((report.rented, report.unanswered), (0, 0), "{text}");
        assert!(
            reason(&report, "rent-promised").starts_with("30 of 30 answers"),
            "{text}"
        );
    }
}

/// Refusals and NO_NUMBERS are clear enough.
#[tokio::test]
async fn a_clear_refusal_is_not_suspected() {
    for fault in [
        Fault::None,
        Fault::TenAtMost,
        Fault::PlainRefusals,
        Fault::NoNumbersToMalformed,
    ] {
        let report = with_partner(BadServer::new(fault), |_| {}).await;
        assert_eq!(
            (report.unreadable, report.unanswered),
            (0, 0),
            "{fault:?}\n{}",
            report.text()
        );
    }
}

#[tokio::test]
async fn a_gateway_that_takes_nothing_fails_the_program() {
    let server = Listening::start(BadServer::new(Fault::TakesNoSms).router(false)).await;
    let push_listen = super::free_address();
    let gateway_url = server.url("/sms");
    let line = [
        "--yes-rent-real-numbers",
        "--keep-open",
        "0s",
        "--push-listen",
        &push_listen,
    ];
    let output = run(&server, &[&line[..], &["--gateway-url", &gateway_url]].concat()).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(error, "leaseline: failed: push-at-once\n");
    server.stop().await;
}
