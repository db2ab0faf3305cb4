//! `[notify.mail]`: an SMTP server and addresses.

use lettre::Address;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::config::checks::{self, InvalidOption};
use crate::config::{secret, section};

/// The most recipients of mail.
const RECIPIENTS_MAX: usize = 20;

/// `[notify.mail]`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// The SMTP server.
    pub host: Option<String>,
    /// How the connection is encrypted.
    pub tls: MailEncryption,
    /// Its port; `None`: the usual one.
    pub port: Option<u16>,
    /// The name to log in with.
    pub user: Option<String>,
    /// Its password.
    #[serde(default, serialize_with = "secret::optional")]
    pub password: Option<SecretString>,
    /// The sender.
    pub from: Option<String>,
    /// The recipients.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
}

/// How the connection to the SMTP server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MailEncryption {
    /// From the first byte (RFC 8314).
    Tls,
    /// After STARTTLS (RFC 3207); without it nothing is sent.
    StartTls,
    /// Not at all.
    Off,
}

/// An SMTP server, and whose mail it takes.
#[derive(Debug, Clone)]
pub struct MailAccount {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: MailEncryption,
    /// Name and password, where it wants them.
    pub login: Option<(String, SecretString)>,
    /// The sender.
    pub from: Address,
    /// The recipients.
    pub to: Vec<Address>,
}

impl MailConfig {
    pub(super) fn checked(&self) -> Result<Option<MailAccount>, InvalidOption> {
        if section::is_off("notify.mail", self) {
            return Ok(None);
        }
        let host = section::required("notify.mail", "host", &self.host)?;
        if !is_host(&host) {
            let message = "is not the name of a server: set one such as smtp.example.org, without a scheme and a port";
            return Err(InvalidOption::new("notify.mail.host", message));
        }
        let login = self.login()?;
        if login.is_some() && self.tls == MailEncryption::Off && !section::is_loopback(&host) {
            let message = "is \"off\", so the password could be read on its way: set \"tls\" or \"starttls\"";
            return Err(InvalidOption::new("notify.mail.tls", message));
        }
        if self.port == Some(0) {
            return Err(InvalidOption::new("notify.mail.port", "is 0: set 1 to 65535"));
        }
        let from = address(
            "notify.mail.from",
            &section::required("notify.mail", "from", &self.from)?,
        )?;
        let to = Some(&self.to).filter(|to| !to.is_empty()).cloned();
        let to = section::required("notify.mail", "to", &to)?;
        checks::within("notify.mail.to", to.len(), &(1..=RECIPIENTS_MAX))?;
        Ok(Some(MailAccount {
            host,
            port: self.port.unwrap_or_else(|| self.tls.usual_port()),
            encryption: self.tls,
            login,
            from,
            to: to
                .iter()
                .map(|to| address("notify.mail.to", to))
                .collect::<Result<_, _>>()?,
        }))
    }

    fn login(&self) -> Result<Option<(String, SecretString)>, InvalidOption> {
        let missing = |key: &str, set| {
            Err(InvalidOption::new(
                key,
                format!("is missing, but {set} is set: set both"),
            ))
        };
        match (&self.user, &self.password) {
            (Some(user), Some(password)) => Ok(Some((user.clone(), password.clone()))),
            (None, None) => Ok(None),
            (None, Some(_)) => missing("notify.mail.user", "notify.mail.password"),
            (Some(_), None) => missing("notify.mail.password", "notify.mail.user"),
        }
    }
}

impl MailEncryption {
    /// RFC 8314, RFC 6409, RFC 5321.
    const fn usual_port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::StartTls => 587,
            Self::Off => 25,
        }
    }
}

/// A name or an address; IPv6 addresses have colons.
fn is_host(text: &str) -> bool {
    let is_name = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    is_name || text.parse::<std::net::IpAddr>().is_ok()
}

/// An address alone, in ASCII: headers need no encoding then.
fn address(key: &str, text: &str) -> Result<Address, InvalidOption> {
    let parsed = Some(text)
        .filter(|text| text.is_ascii())
        .and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| {
        let message = "has a text that is not an address: set one such as you@example.org, without a name";
        InvalidOption::new(key, message)
    })
}
