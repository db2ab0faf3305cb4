//! What sections have in common that are off unless they are written: those of wholesalers and of notifications.

use std::net::IpAddr;

use reqwest::Url;
use serde::Serialize;
use toml::{Table, Value};

use super::checks::{self, CheckResult, InvalidOption};
use super::{DEFAULTS, options};

/// Whether a section is as in the default file, that is, not written.
pub(super) fn is_off<T: Serialize>(section: &str, values: &T) -> bool {
    let defaults: Table = DEFAULTS.parse().expect("a test parses the default file");
    let defaults = section
        .split('.')
        .try_fold(&Value::Table(defaults), |table, name| table.get(name))
        .cloned();
    Value::try_from(values).is_ok_and(|values| defaults == Some(values))
}

/// An option that a section needs as soon as another option of it is set.
pub(super) fn required<T: Clone>(section: &str, key: &str, value: &Option<T>) -> Result<T, InvalidOption> {
    let key = format!("{section}.{key}");
    value.clone().ok_or_else(|| {
        let variable = options::variable(&key);
        let message = format!(
            "is missing, but other options of [{section}] are set: set it in the configuration file or as {variable}, or \
             remove all of them"
        );
        InvalidOption::new(&key, message)
    })
}

/// Refuses a URL to which the credentials would travel unencrypted, unless that is allowed or they stay on this machine.
pub(super) fn check_url(section: &str, url: &str, allow_http: bool) -> CheckResult {
    let key = format!("{section}.url");
    checks::path_base(&key, url)?;
    if allow_http || stays_private(url) {
        return Ok(());
    }
    let message = format!(
        "is not https, so the credentials could be read on their way: set one that begins with https://, or \
         {section}.allow_http to true"
    );
    Err(InvalidOption::new(&key, message))
}

/// Whether what is sent to the URL is encrypted or stays on this machine.
pub(super) fn stays_private(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.scheme() == "https" || is_loopback(url.host_str().unwrap_or_default()))
}

/// Whether that host is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}
