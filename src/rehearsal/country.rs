//! Countries: whether Onlinesim knows their names, and whether their numbers have their prefixes.

use serde_json::{Value, json};

use super::checks::Check;
use super::exchange::Exchange;
use super::report::RehearsalReport;
use super::services::countries;
use super::session::RehearsalSession;
use crate::domain::wire_name::CountryName;

/// The most countries of which a number is rented.
const RENTED_MAX: usize = 5;

/// Reads `US=usa`: a code and the name of its country.
pub(super) fn name_of_code(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=');
    let (code, name) = pair.ok_or_else(|| "it must be such as US=usa".to_owned())?;
    Ok((code.to_owned(), name.to_owned()))
}

/// Checks the names of the countries in the answer to GET_SERVICES.
pub(super) fn check_names(session: &RehearsalSession<'_>, report: &mut RehearsalReport, services: &Exchange) {
    let names = promised(services).into_iter().map(|(name, _)| name);
    let complaints: Vec<String> = names.filter_map(|name| is_unknown(session, &name)).collect();
    report.assess(Check::Countries, &complaints, vec![services.evidence()]);
}

fn is_unknown(session: &RehearsalSession<'_>, name: &CountryName) -> Option<String> {
    if session.countries.listed(name).is_some() {
        return None;
    }
    let meant = session.countries.nearest(name);
    let meant = meant.map(|meant| format!("; is {meant} meant?")).unwrap_or_default();
    Some(format!("{name}: Onlinesim asks for no country of that name{meant}"))
}

/// Rents a number of each of the first few countries, and checks its prefix.
pub(super) async fn check_prefixes(session: &RehearsalSession<'_>, report: &mut RehearsalReport) {
    let promised = promised(&session.services().await);
    let stocked = promised.iter().filter(|(_, count)| *count > 0);
    for (name, _) in stocked.take(RENTED_MAX) {
        let (_, rental) = session.rent(json!({ "country": name.as_str() })).await;
        let Some(number) = rental.map(|rental| rental.number) else {
            continue;
        };
        if let Some(other) = session.countries.contradiction(&number, name) {
            let complaint = format!("{number}, rented for {name}, begins like the numbers of {other}");
            report.add_failure(Check::Countries, complaint);
        }
    }
    session.give_back().await;
}

/// The countries of an answer to GET_SERVICES, each with how many numbers it has.
fn promised(services: &Exchange) -> Vec<(CountryName, u64)> {
    let read = |country: &Value| {
        let name = CountryName::parse(country["country"].as_str()?).ok()?;
        Some((name, country["operatorMap"]["any"]["rent"].as_u64().unwrap_or(0)))
    };
    countries(services).iter().filter_map(read).collect()
}
