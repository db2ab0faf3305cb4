//! What the library of PostgreSQL is given to connect.

use std::fs;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use super::error::with_causes;
use crate::storage::error::Error;
use crate::storage::settings::{ServerTls, StorageSettings};

/// How long connecting to one address may take, before the next one is tried.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long data that was sent may stay without an answer of the other side's system: then the connection is dead.
const UNANSWERED_TIMEOUT: Duration = Duration::from_secs(10);
/// Without data for so long, the system asks the other side, and so often again.
const KEEPALIVES_IDLE: Duration = Duration::from_secs(10);
const KEEPALIVES_INTERVAL: Duration = Duration::from_secs(3);
const KEEPALIVES_RETRIES: u32 = 3;

/// The hosts, the user and the database, with the password wherever it is.
pub(super) fn config(settings: &StorageSettings) -> Result<Config, Error> {
    let url = settings.url.expose_secret();
    let parsed = url.parse::<Config>();
    let mut config = parsed.map_err(|error| Error::Unfit(with_causes(&error)))?;
    if let Some(password) = password(settings)? {
        config.password(password.expose_secret());
    }
    let is_socket = |host: &Host| matches!(host, Host::Unix(_));
    let is_plain = settings.tls == ServerTls::Off || config.get_hosts().iter().all(is_socket);
    config.ssl_mode(match is_plain {
        true => SslMode::Disable,
        false => SslMode::Require,
    });
    config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    if config.get_application_name().is_none() {
        config.application_name("leaseline");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(UNANSWERED_TIMEOUT);
    }
    if !url.contains("keepalives") {
        config.keepalives_idle(KEEPALIVES_IDLE);
        config.keepalives_interval(KEEPALIVES_INTERVAL);
        config.keepalives_retries(KEEPALIVES_RETRIES);
    }
    Ok(config)
}

/// The password that is not in the URL.
fn password(settings: &StorageSettings) -> Result<Option<SecretString>, Error> {
    let Some(file) = &settings.password_file else {
        return Ok(settings.password.clone());
    };
    let wrong = |reason: String| Error::Unfit(format!("storage.password_file ({}) {reason}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(wrong("is empty".into())),
        password => Ok(Some(password.into())),
    }
}
