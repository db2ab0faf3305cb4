//! Excluded prefixes, made from numbers that were seen. Nothing is rented when it starts.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::book::Rental;
use super::points::Check;
use super::report::{Evidence, Report};
use super::services::promised;
use super::session::Session;

/// Numbers that are rented per set of prefixes: a server that ignores them is found out with luck by one, by three soon.
const TRIES: usize = 3;

pub(super) async fn check(session: &Session<'_>, report: &mut Report, seen: &[Rental]) {
    let Some(first) = seen.first().filter(|rental| rental.number.len() > 4) else {
        return report.skip(&[Check::Excluded], "nothing could be rented");
    };
    let whole: Vec<&str> = seen.iter().step_by(2).map(|rental| rental.number.as_str()).collect();
    let integers: Vec<u64> = whole.iter().filter_map(|number| number.parse().ok()).collect();
    let mut complaints = Vec::new();
    let mut evidence = Vec::new();
    for (set, prefixes) in [
        (
            json!([1, 2, 3, 4, 5, 6, 7, 8, 9]),
            (1..=9).map(|digit: u8| digit.to_string()).collect(),
        ),
        (json!([&first.number[..4]]), vec![first.number[..4].to_owned()]),
        (json!(integers), whole.iter().map(|&number| number.to_owned()).collect()),
    ] {
        let prefixes: Vec<String> = prefixes;
        // Whole numbers exclude no others, so that it is known how many must be left.
        let is_whole = prefixes.len() == whole.len() && prefixes[0] == whole[0];
        let must_rent = is_whole && promised(&session.services().await) > count(&whole);
        let tries = if must_rent { 1 } else { TRIES };
        probe(
            session,
            &set,
            &prefixes,
            (tries, must_rent),
            &mut complaints,
            &mut evidence,
        )
        .await;
        session.give_back().await;
    }
    report.judge(Check::Excluded, &complaints, evidence);
}

fn count(whole: &[&str]) -> u64 {
    u64::try_from(whole.len()).unwrap_or(u64::MAX)
}

async fn probe(
    session: &Session<'_>,
    set: &Value,
    prefixes: &[String],
    (tries, must_rent): (usize, bool),
    complaints: &mut Vec<String>,
    evidence: &mut Vec<Evidence>,
) {
    let rents = (0..tries).map(|_| session.rent(json!({ "exceptionPhoneSet": set })));
    for (at, (exchange, rental)) in join_all(rents).await.into_iter().enumerate() {
        let number = rental.map(|rental| rental.number).unwrap_or_default();
        let broken = prefixes.iter().find(|prefix| number.starts_with(prefix.as_str()));
        let complaint = match broken {
            Some(prefix) => Some(format!("{number} starts with the excluded {prefix}")),
            None if exchange.is_success() => None,
            None if exchange.word() != "NO_NUMBERS" => {
                Some(format!("a good exceptionPhoneSet was {}", exchange.said()))
            }
            None if must_rent => Some("NO_NUMBERS, although numbers that are not excluded are free".to_owned()),
            None => None,
        };
        if at == 0 || complaint.is_some() {
            evidence.push(exchange.evidence());
        }
        complaints.extend(complaint);
    }
}
