//! `leaseline rehearse`: plays Onlinesim against any partner's server, and says which points of Onlinesim's acceptance
//! test it passes.
//!
//! What rents real numbers has to be allowed. Whatever happens, what was rented is given back at the end.

mod exclusion;
mod finish;
mod points;
mod push;
mod refusals;
mod rent;
pub mod report;
mod services;
mod session;

use std::net::SocketAddr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use self::points::Check;
use self::push::Listener;
use self::report::Report;
use self::session::Session;
use super::pretend::client::PATIENCE;
use super::{Failure, print};
use crate::lifecycle::Shutdown;

/// The points that need rented numbers.
const RENTING: [Check; 9] = [
    Check::RentAll,
    Check::Distinct,
    Check::Types,
    Check::CountryCode,
    Check::ThreeSeconds,
    Check::Finish,
    Check::FinishUnknown,
    Check::Excluded,
    Check::MalformedRent,
];

/// Where Onlinesim's key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Auth {
    /// In the header Authorization and in the body, as the protocol says.
    Bearer,
    /// In the body alone.
    Body,
}

/// Whom to rehearse with, and how far to go.
#[derive(Debug, Clone, Args)]
pub struct Plan {
    /// Where the partner's server is: /getServicesRent and the others are appended
    #[arg(long, value_parser = base_url)]
    pub url: String,
    /// The key that Onlinesim would carry; better in the environment, where other users do not see it
    #[arg(long, env = "REHEARSE_KEY", hide_env_values = true)]
    pub key: SecretString,
    /// Where the key stands
    #[arg(long, value_enum, default_value = "bearer")]
    pub auth: Auth,
    /// Listen here as Onlinesim; the partner's push URL has to point here. Needs --gateway-url
    #[arg(long, value_name = "ADDRESS", requires = "gateway_url")]
    pub push_listen: Option<SocketAddr>,
    /// Where SMS are handed to the partner's server, as {"id","from","to","text"}. Needs --push-listen
    #[arg(long, value_name = "URL", value_parser = base_url, requires = "push_listen", hide_env_values = true)]
    pub gateway_url: Option<String>,
    /// Rent real numbers, too; all are given back
    #[arg(long)]
    pub yes_rent_real_numbers: bool,
    /// The most numbers to rent at once
    #[arg(long, value_name = "COUNT", default_value = "30", value_parser = most)]
    pub most: usize,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
    /// After which time a push has to be repeated
    #[arg(long, default_value = "10s", value_parser = humantime::parse_duration, hide = true)]
    pub retry_every: Duration,
    /// How much earlier or later a repeated push may come
    #[arg(long, value_name = "DURATION", default_value = "3s", value_parser = humantime::parse_duration)]
    pub retry_tolerance: Duration,
}

fn base_url(text: &str) -> Result<String, String> {
    let url = reqwest::Url::parse(text).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("it must start with https:// or http://".to_owned());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn most(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|count| (1..=1000).contains(count));
    count.ok_or_else(|| "it must be 1 to 1000".to_owned())
}

/// Rehearses and prints the report.
///
/// # Errors
/// Something failed, or the rehearsal could not start.
pub async fn run(plan: Plan) -> Result<(), Failure> {
    let shutdown = Shutdown::listen().map_err(|error| Failure::failed(format!("no signals: {error}")))?;
    let report = rehearse(&plan, shutdown.token()).await.map_err(Failure::failed)?;
    print(&if plan.json { report.json() } else { report.text() })?;
    let failed = report.failed();
    if report.nameless > 0 {
        let sentence = "not given back, because there was no activationId";
        return Err(Failure::failed(format!("{sentence}: {} numbers", report.nameless)));
    }
    if !report.left_open.is_empty() {
        return Err(Failure::failed(format!(
            "not given back: operations {:?}",
            report.left_open
        )));
    }
    if !failed.is_empty() {
        return Err(Failure::failed(format!("failed: {}", failed.join(", "))));
    }
    if shutdown.token().is_cancelled() {
        return Err(Failure::failed("stopped by a signal"));
    }
    Ok(())
}

/// Rehearses until it is through or told to stop, then gives back what is rented.
///
/// # Errors
/// One sentence: the rehearsal could not start.
pub async fn rehearse(plan: &Plan, stop: CancellationToken) -> Result<Report, String> {
    let session = Session::new(plan, stop)?;
    let listener = match plan.push_listen {
        Some(address) => Some(Listener::start(address).await?),
        None => None,
    };
    let mut report = Report::new(&plan.url);
    play(&session, &mut report, listener.as_ref()).await;
    session.give_back().await;
    session.account(&mut report);
    ten_seconds(&session, &mut report);
    Ok(report)
}

/// A request that is under way comes to its end: what it rents has to be known. So it stops between the groups only.
async fn play(session: &Session<'_>, report: &mut Report, listener: Option<&Listener>) {
    let plan = session.plan;
    let promised = services::check(session, report).await;
    refusals::check(session, report).await;
    if !plan.yes_rent_real_numbers {
        let reason = "it rents real numbers: allow it with --yes-rent-real-numbers";
        report.skip(&RENTING, reason);
        return report.skip(&push::POINTS, reason);
    }
    if session.stop.is_cancelled() {
        return;
    }
    let rentals = rent::check(session, report, promised).await;
    if session.stop.is_cancelled() {
        return;
    }
    finish::check(session, report, &rentals).await;
    session.give_back().await;
    exclusion::check(session, report, &rentals).await;
    refusals::check_rents(session, report).await;
    session.give_back().await;
    match (listener, &plan.gateway_url) {
        _ if session.stop.is_cancelled() => {}
        (Some(listener), Some(gateway_url)) => push::check(session, report, listener, gateway_url).await,
        _ => report.skip(&push::POINTS, "it needs --push-listen and --gateway-url"),
    }
}

fn ten_seconds(session: &Session<'_>, report: &mut Report) {
    let Some(slowest) = session.slowest() else { return };
    let evidence = vec![slowest.evidence()];
    let late = match &slowest.outcome {
        Err(reason) => Some(reason.clone()),
        Ok(_) if slowest.took >= PATIENCE => Some("the slowest one was not answered in time".to_owned()),
        Ok(_) => None,
    };
    report.judge(Check::TenSeconds, late.as_slice(), evidence);
    report.remark(Check::TenSeconds, "the slowest one is shown".to_owned());
}
