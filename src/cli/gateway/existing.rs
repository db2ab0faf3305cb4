//! `leaseline gateway list`, `show`, `rotate`, `disable` and `enable`. A change takes effect in a running server within
//! seconds.

use std::fmt::Write as _;
use std::time::Duration;

use clap::Args;
use secrecy::ExposeSecret;

use super::{base, networks, public_base};
use crate::cli::offline::{Offline, unusable};
use crate::cli::table::table;
use crate::cli::{CommandError, ConfigArguments, print};
use crate::clock::rfc3339;
use crate::domain::gateway::{ListedGateway, OLD_TOKEN_AGE_MAX};
use crate::domain::time::Timestamp;
use crate::flow::Flows;
use crate::flow::change_gateway::{ChangeGatewayError, GatewayPatch};
use crate::flow::rotate_token::RotateTokenError;
use crate::gateway::settings::{AdapterSettings, UnreadableSettings};
use crate::gateway::setup::instructions;

/// Gateways that are read at once.
const PAGE: u32 = 1000;

/// The arguments of `gateway list`.
#[derive(Debug, Args)]
pub(super) struct ListArguments {
    #[command(flatten)]
    config: ConfigArguments,
}

/// Which gateway.
#[derive(Debug, Args)]
pub(super) struct ExistingGateway {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    config: ConfigArguments,
}

/// The arguments of `gateway rotate`.
#[derive(Debug, Args)]
pub(super) struct RotateArguments {
    #[command(flatten)]
    gateway: ExistingGateway,
    /// How long its present token stays valid, such as 24h; 30d at most
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = keep_old)]
    keep_old: Duration,
    /// Base URL under which its program reaches this server; that of the configuration if not given
    #[arg(long, value_name = "URL", value_parser = base)]
    url: Option<String>,
}

/// The arguments of `gateway allow`.
#[derive(Debug, Args)]
pub(super) struct AllowArguments {
    #[command(flatten)]
    gateway: ExistingGateway,
    /// Networks or addresses, such as 203.0.113.0/24 2001:db8::7
    #[arg(value_name = "NETWORK")]
    networks: Vec<String>,
}

/// Prints all gateways, one in each line.
pub(super) async fn list(list: &ListArguments) -> Result<(), CommandError> {
    let offline = Offline::open(&list.config.load_offline()?).await?;
    let gateways = all(&offline.flows).await;
    offline.close().await;
    let titles = ["NAME", "KIND", "STATE", "SIGNATURES", "NUMBERS", "RENTED", "CAPACITY"].map(str::to_owned);
    let rows: Result<Vec<[String; 7]>, _> = gateways?.iter().map(row).collect();
    print(&table(&[&[titles], &rows.map_err(unreadable)?[..]].concat()))
}

async fn all(flows: &Flows) -> Result<Vec<ListedGateway>, CommandError> {
    let mut gateways: Vec<ListedGateway> = Vec::new();
    loop {
        let after = gateways.last().map_or("", |last| last.name.as_str());
        let page = flows.list_gateways(after, PAGE).await;
        let page = page.map_err(unusable)?;
        if page.is_empty() {
            return Ok(gateways);
        }
        gateways.extend(page);
    }
}

fn row(gateway: &ListedGateway) -> Result<[String; 7], UnreadableSettings> {
    let adapter = AdapterSettings::load(&gateway.adapter)?;
    Ok([
        gateway.name.to_string(),
        adapter.kind.to_string(),
        state(gateway).to_owned(),
        signatures(&adapter).to_owned(),
        gateway.numbers.to_string(),
        gateway.rented.to_string(),
        or_dash(gateway.settings.capacity),
    ])
}

fn unreadable(error: UnreadableSettings) -> CommandError {
    CommandError::failed(format!("storage.url: {error}"))
}

/// Prints one gateway.
pub(super) async fn show(which: &ExistingGateway) -> Result<(), CommandError> {
    let offline = Offline::open(&which.config.load_offline()?).await?;
    let gateway = find(&offline.flows, &which.name).await;
    offline.close().await;
    let gateway = gateway?;
    let adapter = AdapterSettings::load(&gateway.adapter).map_err(unreadable)?;
    let timeout = gateway.settings.heartbeat_timeout;
    let old_tokens: Vec<String> = gateway.old_tokens.iter().copied().map(until).collect();
    let lines = [
        ("name", gateway.name.to_string()),
        ("kind", adapter.kind.to_string()),
        ("state", state(&gateway).to_owned()),
        ("signatures", signatures(&adapter).to_owned()),
        ("numbers", gateway.numbers.to_string()),
        ("rented", gateway.rented.to_string()),
        ("capacity", or_dash(gateway.settings.capacity)),
        (
            "heartbeat timeout",
            or_dash(timeout.map(|timeout| humantime::format_duration(timeout.duration()))),
        ),
        (
            "allowed from",
            or_dash((!gateway.settings.allow.is_empty()).then_some(&gateway.settings.allow)),
        ),
        ("last heartbeat", or_dash(gateway.heartbeat_at.map(rfc3339))),
        (
            "older tokens",
            or_dash((!old_tokens.is_empty()).then(|| old_tokens.join(", "))),
        ),
        ("created", rfc3339(gateway.created_at)),
    ];
    print(&table(&lines.map(|(name, value)| [name.to_owned(), value])))
}

fn until(end: Timestamp) -> String {
    format!("until {}", rfc3339(end))
}

fn state(gateway: &ListedGateway) -> &'static str {
    match (gateway.settings.enabled, gateway.online) {
        (false, _) => "disabled",
        (true, true) => "online",
        (true, false) => "offline",
    }
}

fn signatures(adapter: &AdapterSettings) -> &'static str {
    match (adapter.kind.is_signed(), adapter.unsigned) {
        (false, _) => "-",
        (true, false) => "checked",
        (true, true) => "unsigned",
    }
}

fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// Gives the gateway a new token and prints its setup instructions with it.
pub(super) async fn rotate(rotate: &RotateArguments) -> Result<(), CommandError> {
    let ExistingGateway { name, config } = &rotate.gateway;
    let config = config.load_offline()?;
    let offline = Offline::open(&config).await?;
    let gateway = find(&offline.flows, name).await?;
    let adapter = AdapterSettings::load(&gateway.adapter).map_err(unreadable)?;
    let base = public_base(rotate.url.as_deref(), &adapter, &config)?;
    let keep_until = offline.flows.now() + rotate.keep_old;
    let rotated = offline.flows.rotate_token(name, rotate.keep_old).await;
    offline.close().await;
    let token = rotated.map_err(|refused| match refused {
        RotateTokenError::Unknown => unknown(name),
        RotateTokenError::OfSupplier => CommandError::failed(refused.to_string()),
        RotateTokenError::TooManyOldTokens => CommandError::failed(format!("--keep-old: {refused}")),
        RotateTokenError::Storage(error) => unusable(error),
    })?;
    let url = format!("{base}/in/{}", token.expose_secret());
    let mut text = instructions(&gateway.name, &adapter, &url);
    let _infallible = match (!rotate.keep_old.is_zero()).then_some(keep_until) {
        Some(end) => write!(
            text,
            "\nThe previous token of the gateway is valid until {}.\n",
            rfc3339(end)
        ),
        None => write!(
            text,
            "\nThe previous token of the gateway is invalid; a running server refuses it within 10 seconds.\n"
        ),
    };
    print(&text)
}

/// Enables or disables the gateway.
pub(super) async fn enable(which: &ExistingGateway, enabled: bool) -> Result<(), CommandError> {
    let change = GatewayPatch {
        enabled: Some(enabled),
        ..GatewayPatch::default()
    };
    change_gateway(which, change).await?;
    let name = &which.name;
    print(&match enabled {
        true => format!("{name} is enabled; a running server accepts its SMS within 10 seconds\n"),
        false => format!(
            "{name} is disabled: its numbers are not issued any more; a running server refuses its SMS within 10 seconds\n"
        ),
    })
}

/// Sets the networks that the gateway's requests come from.
pub(super) async fn allow(allow: &AllowArguments) -> Result<(), CommandError> {
    let networks = networks(&allow.networks)?;
    let shown = match networks.is_empty() {
        true => "everywhere".to_owned(),
        false => networks.to_string(),
    };
    let change = GatewayPatch {
        allow: Some(networks),
        ..GatewayPatch::default()
    };
    change_gateway(&allow.gateway, change).await?;
    let name = &allow.gateway.name;
    print(&format!(
        "{name} may send from {shown}; a running server takes that over within 10 seconds\n"
    ))
}

async fn change_gateway(which: &ExistingGateway, change: GatewayPatch) -> Result<(), CommandError> {
    let offline = Offline::open(&which.config.load_offline()?).await?;
    let changed = offline.flows.change_gateway(&which.name, change).await;
    offline.close().await;
    changed.map_err(|refused| match refused {
        ChangeGatewayError::Unknown => unknown(&which.name),
        ChangeGatewayError::InvalidSettings(message) => CommandError::failed(message),
        ChangeGatewayError::Storage(error) => unusable(error),
    })
}

async fn find(flows: &Flows, name: &str) -> Result<ListedGateway, CommandError> {
    let found = flows.find_gateway(name).await;
    found.map_err(unusable)?.ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> CommandError {
    CommandError::failed(format!(
        "there is no gateway of the name {name}: leaseline gateway list shows all gateways"
    ))
}

fn keep_old(text: &str) -> Result<Duration, String> {
    let age = humantime::parse_duration(text).map_err(|_| "must be a duration such as 24h".to_owned())?;
    if age > OLD_TOKEN_AGE_MAX {
        return Err("must be at most 30d".to_owned());
    }
    Ok(age)
}
