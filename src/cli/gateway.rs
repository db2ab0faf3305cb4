//! `leaseline gateway`: sets gateways up, lists and changes them, next to a running server or without one; prints how to
//! connect their programs.

mod existing;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use super::offline::{Offline, unusable};
use super::{CommandError, ConfigArguments, STANDARD_STREAM, print};
use crate::config::Config;
use crate::domain::gateway::{CheckedAdapter, GatewayName, GatewaySettings, HeartbeatTimeout};
use crate::domain::network::Networks;
use crate::flow::create_gateway::CreateGatewayError;
use crate::gateway::kind::GatewayKind;
use crate::gateway::settings::{AdapterSettings, InvalidAdapterSettings};
use crate::gateway::setup::instructions;

/// The most bytes that are read of the file with the keys.
const SECRETS_BYTES_MAX: u64 = 65_536;

/// What to do with gateways.
#[derive(Debug, Args)]
pub struct GatewayArguments {
    #[command(subcommand)]
    action: GatewayAction,
}

#[derive(Debug, Subcommand)]
enum GatewayAction {
    /// Set up a gateway and print the exact configuration for its program; its token is shown this once
    New(Box<NewGateway>),
    /// List the gateways
    List(existing::ListArguments),
    /// Show one gateway
    Show(existing::ExistingGateway),
    /// Give a gateway a new token and print the configuration for its program with it; the token is shown this once
    Rotate(existing::RotateArguments),
    /// Disable a gateway: its numbers are not issued and its SMS are refused; open rentals stay open
    Disable(existing::ExistingGateway),
    /// Enable a disabled gateway
    Enable(existing::ExistingGateway),
    /// Set the networks that a gateway's requests come from; without any, they may come from everywhere
    Allow(existing::AllowArguments),
}

/// The arguments of `gateway new`.
#[derive(Debug, Args)]
pub struct NewGateway {
    /// Its name: 1 to 64 letters (a-z, A-Z), digits, dots, - or _
    #[arg(value_name = "NAME", value_parser = GatewayName::parse)]
    name: GatewayName,
    #[arg(long, value_parser = GatewayKind::parse, help = format!("The program: {}", GatewayKind::names()))]
    kind: &'static GatewayKind,
    /// Key with which requests are signed; may be repeated (others see it: better --secret-file; sms-gate and twilio only)
    #[arg(long = "secret", value_name = "SECRET", value_parser = secret)]
    secrets: Vec<SecretString>,
    /// File with such keys, one in each line; - is standard input
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Accept its requests without a signature: anyone who knows the URL can then send SMS (sms-gate and twilio only)
    #[arg(long, conflicts_with_all = ["secrets", "secret_file"])]
    unsigned: bool,
    /// How many of its numbers may be rented at once; all of them if not given
    #[arg(long)]
    capacity: Option<u32>,
    /// After how long without a heartbeat or an SMS it is offline, such as 5m; never if not given
    #[arg(long, value_name = "DURATION", value_parser = heartbeat_timeout)]
    heartbeat_timeout: Option<HeartbeatTimeout>,
    /// Network or address that its requests come from, such as 203.0.113.0/24; may be repeated; from everywhere if not given
    #[arg(long, value_name = "NETWORK", value_delimiter = ',')]
    allow: Vec<String>,
    /// Base URL under which its program reaches this server; that of the configuration if not given
    #[arg(long, value_name = "URL", value_parser = base)]
    url: Option<String>,
    #[command(flatten)]
    config: ConfigArguments,
}

/// Runs the subcommand.
///
/// # Errors
/// The arguments contradict each other, the name is taken or unknown, or the database cannot be used.
pub async fn run(arguments: GatewayArguments) -> Result<(), CommandError> {
    match arguments.action {
        GatewayAction::New(new) => set_up(&new).await,
        GatewayAction::List(list) => existing::list(&list).await,
        GatewayAction::Show(which) => existing::show(&which).await,
        GatewayAction::Rotate(rotate) => existing::rotate(&rotate).await,
        GatewayAction::Disable(which) => existing::enable(&which, false).await,
        GatewayAction::Enable(which) => existing::enable(&which, true).await,
        GatewayAction::Allow(allow) => existing::allow(&allow).await,
    }
}

/// Sets the gateway up and prints its setup instructions.
async fn set_up(new: &NewGateway) -> Result<(), CommandError> {
    let config = new.config.load_offline()?;
    let adapter = AdapterSettings {
        kind: new.kind,
        secrets: secrets(new)?,
        unsigned: new.unsigned,
        ..AdapterSettings::default()
    };
    let checked = adapter
        .checked()
        .map_err(|invalid| CommandError::failed(in_options(&invalid)))?;
    let base = public_base(new.url.as_deref(), &adapter, &config)?;
    let settings = GatewaySettings {
        capacity: new.capacity,
        heartbeat_timeout: new.heartbeat_timeout,
        allow: networks(&new.allow)?,
        ..GatewaySettings::default()
    };
    let token = create(&config, &new.name, &settings, &checked).await?;
    let url = format!("{base}/in/{}", token.expose_secret());
    print(&instructions(&new.name, &adapter, &url))
}

/// Why the settings are refused, with the options of the command line.
fn in_options(invalid: &InvalidAdapterSettings) -> String {
    match invalid {
        InvalidAdapterSettings::SecretsMissing(kind) => format!(
            "--secret-file is missing: requests of the kind {kind} are signed; without a key give --unsigned: anyone who \
             knows the URL can then send SMS"
        ),
        other => other.to_string(),
    }
}

/// Stores the gateway and returns its token.
async fn create(
    config: &Config,
    name: &GatewayName,
    settings: &GatewaySettings,
    adapter: &CheckedAdapter,
) -> Result<SecretString, CommandError> {
    let offline = Offline::open(config).await?;
    let created = offline.flows.create_gateway(name, settings, adapter).await;
    offline.close().await;
    created.map_err(|reason| match reason {
        CreateGatewayError::NameTaken => CommandError::failed(format!("there is a gateway of the name {name} already")),
        CreateGatewayError::Storage(error) => unusable(error),
    })
}

/// The keys from the command line, then those from the file.
fn secrets(new: &NewGateway) -> Result<Vec<SecretString>, CommandError> {
    let mut secrets = new.secrets.clone();
    if let Some(path) = &new.secret_file {
        let unread = |error: String| CommandError::failed(format!("--secret-file {}: {error}", path.display()));
        let text = read(path).map_err(|error| unread(error.to_string()))?;
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let read: Vec<SecretString> = lines.map(secret).collect::<Result<_, _>>().map_err(unread)?;
        if read.is_empty() {
            return Err(unread("holds no key".to_owned()));
        }
        secrets.extend(read);
    }
    Ok(secrets)
}

fn read(path: &Path) -> io::Result<String> {
    if path.as_os_str() == STANDARD_STREAM {
        io::read_to_string(io::stdin().take(SECRETS_BYTES_MAX))
    } else {
        io::read_to_string(File::open(path)?.take(SECRETS_BYTES_MAX))
    }
}

/// What the gateway's URL begins with; `given` on the command line.
fn public_base(given: Option<&str>, adapter: &AdapterSettings, config: &Config) -> Result<String, CommandError> {
    let configured = config
        .gateway
        .public_base(&config.onlinesim, &config.tls, config.onlinesim.listen);
    match given {
        Some(url) if adapter.kind.signs_url && !adapter.secrets.is_empty() && *url != configured => {
            Err(CommandError::failed(format!(
                "--url: the signature covers the URL that is called, and the server checks it against gateway.public_url, which \
                 is {configured}: set that to the URL instead"
            )))
        }
        Some(url) => Ok(url.to_owned()),
        None => Ok(configured),
    }
}

/// A base URL without a slash at the end, so that a path can be appended.
fn base(text: &str) -> Result<String, String> {
    let expected = || "must be an http or https URL such as https://sms.example.org, without ? and #".to_owned();
    let url = Url::parse(text).map_err(|_| expected())?;
    let fits = matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none();
    if fits {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err(expected())
    }
}

fn secret(text: &str) -> Result<SecretString, String> {
    match text.trim() {
        "" => Err("a key must not be empty".to_owned()),
        key => Ok(key.into()),
    }
}

fn networks(texts: &[String]) -> Result<Networks, CommandError> {
    let networks = Networks::parse(texts.iter().map(String::as_str));
    networks.map_err(|error| CommandError::failed(error.to_string()))
}

fn heartbeat_timeout(text: &str) -> Result<HeartbeatTimeout, String> {
    let timeout = humantime::parse_duration(text).map_err(|_| "must be a duration such as 5m".to_owned())?;
    HeartbeatTimeout::new(timeout).map_err(|error| error.to_string())
}
