//! GET_SERVICES: its shape, its sums, and gzip both ways. Rents nothing.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::checks::Check;
use super::country;
use super::exchange::Exchange;
use super::report::RehearsalReport;
use super::session::{CallerKey, KEY, RehearsalSession};

/// A longer answer has to be compressed; for a shorter one it is not worth it.
const COMPRESSION_BYTES_MIN: usize = 1024;

/// Returns the answer to GET_SERVICES.
pub(super) async fn check(session: &RehearsalSession<'_>, report: &mut RehearsalReport) -> Exchange {
    let exchange = session.services().await;
    let mut complaints: Vec<String> = advice(session, &exchange).into_iter().collect();
    complaints.extend(shape(&exchange));
    let evidence = vec![exchange.evidence()];
    report.assess(Check::Services, &complaints, evidence.clone());
    let countries = countries(&exchange);
    if countries.is_empty() && !complaints.is_empty() {
        report.skip(
            &[Check::Counts, Check::Countries],
            "the answer to GET_SERVICES cannot be read",
        );
    } else {
        let complaints: Vec<String> = countries.iter().filter_map(sum_is_wrong).collect();
        report.assess(Check::Counts, &complaints, evidence.clone());
        country::check_names(session, report, &exchange);
    }
    compressed_answer(&exchange, report);
    if exchange.is_success() {
        compressed_request(session, report).await;
    } else {
        report.skip(
            &[Check::CompressedRequest],
            "the request was not answered with SUCCESS as it is",
        );
    }
    exchange
}

/// A likely cause when nothing works.
fn advice(session: &RehearsalSession<'_>, exchange: &Exchange) -> Option<String> {
    let answer = exchange.outcome.as_ref().ok()?;
    match answer.status {
        301 | 302 | 303 | 307 | 308 => Some(format!("it points to {:?}: give that address", answer.location)),
        401 | 403 => Some("is the key the right one?".to_owned()),
        404 | 405 if session.plan.one_address => Some("is the address right?".to_owned()),
        404 | 405 => Some("is the address right? If all actions have one address, say --one-address".to_owned()),
        _ => None,
    }
}

/// The sum of `any` over all countries.
pub(super) fn promised(exchange: &Exchange) -> u64 {
    let any = |country: &Value| country["operatorMap"]["any"]["rent"].as_u64();
    countries(exchange).iter().filter_map(any).fold(0, u64::saturating_add)
}

pub(super) fn countries(exchange: &Exchange) -> Vec<Value> {
    let list = exchange.body()["countryList"].as_array();
    list.cloned().unwrap_or_default()
}

/// What is wrong with the headers and the JSON of an answer, whatever its content.
pub(super) fn envelope(exchange: &Exchange) -> Vec<String> {
    let answer = match &exchange.outcome {
        Ok(answer) => answer,
        Err(failure) => return vec![failure.reason.clone()],
    };
    let mut complaints = Vec::new();
    let content_type = answer.content_type.to_ascii_lowercase();
    let (media, parameters) = content_type.split_once(';').unwrap_or((&content_type, ""));
    let charset = parameters.trim().strip_prefix("charset=");
    let is_utf_8 = charset.is_none_or(|charset| charset.trim_matches('"') == "utf-8");
    if media.trim() != "application/json" || !is_utf_8 {
        complaints.push(format!(
            "Content-Type is {content_type:?}, not \"application/json; charset=utf-8\""
        ));
    }
    if !answer.body.is_object() {
        complaints.push("the answer is not a JSON object".to_owned());
    }
    complaints
}

fn shape(exchange: &Exchange) -> Vec<String> {
    let mut complaints = envelope(exchange);
    if !exchange.is_success() {
        if exchange.outcome.is_ok() {
            complaints.push(format!("{}, not HTTP 200 with SUCCESS", exchange.summary()));
        }
        return complaints;
    }
    if !exchange.body()["countryList"].is_array() {
        complaints.push("countryList is not a list".to_owned());
    }
    let mut seen = BTreeSet::new();
    for entry in countries(exchange) {
        let Some(country) = entry["country"].as_str().filter(|country| !country.is_empty()) else {
            complaints.push("a country has no name".to_owned());
            continue;
        };
        if country.to_lowercase() != country {
            complaints.push(format!("{country}: not in lower case"));
        }
        if !seen.insert(country.to_owned()) {
            complaints.push(format!("{country} stands twice"));
        }
        match entry["operatorMap"].as_object() {
            Some(operators) => complaints.extend(operators_are_wrong(country, operators)),
            None => complaints.push(format!("{country}: operatorMap is not an object")),
        }
    }
    complaints
}

fn operators_are_wrong(country: &str, operators: &Map<String, Value>) -> Vec<String> {
    let mut complaints = Vec::new();
    if !operators.contains_key("any") {
        complaints.push(format!("{country}: `any` is missing"));
    }
    for (operator, counts) in operators {
        if !counts["rent"].is_u64() {
            complaints.push(format!(
                "{country}: rent of {operator} is {}, not a JSON integer of 0 or more",
                counts["rent"]
            ));
        }
    }
    complaints
}

fn sum_is_wrong(country: &Value) -> Option<String> {
    let operators = country["operatorMap"].as_object()?;
    let count = |counts: &Value| counts["rent"].as_u64().unwrap_or(0);
    let any = operators.get("any").map(count)?;
    let others = operators.iter().filter(|(operator, _)| *operator != "any");
    let sum = others.map(|(_, counts)| count(counts)).fold(0, u64::saturating_add);
    // A country without any named operator has nothing to add up.
    let wrong = operators.len() > 1 && any != sum;
    wrong.then(|| format!("{}: any is {any}, its operators add up to {sum}", country["country"]))
}

fn compressed_answer(exchange: &Exchange, report: &mut RehearsalReport) {
    let evidence = vec![exchange.evidence()];
    match &exchange.outcome {
        Err(failure) => report.fail(Check::CompressedAnswer, failure.reason.clone(), evidence),
        Ok(_) if !exchange.is_success() => report.skip(&[Check::CompressedAnswer], "the answer was not SUCCESS"),
        Ok(answer) if answer.compressed => {
            report.pass(Check::CompressedAnswer, Vec::new());
            report.remark(
                Check::CompressedAnswer,
                "Content-Encoding: gzip, and it could be decompressed".to_owned(),
            );
        }
        Ok(answer) if answer.text.len() < COMPRESSION_BYTES_MIN => {
            let reason = "the answer came uncompressed, but is too short to be worth compressing";
            report.skip(&[Check::CompressedAnswer], reason);
        }
        Ok(_) => {
            let reason = "the request says Accept-Encoding: gzip, the answer is long and came uncompressed";
            report.fail(Check::CompressedAnswer, reason, evidence);
        }
    }
}

async fn compressed_request(session: &RehearsalSession<'_>, report: &mut RehearsalReport) {
    let body = json!({ "action": "GET_SERVICES", "key": KEY }).to_string();
    let exchange = session.send("/getServicesRent", &body, CallerKey::Right, true).await;
    if exchange.is_success() {
        report.pass(Check::CompressedRequest, vec![exchange.evidence()]);
    } else if exchange.is_refusal() {
        // Support for them is optional: Onlinesim compresses only for servers that ask for it.
        let reason = format!("the server takes no compressed requests: {}", exchange.summary());
        report.skip(&[Check::CompressedRequest], &reason);
    } else {
        let reason = "a good request that travels with Content-Encoding: gzip was neither answered nor refused";
        report.fail(Check::CompressedRequest, reason, vec![exchange.evidence()]);
    }
}
