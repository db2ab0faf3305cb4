//! Excluded prefixes, made from numbers that were seen. Nothing is rented when it starts.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::checks::Check;
use super::exchange::NO_NUMBERS;
use super::rental_log::RehearsedRental;
use super::report::{Evidence, RehearsalReport};
use super::services::promised;
use super::session::RehearsalSession;

/// Numbers that are rented per set of prefixes: one alone may miss a server that ignores prefixes.
const TRIES: usize = 3;

/// One `exceptionPhoneSet` to try.
struct ExclusionProbe {
    /// As it is sent.
    set: Value,
    prefixes: Vec<String>,
    tries: usize,
    /// Whether numbers are left that it does not exclude.
    must_rent: bool,
}

impl ExclusionProbe {
    fn new(prefixes: Vec<String>, set: Value) -> Self {
        Self {
            set,
            prefixes,
            tries: TRIES,
            must_rent: false,
        }
    }

    /// As Onlinesim's documentation has it.
    fn of_integers(prefixes: Vec<String>) -> Self {
        let integers: Vec<u64> = prefixes.iter().filter_map(|prefix| prefix.parse().ok()).collect();
        Self::new(prefixes, json!(integers))
    }
}

pub(super) async fn check(session: &RehearsalSession<'_>, report: &mut RehearsalReport, seen: &[RehearsedRental]) {
    let Some(first) = seen.first().filter(|rental| rental.number.len() > 4) else {
        return report.skip(&[Check::Excluded], "nothing could be rented");
    };
    let start = vec![first.number[..4].to_owned()];
    let mut complaints = Vec::new();
    let mut evidence = Vec::new();
    let everything = (1..=9).map(|digit: u8| digit.to_string()).collect();
    for prefixes in [everything, start.clone()] {
        probe(
            session,
            &ExclusionProbe::of_integers(prefixes),
            &mut complaints,
            &mut evidence,
        )
        .await;
    }
    let whole: Vec<String> = seen.iter().step_by(2).map(|rental| rental.number.clone()).collect();
    // Whole numbers exclude no others, so that it is known how many must be left.
    let count = u64::try_from(whole.len()).unwrap_or(u64::MAX);
    let mut some = ExclusionProbe::of_integers(whole);
    if promised(&session.services().await) > count {
        (some.tries, some.must_rent) = (1, true);
    }
    probe(session, &some, &mut complaints, &mut evidence).await;
    // Only an older version of the protocol has strings: they never fail a check.
    let mut remarks = Vec::new();
    let strings = ExclusionProbe::new(start.clone(), json!(start));
    probe(session, &strings, &mut remarks, &mut Vec::new()).await;
    report.assess(Check::Excluded, &complaints, evidence);
    if let Some(remark) = remarks.first() {
        report.remark(Check::Excluded, format!("prefixes that are strings: {remark}"));
    }
}

async fn probe(
    session: &RehearsalSession<'_>,
    probe: &ExclusionProbe,
    complaints: &mut Vec<String>,
    evidence: &mut Vec<Evidence>,
) {
    let rents = (0..probe.tries).map(|_| session.rent(json!({ "exceptionPhoneSet": probe.set })));
    for (at, (exchange, rental)) in join_all(rents).await.into_iter().enumerate() {
        let number = rental.map(|rental| rental.number).unwrap_or_default();
        let broken = probe.prefixes.iter().find(|prefix| number.starts_with(prefix.as_str()));
        let complaint = match broken {
            Some(prefix) => Some(format!("{number} starts with the excluded {prefix}")),
            None if exchange.is_success() => None,
            None if exchange.status() != NO_NUMBERS => {
                Some(format!("a good exceptionPhoneSet was {}", exchange.summary()))
            }
            None if probe.must_rent => Some("NO_NUMBERS, although numbers that are not excluded are free".to_owned()),
            None => None,
        };
        if at == 0 || complaint.is_some() {
            evidence.push(exchange.evidence());
        }
        complaints.extend(complaint);
    }
    session.give_back().await;
}
