//! Checks of values beyond their kind, and of options that depend on each other.

use std::collections::HashSet;
use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use super::{Config, countries, rates, suppliers};

/// Why an option is refused.
#[derive(Debug)]
pub(super) struct InvalidOption {
    /// `section.key`.
    pub(super) key: String,
    /// The rest of the message, after the key.
    pub(super) message: String,
}

impl InvalidOption {
    pub(super) fn new(key: &str, message: impl Into<String>) -> Self {
        Self {
            key: key.to_owned(),
            message: message.into(),
        }
    }
}

/// The result of a check.
pub(super) type CheckResult = Result<(), InvalidOption>;

/// The longest duration of any option; keeps sums of times far from an overflow.
const DURATION_MAX: Duration = Duration::from_secs(3_650 * 24 * 60 * 60);

/// All checks of a configuration whose values are of the right kinds: the first problem of each.
pub(super) fn problems(config: &Config) -> impl Iterator<Item = InvalidOption> {
    let checked = [
        config.onlinesim.check(),
        config.admin.check(),
        config.tls.check(),
        config.storage.check(),
        config.backup.check(),
        config.push.check(),
        config.rent.check(),
        config.gateway.check(),
        config.filter.check(),
        config.import.check(),
        config.retention.check(),
        config.troubles.check(),
        config.notify.check(),
        config.telemetry.check(),
        config.suppliers.check(),
        config.cm_wire.check(),
        suppliers::checked(config).map(drop),
        rates::checked(&config.rates).map(drop),
        countries::check(&config.countries),
        backups_are_of_a_file(config),
        listeners_differ(config.onlinesim.listen, config.admin.listen),
        token_is_not_a_key(&config.admin.token, &config.onlinesim.keys),
    ];
    checked.into_iter().filter_map(Result::err)
}

/// PostgreSQL has programs of its own for backups.
fn backups_are_of_a_file(config: &Config) -> CheckResult {
    if config.backup.every.is_none() || !config.storage.url.is_postgres() {
        return Ok(());
    }
    let message = "is set, but storage.url is no file: back PostgreSQL up with its own programs, and remove this";
    Err(InvalidOption::new("backup.every", message))
}

/// An unspecified address (`0.0.0.0`, `[::]`) occupies the port of all addresses.
fn listeners_differ(onlinesim: SocketAddr, admin: SocketAddr) -> CheckResult {
    let overlap = onlinesim.ip() == admin.ip() || onlinesim.ip().is_unspecified() || admin.ip().is_unspecified();
    if onlinesim.port() == 0 || onlinesim.port() != admin.port() || !overlap {
        return Ok(());
    }
    Err(InvalidOption::new(
        "admin.listen",
        format!("is {admin}, but onlinesim.listen is {onlinesim}: set another port for one of them"),
    ))
}

/// Onlinesim has the partner's keys; it must not be able to administer the server with one.
fn token_is_not_a_key(token: &SecretString, keys: &[SecretString]) -> CheckResult {
    let token = token.expose_secret();
    if token.is_empty() || keys.iter().all(|key| key.expose_secret() != token) {
        return Ok(());
    }
    Err(InvalidOption::new(
        "admin.token",
        "is one of onlinesim.keys: set a token that only you know",
    ))
}

/// Refuses a duration that is too long; zero is allowed.
pub(super) fn duration(key: &str, value: Duration) -> CheckResult {
    if value <= DURATION_MAX {
        return Ok(());
    }
    let value = super::duration::text(value);
    Err(InvalidOption::new(key, format!("is {value}: set at most 3650d")))
}

/// As [`duration`], and more than zero.
pub(super) fn positive_duration(key: &str, value: Duration) -> CheckResult {
    if value.is_zero() {
        return Err(InvalidOption::new(key, "is 0s: set more than 0s"));
    }
    duration(key, value)
}

/// As [`duration`], and a second at least.
pub(super) fn duration_of_a_second(key: &str, value: Duration) -> CheckResult {
    if value < Duration::from_secs(1) {
        let value = super::duration::text(value);
        return Err(InvalidOption::new(key, format!("is {value}: set at least 1s")));
    }
    duration(key, value)
}

/// A number within its bounds.
pub(super) fn within<T: PartialOrd + Display>(key: &str, value: T, range: &RangeInclusive<T>) -> CheckResult {
    if range.contains(&value) {
        return Ok(());
    }
    let (least, most) = (range.start(), range.end());
    Err(InvalidOption::new(key, format!("is {value}: set {least} to {most}")))
}

/// Refuses a secret that a header cannot contain: only visible ASCII without spaces is allowed.
pub(super) fn header_secret(key: &str, secret: &SecretString) -> CheckResult {
    if secret
        .expose_secret()
        .chars()
        .all(|character| character.is_ascii_graphic())
    {
        return Ok(());
    }
    Err(InvalidOption::new(
        key,
        "contains a space or a character that a header cannot contain: set visible ASCII characters only",
    ))
}

/// Refuses a secret that can be guessed; an empty one is not set.
pub(super) fn secret_length(key: &str, secret: &SecretString, least: usize) -> CheckResult {
    let characters = secret.expose_secret().chars().count();
    if characters == 0 || characters >= least {
        return Ok(());
    }
    let message = format!("has {characters} characters: set at least {least}, for example with `openssl rand -hex 24`");
    Err(InvalidOption::new(key, message))
}

/// Refuses duplicates: probably two different keys were meant.
pub(super) fn distinct(key: &str, secrets: &[SecretString]) -> CheckResult {
    let mut seen = HashSet::new();
    if secrets.iter().all(|secret| seen.insert(secret.expose_secret())) {
        return Ok(());
    }
    Err(InvalidOption::new(
        key,
        "contains the same key twice: set each key once",
    ))
}

/// Refuses a URL to which a path cannot be appended: as [`base_url`], and without a query.
pub(super) fn path_base(key: &str, text: &str) -> CheckResult {
    base_url(key, text)?;
    if text.contains('?') {
        return Err(InvalidOption::new(
            key,
            "contains a ?: set the URL without it, a path is appended",
        ));
    }
    Ok(())
}

/// Refuses a text that is not an http(s) URL. The message does not repeat it, because it may contain a password.
pub(super) fn base_url(key: &str, text: &str) -> CheckResult {
    let wrong = |message: &str| Err(InvalidOption::new(key, message));
    let Ok(url) = Url::parse(text) else {
        return wrong("is not a URL: set one such as https://example.org/api");
    };
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return wrong("is not an HTTP URL: set one that begins with https:// or http://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("contains a user name or a password: set the URL without them");
    }
    if url.fragment().is_some() {
        return wrong("contains a #: set the URL without it");
    }
    Ok(())
}
