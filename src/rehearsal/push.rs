//! PUSH_SMS: an SMS delivered to the server's gateway URL has to be pushed to the simulated Onlinesim.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use super::checks::Check;
use super::rental_log::RehearsedRental;
use super::report::{Evidence, RehearsalReport};
use super::session::RehearsalSession;
use crate::clock::Random;
use crate::rehearsal::simulated_onlinesim::{Push, SimulatedOnlinesim};

/// The checks that are assessed here.
pub(super) const CHECKS: [Check; 4] = [
    Check::PushAtOnce,
    Check::PushFields,
    Check::PushRepeated,
    Check::PushAccepted,
];

const SENDER: &str = "Rehearsal";
const STOPPED: &str = "stopped by a signal";

/// The simulated Onlinesim of this rehearsal, and the SMS that it waits for.
pub(super) struct Listener {
    onlinesim: SimulatedOnlinesim,
    path: String,
    text: String,
}

impl Listener {
    /// Listens. The SMS is answered with IGNORED once, then with SUCCESS. Others are always IGNORED: they are for the
    /// real Onlinesim, which must still get them.
    pub(super) async fn start(address: std::net::SocketAddr, path: &str) -> Result<Self, String> {
        let text = format!("Код 4821 ✓ {}", Random::system().token());
        let (wanted, count) = (text.clone(), Arc::new(AtomicUsize::new(0)));
        let onlinesim = SimulatedOnlinesim::start(address, path, move |body: &Value| {
            let is_it = body["text"] == wanted;
            let is_accepted = is_it && count.fetch_add(1, Ordering::SeqCst) > 0;
            if is_accepted { "SUCCESS" } else { "IGNORED" }
        });
        Ok(Self {
            onlinesim: onlinesim.await?,
            path: path.to_owned(),
            text,
        })
    }

    /// The next push of the SMS, until that time.
    async fn next(&self, session: &RehearsalSession<'_>, until: Instant) -> Option<Push> {
        let arrived = async {
            while let Some(push) = self.onlinesim.next().await {
                if push.body["text"] == self.text.as_str() {
                    return Some(push);
                }
            }
            None
        };
        tokio::select! {
            push = timeout_at(until, arrived) => push.ok().flatten(),
            () = session.stop.cancelled() => None,
        }
    }
}

/// The SMS is for a number that has been rented for a while.
pub(super) async fn check(
    session: &RehearsalSession<'_>,
    report: &mut RehearsalReport,
    (listener, gateway_url): (&Listener, &str),
    rental: &RehearsedRental,
) {
    let sms = json!({ "id": Random::system().token(), "from": SENDER, "to": rental.number, "text": listener.text });
    let started = Instant::now();
    let delivered = session.deliver_sms(gateway_url, &sms).await;
    if !(200..300).contains(&delivered.http()) {
        // The check was requested, so it fails.
        report.skip(&CHECKS, "the gateway URL did not accept the SMS");
        let reason = format!("the gateway URL did not accept the SMS: {}", delivered.summary());
        return report.fail(Check::PushAtOnce, reason, vec![delivered.evidence()]);
    }
    let every = session.plan.retry_every;
    let Some(first) = listener.next(session, started + session.plan.push_limit + every).await else {
        if session.stop.is_cancelled() {
            return report.skip(&CHECKS, STOPPED);
        }
        report.skip(&CHECKS, "no push arrived");
        let reason = format!(
            "no push arrived at {}{}, where the server has to push to{}; Leaseline says why an SMS belongs to no rental: \
             GET /v1/messages?delivery=none",
            listener.onlinesim.url,
            listener.path,
            listener.onlinesim.elsewhere()
        );
        return report.fail(Check::PushAtOnce, reason, vec![delivered.evidence()]);
    };
    let took = first.at - started;
    let evidence = vec![delivered.evidence(), evidence(&first, took)];
    let late = (took >= session.plan.push_limit).then(|| format!("it took {} ms", took.as_millis()));
    report.assess(Check::PushAtOnce, late.as_slice(), evidence);
    fields(session, report, &first, rental);
    repeated(session, report, listener, &first).await;
}

/// After IGNORED the same push has to be repeated, after SUCCESS it must not.
async fn repeated(session: &RehearsalSession<'_>, report: &mut RehearsalReport, listener: &Listener, first: &Push) {
    let (every, tolerance) = (session.plan.retry_every, session.plan.retry_tolerance);
    let Some(second) = listener
        .next(session, first.at + every + tolerance + session.plan.push_limit)
        .await
    else {
        if session.stop.is_cancelled() {
            return report.skip(&CHECKS[2..], STOPPED);
        }
        report.skip(
            &[Check::PushAccepted],
            "the push was not repeated, so it could not be accepted",
        );
        let reason = "IGNORED does not accept a push, but the push was not repeated";
        return report.fail(Check::PushRepeated, reason, vec![evidence(first, Duration::ZERO)]);
    };
    let gap = second.at - first.at;
    let seen = vec![evidence(&second, gap)];
    let mut complaints = Vec::new();
    if gap.abs_diff(every) > tolerance {
        let bounds = format!("{} ms, give or take {} ms", every.as_millis(), tolerance.as_millis());
        complaints.push(format!("repeated after {} ms, not after {bounds}", gap.as_millis()));
    }
    if second.body != first.body {
        complaints.push("the repeated push is not the same".to_owned());
    }
    report.assess(Check::PushRepeated, &complaints, seen);
    report.remark(Check::PushRepeated, format!("repeated after {} ms", gap.as_millis()));
    let wait = every * 6 / 5;
    match listener.next(session, second.at + wait).await {
        Some(third) => {
            let evidence = vec![evidence(&third, third.at - second.at)];
            report.fail(Check::PushAccepted, "it was pushed again after SUCCESS", evidence);
        }
        None if session.stop.is_cancelled() => report.skip(&[Check::PushAccepted], STOPPED),
        None => {
            report.pass(Check::PushAccepted, Vec::new());
            report.remark(
                Check::PushAccepted,
                format!("nothing came within {} ms after SUCCESS", wait.as_millis()),
            );
        }
    }
}

fn fields(session: &RehearsalSession<'_>, report: &mut RehearsalReport, push: &Push, rental: &RehearsedRental) {
    let body = &push.body;
    let key = session.plan.key.expose_secret();
    let phone = &body["phone"];
    let is_phone = phone == rental.number.as_str() || phone.as_u64().is_some_and(|it| it.to_string() == rental.number);
    let media = push.content_type.split(';').next().unwrap_or_default().trim();
    let right = [
        (body["action"] == "PUSH_SMS", "action is not PUSH_SMS"),
        (body["key"] == key, "key in the body is not the key of this rehearsal"),
        (
            push.authorization == format!("Bearer {key}"),
            "the header Authorization is not Bearer and the key",
        ),
        (
            body["smsId"].as_u64().is_some_and(|id| id > 0),
            "smsId is not a JSON integer of 1 or more",
        ),
        (is_phone, "phone is not the rented number in digits"),
        (body["phoneFrom"] == SENDER, "phoneFrom is not the sender, as a string"),
        (body["service"] == "rent", "service is not rent"),
        (
            media.eq_ignore_ascii_case("application/json"),
            "the header Content-Type is not application/json",
        ),
        (!push.user_agent.is_empty(), "the header User-Agent is missing"),
    ];
    let wrong = right.iter().filter(|(is_right, _)| !is_right);
    let complaints: Vec<String> = wrong.map(|(_, complaint)| (*complaint).to_owned()).collect();
    report.assess(Check::PushFields, &complaints, vec![evidence(push, Duration::ZERO)]);
}

/// A push, without a key, which may be another one than that of this rehearsal.
fn evidence(push: &Push, took: Duration) -> Evidence {
    let mut body = push.body.clone();
    if let Some(key) = body.get_mut("key") {
        *key = json!("...");
    }
    Evidence {
        request: format!("pushed to us: {body}"),
        answer: format!("answered with {}", push.answered),
        took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    }
}
