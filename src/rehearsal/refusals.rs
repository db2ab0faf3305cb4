//! What must be refused: wrong keys and malformed requests.

use serde_json::json;

use super::checks::Check;
use super::exchange::{Exchange, NO_NUMBERS};
use super::report::{Evidence, RehearsalReport};
use super::session::{CallerKey, KEY, RehearsalSession};

/// Requests that cannot rent or close anything, however lenient the server is. None is sent to the path of GET_NUMBER, where
/// a careless server may do without a body.
const MALFORMED: [(&str, &str); 7] = [
    ("/getServicesRent", ""),
    ("/getServicesRent", "[]"),
    ("/getServicesRent", r#"{"action":"GET_SERVICES","key":"$KEY""#),
    ("/getServicesRent", r#"{"action":"NO_SUCH_ACTION","key":"$KEY"}"#),
    ("/getServicesRent", r#"{"action":["GET_SERVICES"],"key":"$KEY"}"#),
    (
        "/finishActivationRent",
        r#"{"action":"FINISH_ACTIVATION","key":"$KEY","activationId":"none","status":4,"service":"rent","sum":320}"#,
    ),
    (
        "/finishActivationRent",
        r#"{"action":"FINISH_ACTIVATION","key":"$KEY","activationId":0,"status":4,"service":"rent","sum":320}"#,
    ),
];

/// Requests that a careless server may answer with a rental, which is given back.
const MALFORMED_RENTS: [&str; 5] = [
    r#"{"action":"GET_NUMBER","key":"$KEY","service"#,
    r#"{"action":"GET_NUMBER","key":"$KEY","service":"rent"}"#,
    r#"{"action":"GET_NUMBER","key":"$KEY","service":"rent","sum":"a lot"}"#,
    r#"{"action":"GET_NUMBER","key":"$KEY","service":7,"sum":320}"#,
    r#"{"action":"GET_NUMBER","key":"$KEY","service":"rent","sum":320,"exceptionPhoneSet":"everything"}"#,
];

pub(super) async fn check(session: &RehearsalSession<'_>, report: &mut RehearsalReport) {
    let services = json!({ "action": "GET_SERVICES", "key": KEY }).to_string();
    let keyless = json!({ "action": "GET_SERVICES" }).to_string();
    // Operation 0 does not exist anywhere.
    let finish = MALFORMED[MALFORMED.len() - 1].1;
    let mut complaints = Vec::new();
    let mut evidence = Vec::new();
    for (path, body, caller) in [
        ("/getServicesRent", services.as_str(), CallerKey::Wrong),
        ("/getServicesRent", keyless.as_str(), CallerKey::Missing),
        ("/finishActivationRent", finish, CallerKey::Wrong),
    ] {
        let exchange = session.send(path, body, caller, false).await;
        if exchange.http() != 401 {
            complaints.push(format!("{path} without the right key: {}", exchange.summary()));
        }
        evidence.push(exchange.evidence());
    }
    report.assess(Check::WrongKey, &complaints, evidence);
    malformed(session, report).await;
}

async fn malformed(session: &RehearsalSession<'_>, report: &mut RehearsalReport) {
    let mut seen = Vec::new();
    for (path, body) in MALFORMED {
        seen.push(session.send(path, body, CallerKey::Right, false).await);
    }
    conclude(Check::Malformed, &seen, Exchange::is_refusal, report);
    let refused = seen.iter().filter(|exchange| exchange.is_refusal());
    let wrong: Vec<(String, Evidence)> = refused
        .filter_map(|exchange| Some((exchange.wrong_error_body()?, exchange.evidence())))
        .collect();
    let (complaints, evidence): (Vec<String>, Vec<Evidence>) = wrong.into_iter().unzip();
    report.assess(Check::ErrorWords, &complaints, evidence);
}

/// The same for GET_NUMBER, when renting is allowed.
pub(super) async fn check_rents(session: &RehearsalSession<'_>, report: &mut RehearsalReport) {
    let mut seen = Vec::new();
    for body in MALFORMED_RENTS {
        let (exchange, _) = session.ask_for_number(body, CallerKey::Right).await;
        seen.push(exchange);
    }
    let good = json!({ "action": "GET_NUMBER", "key": KEY, "service": "rent", "sum": 320 }).to_string();
    let (exchange, _) = session.ask_for_number(&good, CallerKey::Wrong).await;
    if exchange.http() != 401 {
        let complaint = format!("/getNumberRent without the right key: {}", exchange.summary());
        report.add_failure(Check::WrongKey, complaint);
    }
    seen.push(exchange);
    // NO_NUMBERS is not a refusal of a wrong request, but it rents nothing.
    let rents_nothing = |exchange: &Exchange| exchange.is_refusal() || exchange.status() == NO_NUMBERS;
    conclude(Check::MalformedRent, &seen, rents_nothing, report);
}

fn conclude(check: Check, seen: &[Exchange], is_right: impl Fn(&Exchange) -> bool, report: &mut RehearsalReport) {
    let wrong: Vec<&Exchange> = seen.iter().filter(|exchange| !is_right(exchange)).collect();
    let complaints: Vec<String> = wrong.iter().map(|exchange| exchange.summary()).collect();
    let shown: Vec<Evidence> = if wrong.is_empty() {
        seen.iter().map(Exchange::evidence).collect()
    } else {
        wrong.iter().map(|exchange| exchange.evidence()).collect()
    };
    report.assess(check, &complaints, shown);
}
