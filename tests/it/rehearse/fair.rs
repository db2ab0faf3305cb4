//! A server that does something else than this one, and is right, does not fail; who cannot be assessed is not praised.

use std::time::Duration;

use leaseline::rehearsal::rehearse;
use leaseline::rehearsal::report::CheckStatus;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::bad_server::{BadServer, Fault};
use super::faults::with;
use super::stop::UNTIL_HELD;
use super::{KEEP_OPEN, plan, reason, status};
use crate::support::wire::Listening;

#[tokio::test]
async fn a_server_that_is_right_in_another_way_passes() {
    let table = [
        (Fault::NeverUnpacks, "gzip-request", "takes no compressed requests"),
        (Fault::RefusesTextPrefixes, "excluded-prefixes", "strings: a good"),
        (
            Fault::IgnoresTextPrefixes,
            "excluded-prefixes",
            "with the excluded 4670",
        ),
        (Fault::FinishSaysMore, "finish-repeated", ""),
        (Fault::NoNumbersToMalformed, "malformed-rent", ""),
    ];
    for (fault, check, words) in table {
        let report = with(fault, |_| {}).await;
        let text = report.text();
        assert_eq!(report.failed(), [""; 0], "{fault:?}\n{text}");
        assert!(reason(&report, check).contains(words), "{fault:?}\n{text}");
    }
}

/// Its number comes again after all others, of which only some are tried.
#[tokio::test]
async fn a_rental_that_may_have_been_finished_does_not_pass() {
    let report = with(Fault::FinishesToTheBack, |_| {}).await;
    assert_eq!(report.failed(), [""; 0], "{}", report.text());
    assert_eq!(status(&report, "never-finished"), CheckStatus::Skipped);
    assert!(reason(&report, "never-finished").contains("it cannot be assessed"));
    let report = with(Fault::FinishesToTheBack, |plan| plan.most = 40).await;
    assert_eq!(
        status(&report, "never-finished"),
        CheckStatus::Fail,
        "{}",
        report.text()
    );
    let report = with(Fault::None, |_| {}).await;
    assert_eq!(status(&report, "never-finished"), CheckStatus::Pass);
}

#[tokio::test]
async fn a_late_number_is_given_back_before_another_is_held() {
    let partner = BadServer::new(Fault::FirstNumberIsLate);
    let server = Listening::start(partner.router(false)).await;
    let mut plan = plan(&server, &["--yes-rent-real-numbers"]);
    plan.keep_open = KEEP_OPEN;
    plan.request_timeout = Duration::from_secs(2);
    let stop = CancellationToken::new();
    let held = async {
        while partner.asked() < UNTIL_HELD || partner.open().len() != 1 {
            tokio::task::yield_now().await;
        }
        stop.cancel();
    };
    let both = async { tokio::join!(rehearse(&plan, stop.clone()), held).0 };
    let report = timeout(Duration::from_secs(120), both).await;
    let report = report.expect("one number alone is held").unwrap();
    assert_eq!((report.late, report.left_open.len()), (1, 0), "{}", report.text());
    server.stop().await;
}
