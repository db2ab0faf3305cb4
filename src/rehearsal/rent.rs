//! GET_NUMBER: as many as were promised, all at once.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::checks::Check;
use super::exchange::Exchange;
use super::rental_log::RehearsedRental;
use super::report::RehearsalReport;
use super::services::envelope;
use super::session::RehearsalSession;
use crate::domain::country::CountryNames;

/// The most answers that are shown.
const SHOWN: usize = 2;
/// The digits of a number with its country code.
const DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// The checks that are assessed by what is rented here.
pub(super) const CHECKS: [Check; 5] = [
    Check::RentAll,
    Check::Distinct,
    Check::Types,
    Check::CountryCode,
    Check::ThreeSeconds,
];

/// Returns what was rented.
pub(super) async fn check(
    session: &RehearsalSession<'_>,
    report: &mut RehearsalReport,
    promised: u64,
) -> Vec<RehearsedRental> {
    let count = usize::try_from(promised).unwrap_or(usize::MAX).min(session.plan.most);
    if count == 0 {
        report.skip(&CHECKS, "GET_SERVICES says that there is nothing to rent");
        return Vec::new();
    }
    let answers = join_all((0..count).map(|_| session.rent(json!({})))).await;
    let (exchanges, rentals): (Vec<Exchange>, Vec<Option<RehearsedRental>>) = answers.into_iter().unzip();

    let refused = |exchange: &Exchange| (!exchange.is_success()).then(|| exchange.summary());
    conclude(Check::RentAll, &exchanges, refused, report);
    report.remark(
        Check::RentAll,
        format!("GET_SERVICES says {promised}; {count} were tried at once"),
    );
    conclude(Check::Types, &exchanges, types_are_wrong, report);
    let limit = session.plan.rent_limit;
    let slow = |exchange: &Exchange| (exchange.took >= limit).then(|| format!("{} ms", exchange.took.as_millis()));
    conclude(Check::ThreeSeconds, &exchanges, slow, report);
    let wrong = |exchange: &Exchange| country_code_is_wrong(&session.countries, exchange);
    conclude(Check::CountryCode, &exchanges, wrong, report);
    let rentals: Vec<RehearsedRental> = rentals.into_iter().flatten().collect();
    distinct(&rentals, report);
    rentals
}

fn conclude(
    check: Check,
    exchanges: &[Exchange],
    complaint: impl Fn(&Exchange) -> Option<String>,
    report: &mut RehearsalReport,
) {
    let wrong: Vec<(String, &Exchange)> = exchanges
        .iter()
        .filter_map(|exchange| Some((complaint(exchange)?, exchange)))
        .collect();
    let Some((first, _)) = wrong.first() else {
        let shown = exchanges.iter().take(SHOWN).map(Exchange::evidence).collect();
        return report.pass(check, shown);
    };
    let shown = wrong
        .iter()
        .take(SHOWN)
        .map(|(_, exchange)| exchange.evidence())
        .collect();
    let reason = format!("{} of {} answers: {first}", wrong.len(), exchanges.len());
    report.fail(check, reason, shown);
}

fn types_are_wrong(exchange: &Exchange) -> Option<String> {
    if !exchange.is_success() {
        return None;
    }
    let body = exchange.body();
    if let Some(complaint) = envelope(exchange).into_iter().next() {
        return Some(complaint);
    }
    let wrong = |field: &str| {
        let is_right = body[field].as_u64().is_some_and(|value| value > 0);
        (!is_right).then(|| format!("{field} is {}, not a JSON integer of 1 or more", body[field]))
    };
    wrong("number").or_else(|| wrong("activationId"))
}

fn country_code_is_wrong(countries: &CountryNames, exchange: &Exchange) -> Option<String> {
    let number = match &exchange.body()["number"] {
        _ if !exchange.is_success() => return None,
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        other => return Some(format!("number is {other}")),
    };
    let is_numeric = number.bytes().all(|byte| byte.is_ascii_digit());
    if !is_numeric || !DIGITS.contains(&number.len()) {
        return Some(format!("{number} is not a number of 8 to 15 digits"));
    }
    let country = countries.of_number(&number);
    country
        .is_none()
        .then(|| format!("{number} does not start with a country code"))
}

fn distinct(rentals: &[RehearsedRental], report: &mut RehearsalReport) {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut ids: BTreeMap<u64, usize> = BTreeMap::new();
    for rental in rentals {
        *numbers.entry(&rental.number).or_default() += 1;
        *ids.entry(rental.id).or_default() += 1;
    }
    let times = |(what, count): (String, usize)| (count > 1).then(|| format!("{what} was given {count} times"));
    let numbers = numbers
        .iter()
        .map(|(number, count)| (format!("number {number}"), *count));
    let ids = ids.iter().map(|(id, count)| (format!("activationId {id}"), *count));
    let complaints: Vec<String> = numbers.chain(ids).filter_map(times).collect();
    if rentals.len() < 2 && complaints.is_empty() {
        return report.skip(&[Check::Distinct], "it takes two numbers to see whether they differ");
    }
    report.assess(Check::Distinct, &complaints, Vec::new());
    report.remark(
        Check::Distinct,
        format!("{} numbers were open at the same time", rentals.len()),
    );
}
