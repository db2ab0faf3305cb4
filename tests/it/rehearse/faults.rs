//! Each check can fail: a server for each that is wrong in one way.

use std::time::Duration;

use leaseline::rehearsal::report::{CheckStatus, RehearsalReport};
use leaseline::rehearsal::{RehearsalPlan, rehearse};
use tokio_util::sync::CancellationToken;

use super::bad_server::{BadServer, Fault};
use super::pushing::Target;
use super::{free_address, plan, reason};
use crate::support::wire::Listening;

/// Rehearses with a stranger that pushes, too, and is left with nothing open.
pub async fn with(fault: Fault, change: impl FnOnce(&mut RehearsalPlan)) -> RehearsalReport {
    let partner = BadServer::new(fault);
    let report = with_partner(partner.clone(), change).await;
    if fault != Fault::FinishNever {
        assert_eq!(partner.open(), [0; 0], "{fault:?}: {}", report.text());
    }
    report
}

/// The same with a stranger who may be left with something.
pub async fn with_partner(mut partner: BadServer, change: impl FnOnce(&mut RehearsalPlan)) -> RehearsalReport {
    let push_listen = free_address();
    partner.target = Some(Target(format!("http://{push_listen}")));
    let server = Listening::start(partner.router(false)).await;
    let gateway_url = server.url("/sms");
    let more = [
        "--yes-rent-real-numbers",
        "--push-listen",
        &push_listen,
        "--gateway-url",
        &gateway_url,
    ];
    let mut plan = plan(&server, &more);
    change(&mut plan);
    let report = rehearse(&plan, CancellationToken::new()).await.unwrap();
    server.stop().await;
    report
}

#[track_caller]
pub fn assert_fails(fault: Fault, report: &RehearsalReport, checks: &[&str], words: &str) {
    let text = report.text();
    assert_eq!(report.failed(), checks, "{fault:?}\n{text}");
    let is_named = checks.iter().any(|check| reason(report, check).contains(words));
    assert!(is_named, "{fault:?}: no check reports {words:?}\n{text}");
}

#[tokio::test]
async fn a_strangers_server_that_is_right_passes() {
    let report = with(Fault::None, |_| {}).await;
    assert_eq!(report.failed(), [""; 0], "{}", report.text());
    assert_eq!(report.skipped(), ["https"], "{}", report.text());
}

#[tokio::test]
async fn each_check_can_fail() {
    let table: &[(Fault, &[&str], &str)] = &[
        (Fault::CapitalLetters, &["services"], "Sweden: not in lower case"),
        (
            Fault::UnknownCountry,
            &["countries"],
            "swedn: Onlinesim asks for no country of that name; is sweden meant?",
        ),
        (
            Fault::AnotherCountry,
            &["countries"],
            "rented for norway, begins like the numbers of sweden",
        ),
        (Fault::SumIsOff, &["counts"], "any is 41, its operators add up to 40"),
        (
            Fault::KeyIgnored,
            &["wrong-key", "malformed-rent"],
            "/getServicesRent without the right key: answered with HTTP 200",
        ),
        (Fault::AnyActionIsServices, &["malformed"], "answered with HTTP 200"),
        (
            Fault::PlainRefusals,
            &["error-words"],
            "HTTP 400 without {\"status\":\"ERROR\"",
        ),
        (Fault::NeverPacks, &["gzip-answer"], "Accept-Encoding: gzip"),
        (Fault::BreaksOnPacked, &["gzip-request"], "Content-Encoding: gzip"),
        (
            Fault::TenAtMost,
            &["rent-promised"],
            "20 of 30 answers: answered with HTTP 200 and status \"NO_NUMBERS\"",
        ),
        (
            Fault::SameNumberToAll,
            &["distinct", "never-finished"],
            "number 46700000001 was given 30 times",
        ),
        (
            Fault::SameIdAgain,
            &["distinct"],
            "was given more than once during the rehearsal",
        ),
        (
            Fault::NumberIsText,
            &["types"],
            "number is \"46700000001\", not a JSON integer",
        ),
        (
            Fault::NoCountryCode,
            &["country-code"],
            "99970000001 does not start with a country code",
        ),
        (
            Fault::FinishOnce,
            &["finish-repeated"],
            "the second time answered with HTTP 400",
        ),
        (Fault::FinishAnything, &["finish-unknown"], "answered with SUCCESS"),
        (
            Fault::IgnoresPrefixes,
            &["excluded-prefixes"],
            "starts with the excluded 4",
        ),
        (
            Fault::FinishesByItself,
            &["never-finished"],
            "the server has finished that by itself",
        ),
        (
            Fault::RentsUnchecked,
            &["malformed-rent"],
            "answered with HTTP 200 and status \"SUCCESS\"",
        ),
        (
            Fault::RentsWithoutBody,
            &["malformed-rent"],
            "answered with HTTP 200 and status \"SUCCESS\"",
        ),
        (
            Fault::TakesNoSms,
            &["push-at-once"],
            "the gateway URL did not accept the SMS: answered with HTTP 404",
        ),
        (Fault::PushesWithoutService, &["push-fields"], "service is not rent"),
        (
            Fault::PushesOtherSender,
            &["push-repeated"],
            "the repeated push is not the same",
        ),
        (
            Fault::PushesOnceMore,
            &["push-accepted"],
            "it was pushed again after SUCCESS",
        ),
    ];
    for (fault, checks, words) in table {
        let patient = |plan: &mut RehearsalPlan| {
            if *fault == Fault::PushesOnceMore {
                // The third push comes at once, however slow this machine is.
                (plan.retry_every, plan.retry_tolerance) = (Duration::from_secs(5), Duration::from_secs(10));
            }
        };
        assert_fails(*fault, &with(*fault, patient).await, checks, words);
    }
}

#[tokio::test]
async fn a_push_that_does_not_come_fails() {
    let table = [
        (Fault::PushesNothing, "push-at-once", "no push arrived"),
        (Fault::PushesToAnotherPath, "push-at-once", "it did send POST /sms"),
        (Fault::PushesOnce, "push-repeated", "but the push was not repeated"),
    ];
    for (fault, check, words) in table {
        // What does not come is not awaited for long, but the push that comes once may come late.
        let limit = if fault == Fault::PushesOnce { 4_000 } else { 500 };
        let impatient = |plan: &mut RehearsalPlan| {
            plan.push_limit = Duration::from_millis(limit);
            plan.retry_tolerance = Duration::ZERO;
        };
        assert_fails(fault, &with(fault, impatient).await, &[check], words);
    }
}

#[tokio::test]
async fn what_takes_too_long_fails() {
    let report = with(Fault::None, |plan| plan.rent_limit = Duration::ZERO).await;
    assert_fails(Fault::None, &report, &["three-seconds"], "30 of 30 answers: ");
    // The push is awaited beyond its limit for as long as a repetition takes.
    let late =
        |plan: &mut RehearsalPlan| (plan.push_limit, plan.retry_every) = (Duration::ZERO, Duration::from_secs(3));
    let report = with(Fault::None, late).await;
    assert_fails(Fault::None, &report, &["push-at-once"], "it took ");
}

/// Its number is given back when the answer comes after all.
#[tokio::test]
async fn a_number_that_comes_too_late_is_given_back() {
    let late = |plan: &mut RehearsalPlan| plan.request_timeout = Duration::from_secs(4);
    let report = with(Fault::FirstNumberIsLate, late).await;
    let text = report.text();
    assert_eq!((report.late, report.unanswered), (1, 0), "{text}");
    assert_eq!(report.left_open, [], "{text}");
    assert!(
        reason(&report, "rent-promised").contains("1 of 30 answers: no answer within 4s"),
        "{text}"
    );
    assert!(
        reason(&report, "ten-seconds").contains("without an answer: no answer within 4s"),
        "{text}"
    );
    assert!(text.contains("1 of them came later than Onlinesim waits"), "{text}");
}

#[tokio::test]
async fn what_cannot_be_given_back_is_listed() {
    let report = with(Fault::FinishNever, |plan| plan.most = 2).await;
    let check = report.checks.iter().find(|check| check.id == "finish-repeated");
    assert_eq!(check.unwrap().status, CheckStatus::Fail);
    let text = report.text();
    let first = &report.left_open[0];
    assert_eq!(
        (first.activation_id, first.number.as_str()),
        (Some(1), "46700000001"),
        "{text}"
    );
    assert_eq!(report.left_open.len(), report.rented, "{text}");
    assert!(
        text.contains("not given back: activationId 1, number \"46700000001\""),
        "{text}"
    );
}
