//! What the sections of all wholesalers have in common.

use std::net::IpAddr;

use reqwest::Url;
use serde::Serialize;
use toml::{Table, Value};

use crate::config::checks::{self, CheckResult, InvalidOption};
use crate::config::{DEFAULTS, options};

/// Whether a section is as in the default file, that is, not written.
pub(super) fn is_off<T: Serialize>(section: &str, values: &T) -> bool {
    let defaults: Table = DEFAULTS.parse().expect("a test parses the default file");
    Value::try_from(values).is_ok_and(|values| defaults.get(section) == Some(&values))
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
    let stays_private = |url: Url| url.scheme() == "https" || is_loopback(&url);
    if allow_http || Url::parse(url).is_ok_and(stays_private) {
        return Ok(());
    }
    let message = format!(
        "is not https, so the credentials could be read on their way: set one that begins with https://, or \
         {section}.allow_http to true"
    );
    Err(InvalidOption::new(&key, message))
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}
