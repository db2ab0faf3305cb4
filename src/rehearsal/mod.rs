//! A simulated Onlinesim that calls a partner's server, Leaseline or another one, and reports which checks of Onlinesim's
//! acceptance test it passes.
//!
//! Checks that rent real numbers have to be allowed. All rented numbers are given back at the end, also after a failure.

mod arguments;
mod checks;
pub(crate) mod client;
mod country;
mod exchange;
mod exclusion;
mod finish;
mod keep_open;
mod push;
mod redaction;
mod refusals;
mod rent;
mod rental_log;
pub mod report;
mod services;
mod session;
pub(crate) mod simulated_onlinesim;
mod transport;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;

use self::arguments::{GatewayUrl, key, most, partner_url, push_path};
use self::checks::Check;
use self::push::Listener;
use self::redaction::Redaction;
use self::report::RehearsalReport;
use self::session::RehearsalSession;

/// The checks that need rented numbers.
const RENTING: [Check; 10] = [
    Check::RentAll,
    Check::Distinct,
    Check::Types,
    Check::CountryCode,
    Check::ThreeSeconds,
    Check::Finish,
    Check::FinishUnknown,
    Check::Excluded,
    Check::KeptOpen,
    Check::MalformedRent,
];

/// Where requests carry Onlinesim's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeyPlace {
    /// In the header Authorization and in the body, as the protocol demands.
    Bearer,
    /// In the body alone.
    Body,
}

/// The arguments of a rehearsal.
#[derive(Debug, Clone, Args)]
pub struct RehearsalPlan {
    /// The address of the server: /getServicesRent and the others are appended
    #[arg(long, value_parser = partner_url)]
    pub url: String,
    /// Send all requests to the address itself; `action` distinguishes them
    #[arg(long)]
    pub one_address: bool,
    /// Trust the certificates of this PEM file, too: for a server whose certificate is self-signed or of a private CA
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Onlinesim's key; better in the environment, where other users do not see it
    #[arg(long, env = "REHEARSE_KEY", hide_env_values = true, value_parser = key)]
    pub key: SecretString,
    /// Where requests carry the key
    #[arg(long, value_enum, default_value = "bearer")]
    pub auth: KeyPlace,
    /// Listen here as Onlinesim; the push URL of the server has to be this address. Needs --gateway-url
    #[arg(long, value_name = "ADDRESS", requires = "gateway_url")]
    pub push_listen: Option<SocketAddr>,
    /// The path for pushes; newer accounts of Onlinesim have /v1/PUSH_SMS_RENT
    #[arg(long, value_name = "PATH", default_value = "/pushSmsRent", value_parser = push_path)]
    pub push_path: String,
    /// Where the server accepts SMS from a gateway, as {"id","from","to","text"}. It contains a token: better in the
    /// environment. Needs --push-listen
    #[arg(long, value_name = "URL", env = "REHEARSE_GATEWAY_URL", hide_env_values = true, value_parser = GatewayUrl)]
    pub gateway_url: Option<SecretString>,
    /// Rent real numbers, too; all are given back
    #[arg(long)]
    pub yes_rent_real_numbers: bool,
    /// The most numbers to rent at once
    #[arg(long, value_name = "COUNT", default_value = "30", value_parser = most)]
    pub most: usize,
    /// How long a rental is kept open to see that the server does not finish it by itself
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = keep_open::duration)]
    pub keep_open: Duration,
    /// A country for which Onlinesim has another name than Leaseline, as in the section countries: US=usa; may be repeated
    #[arg(long = "country", value_name = "CODE=NAME", value_parser = country::name_of_code)]
    pub countries: Vec<(String, String)>,
    /// How long numbers that were given back may rest before GET_SERVICES promises them again
    #[arg(long, value_name = "DURATION", default_value = "75s", value_parser = humantime::parse_duration)]
    pub rest: Duration,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
    /// After which time a push has to be repeated
    #[arg(long, default_value = "10s", value_parser = humantime::parse_duration, hide = true)]
    pub retry_every: Duration,
    /// How much earlier or later a repeated push may come
    #[arg(long, value_name = "DURATION", default_value = "3s", value_parser = humantime::parse_duration)]
    pub retry_tolerance: Duration,
    /// After which time Onlinesim gives up on a request
    #[arg(long, default_value = "10s", value_parser = humantime::parse_duration, hide = true)]
    pub request_timeout: Duration,
    /// How much longer the rehearsal waits for a number that it has to give back
    #[arg(long, default_value = "20s", value_parser = humantime::parse_duration, hide = true)]
    pub late_wait: Duration,
    /// How long it waits before it tries once more to give a number back
    #[arg(long, default_value = "1s", value_parser = humantime::parse_duration, hide = true)]
    pub pause: Duration,
    /// How long GET_NUMBER may take
    #[arg(long, default_value = "3s", value_parser = humantime::parse_duration, hide = true)]
    pub rent_limit: Duration,
    /// How long an SMS may take until it is pushed
    #[arg(long, default_value = "3s", value_parser = humantime::parse_duration, hide = true)]
    pub push_limit: Duration,
}

/// Runs all checks, until it is stopped, then gives back what is rented.
///
/// # Errors
/// The rehearsal could not start.
pub async fn rehearse(plan: &RehearsalPlan, stop: CancellationToken) -> Result<RehearsalReport, String> {
    let session = RehearsalSession::new(plan, stop)?;
    let listener = match plan.push_listen {
        Some(address) => Some(Listener::start(address, &plan.push_path).await?),
        None => None,
    };
    let mut report = RehearsalReport::new(&plan.url, Redaction::of(plan)?);
    run_checks(&session, &mut report, listener.as_ref()).await;
    session.give_back().await;
    session.give_back_late_ones().await;
    transport::ten_seconds(&session, &mut report);
    let repeated = session.rental_log.repeated();
    if !repeated.is_empty() {
        let complaint = format!("activationId {repeated:?} was given more than once during the rehearsal");
        report.add_failure(Check::Distinct, complaint);
    }
    session.rental_log.summarise(&mut report);
    Ok(report)
}

/// Stops only between the groups of checks: it has to be known what a running request rents.
async fn run_checks(session: &RehearsalSession<'_>, report: &mut RehearsalReport, listener: Option<&Listener>) {
    let plan = session.plan;
    let first = services::check(session, report).await;
    transport::https(session, report, &first);
    if !first.body().is_object() {
        return report.skip_the_rest("GET_SERVICES has to be answered with JSON first");
    }
    refusals::check(session, report).await;
    let reason = if !plan.yes_rent_real_numbers {
        "it rents real numbers: allow it with --yes-rent-real-numbers"
    } else if !first.is_success() {
        "GET_SERVICES has to be answered with SUCCESS first"
    } else {
        return rent(session, report, services::promised(&first), listener).await;
    };
    report.skip(&RENTING, reason);
    report.skip(&push::CHECKS, reason);
}

async fn rent(
    session: &RehearsalSession<'_>,
    report: &mut RehearsalReport,
    promised: u64,
    listener: Option<&Listener>,
) {
    if session.stop.is_cancelled() {
        return;
    }
    let rentals = rent::check(session, report, promised).await;
    if session.stop.is_cancelled() {
        return;
    }
    finish::check(session, report, &rentals).await;
    session.give_back().await;
    let rented = u64::try_from(rentals.len()).unwrap_or(u64::MAX);
    session.wait_for_rested(promised.min(rented / 2 + 2)).await;
    exclusion::check(session, report, &rentals).await;
    country::check_prefixes(session, report).await;
    refusals::check_rents(session, report).await;
    session.give_back().await;
    if session.stop.is_cancelled() {
        return;
    }
    // A late number must not stay rented while another one is kept open.
    session.give_back_late_ones().await;
    // A number given back meanwhile would hide that the rented one is missing from GET_SERVICES.
    session.wait_for_rested(promised).await;
    if session.stop.is_cancelled() {
        return;
    }
    let kept_open = keep_open::check(session, report).await;
    match (listener, &session.plan.gateway_url, kept_open) {
        _ if session.stop.is_cancelled() => {}
        (Some(listener), Some(gateway_url), Some(rental)) => {
            push::check(session, report, (listener, gateway_url.expose_secret()), &rental).await;
        }
        (Some(_), Some(_), None) => report.skip(&push::CHECKS, "nothing could be rented"),
        _ => report.skip(&push::CHECKS, "it needs --push-listen and --gateway-url"),
    }
}
