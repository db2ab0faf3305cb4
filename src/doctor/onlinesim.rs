//! The way to Onlinesim: its URL for SMS, and its clock.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::{Error, Response, Url};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::{CheckFinding, DoctorCheck, Subject};
use crate::clock::parse_http_date;
use crate::domain::time::Timestamp;
use crate::http_client::{self, describe};

/// How long the answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(7);
/// How long each step may take by which a failure is explained.
const STEP_TIMEOUT: Duration = Duration::from_secs(3);
/// A clock that is further off is not synchronized, and nothing else is either that depends on it.
const DIFFERENCE_MAX_MS: u64 = 2_000;
/// A `Date` header has whole seconds.
const DATE_MS: i64 = 1_000;

/// Sends one HEAD request, without the key, to where SMS are pushed. The status of the answer does not matter.
pub(super) async fn check(subject: &Subject) -> Vec<CheckFinding> {
    let (push, clock) = (DoctorCheck::PushUrl, DoctorCheck::Clock);
    let config = &subject.config.push;
    let Some(url) = Url::parse(&config.endpoint()).ok().filter(|_| !config.url.is_empty()) else {
        let no_url = "push.url is missing";
        return vec![push.skipped(no_url), clock.skipped(no_url)];
    };
    let origin = origin(&url);
    let client = match http_client::builder(ANSWER_TIMEOUT.min(config.timeout)).build() {
        Ok(client) => client,
        Err(error) => return vec![push.wrong(describe(&error), "see the settings of HTTP proxies")],
    };
    let before = subject.clock.now();
    let answer = client.head(url.clone()).send().await;
    let after = subject.clock.now();
    match answer {
        Ok(answer) => {
            let (ms, status) = (after.since(before).as_millis(), answer.status().as_u16());
            let reached = format!("{origin} answered a HEAD request in {ms} ms, with HTTP {status}");
            vec![push.ok(reached), compared(&answer, before, after)]
        }
        Err(error) => {
            let (what, what_to_do) = explained(&url, &error).await;
            vec![
                push.wrong(format!("{origin}: {what}"), what_to_do),
                clock.skipped("Onlinesim did not answer, so there is nothing to compare it with"),
            ]
        }
    }
}

/// Scheme, host and port: the rest may hold a secret.
fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn compared(answer: &Response, before: Timestamp, after: Timestamp) -> CheckFinding {
    let check = DoctorCheck::Clock;
    let date = answer.headers().get("date").and_then(|date| date.to_str().ok());
    let Some(date) = date.and_then(parse_http_date) else {
        return check.skipped("Onlinesim's answer has no Date header to compare with");
    };
    let (direction, ms) = difference(before, after, date);
    let off = humantime::format_duration(Duration::from_secs(ms.div_ceil(1000)));
    match ms > DIFFERENCE_MAX_MS {
        true => check.wrong(
            format!("this machine's clock is {off} {direction} Onlinesim's"),
            "synchronize it: `timedatectl set-ntp true`, then `timedatectl timesync-status`",
        ),
        false => check.ok("this machine's clock agrees with Onlinesim's within 2 s"),
    }
}

/// How far this machine's clock is off for certain: the answer was made between the two times, at some time in that second.
fn difference(before: Timestamp, after: Timestamp, date: Timestamp) -> (&'static str, u64) {
    let ahead = before.as_ms().saturating_sub(date.as_ms().saturating_add(DATE_MS));
    let behind = date.as_ms().saturating_sub(after.as_ms());
    match (u64::try_from(ahead), u64::try_from(behind)) {
        (Ok(ahead), _) => ("ahead of", ahead),
        (_, Ok(behind)) => ("behind", behind),
        _ => ("equal to", 0),
    }
}

/// Which step of an exchange fails, and what to do about it.
async fn explained(url: &Url, error: &Error) -> (String, String) {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = url.port_or_known_default().unwrap_or(443);
    let addresses = match timeout(STEP_TIMEOUT, lookup_host((host.as_str(), port))).await {
        Ok(Ok(addresses)) => addresses.collect::<Vec<SocketAddr>>(),
        Ok(Err(error)) => return unknown_name(&host, &error.to_string()),
        Err(_) => return unknown_name(&host, "no answer in time"),
    };
    match timeout(STEP_TIMEOUT, TcpStream::connect(addresses.as_slice())).await {
        Ok(Ok(_connected)) => (
            format!("TCP works, but {}", describe(error)),
            match url.scheme() {
                "https" => "if it is TLS: see whether something between intercepts it; else ask Onlinesim's support",
                _ => "see whether push.url needs https://; else ask Onlinesim's support",
            }
            .to_owned(),
        ),
        Ok(Err(error)) => unreachable_port(port, &error.to_string()),
        Err(_) => unreachable_port(port, "no answer in time"),
    }
}

fn unknown_name(host: &str, reason: &str) -> (String, String) {
    let what = format!("the name {host} cannot be looked up: {reason}");
    (
        what,
        "compare push.url with what Onlinesim's support gave you; see this machine's DNS".to_owned(),
    )
}

fn unreachable_port(port: u16, reason: &str) -> (String, String) {
    let what = format!("no TCP connection to port {port}: {reason}");
    let what_to_do =
        "compare push.url with what Onlinesim's support gave you; see whether a firewall stops outgoing connections";
    (what, what_to_do.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn off(before: i64, after: i64, date: i64) -> (&'static str, u64) {
        let at = Timestamp::from_ms;
        difference(at(before), at(after), at(date))
    }

    #[test]
    fn a_clock_is_off_by_what_the_round_trip_and_the_whole_seconds_of_the_header_cannot_explain() {
        assert_eq!(off(10_100, 10_200, 10_000), ("equal to", 0));
        assert_eq!(off(10_999, 11_200, 10_000), ("equal to", 0));
        assert_eq!(off(9_000, 10_000, 10_000), ("behind", 0));
        assert_eq!(off(14_000, 14_100, 10_000), ("ahead of", 3_000));
        assert_eq!(off(6_000, 7_000, 10_000), ("behind", 3_000));
        assert_eq!(off(3_610_500, 3_610_600, 10_000), ("ahead of", 3_599_500));
    }
}
