//! What a value must be beyond its kind, and what two options must agree on.

use std::collections::HashSet;
use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use super::{Config, countries};

/// Why an option is refused.
#[derive(Debug)]
pub(super) struct InvalidOption {
    /// `section.key`.
    pub(super) key: String,
    /// What comes after the key.
    pub(super) sentence: String,
}

impl InvalidOption {
    pub(super) fn new(key: &str, sentence: impl Into<String>) -> Self {
        Self {
            key: key.to_owned(),
            sentence: sentence.into(),
        }
    }
}

/// What each check gives.
pub(super) type CheckResult = Result<(), InvalidOption>;

/// No option takes longer: it keeps the arithmetic of times far from its limits.
const LONGEST: Duration = Duration::from_secs(3_650 * 24 * 60 * 60);

/// Everything that can be wrong with a configuration whose values are of the right kinds.
pub(super) fn check(config: &Config) -> CheckResult {
    config.onlinesim.check()?;
    config.admin.check()?;
    config.storage.check()?;
    config.push.check()?;
    config.rent.check()?;
    config.gateway.check()?;
    config.import.check()?;
    config.retention.check()?;
    config.troubles.check()?;
    config.telemetry.check()?;
    countries::check(&config.countries)?;
    listeners_differ(config.onlinesim.listen, config.admin.listen)?;
    token_is_no_key(&config.admin.token, &config.onlinesim.keys)
}

/// An unspecified address (`0.0.0.0`, `[::]`) takes the port on all of them.
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

/// Onlinesim holds the partner's keys; it must not be able to administer the server with one.
fn token_is_no_key(token: &SecretString, keys: &[SecretString]) -> CheckResult {
    let token = token.expose_secret();
    if token.is_empty() || keys.iter().all(|key| key.expose_secret() != token) {
        return Ok(());
    }
    Err(InvalidOption::new(
        "admin.token",
        "is one of onlinesim.keys: set a token that only you know",
    ))
}

/// Not too long, whatever it is for; zero is allowed.
pub(super) fn duration(key: &str, value: Duration) -> CheckResult {
    if value <= LONGEST {
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

/// A number within its bounds.
pub(super) fn within<T: PartialOrd + Display>(key: &str, value: T, range: &RangeInclusive<T>) -> CheckResult {
    if range.contains(&value) {
        return Ok(());
    }
    let (least, most) = (range.start(), range.end());
    Err(InvalidOption::new(key, format!("is {value}: set {least} to {most}")))
}

/// A secret travels in a header: visible ASCII, no spaces.
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
        "holds a space or a character that no header can carry: set visible ASCII characters only",
    ))
}

/// No two the same: a list with a double was meant to have two keys.
pub(super) fn distinct(key: &str, secrets: &[SecretString]) -> CheckResult {
    let mut seen = HashSet::new();
    if secrets.iter().all(|secret| seen.insert(secret.expose_secret())) {
        return Ok(());
    }
    Err(InvalidOption::new(key, "holds the same key twice: set each key once"))
}

/// An http(s) URL that is nothing but the beginning of others.
pub(super) fn path_base(key: &str, text: &str) -> CheckResult {
    base_url(key, text)?;
    if text.contains('?') {
        return Err(InvalidOption::new(
            key,
            "holds a ?: set the URL without it, a path is appended",
        ));
    }
    Ok(())
}

/// An http(s) URL to which a path can be appended. It is not repeated in the sentence: it may hold a password.
pub(super) fn base_url(key: &str, text: &str) -> CheckResult {
    let wrong = |sentence: &str| Err(InvalidOption::new(key, sentence));
    let Ok(url) = Url::parse(text) else {
        return wrong("is not a URL: set one such as https://example.org/api");
    };
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return wrong("is no URL for HTTP: set one that begins with https:// or http://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("holds a user name or a password: set the URL without them");
    }
    if url.fragment().is_some() {
        return wrong("holds a #: set the URL without it");
    }
    Ok(())
}
