//! `storage.url`, which is shown without its password, and what it says about a PostgreSQL.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize, Serializer};

/// The option by which a parameter of the URL is set instead.
const OURS: [(&str, &str); 7] = [
    ("sslmode", "storage.tls"),
    ("sslrootcert", "storage.ca_file"),
    ("sslcert", "storage.client_cert"),
    ("sslkey", "storage.client_key"),
    ("options", "storage.schema"),
    ("password", "storage.password"),
    ("hostaddr", "the addresses as hosts"),
];
/// The parameters that a URL may have.
const KNOWN: [&str; 12] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "host",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "load_balance_hosts",
    "port",
    "target_session_attrs",
    "tcp_user_timeout",
];

/// The URL of a database. Debug and Serialize show no password.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl(String);

impl<T: Into<String>> From<T> for DatabaseUrl {
    fn from(url: T) -> Self {
        Self(url.into())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.redacted(), formatter)
    }
}

impl Serialize for DatabaseUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.redacted().serialize(serializer)
    }
}

impl DatabaseUrl {
    /// All of it, the password included.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is that of a PostgreSQL.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.of_server().is_some()
    }

    /// What follows the scheme of a PostgreSQL.
    fn of_server(&self) -> Option<&str> {
        let after = |scheme| self.0.strip_prefix(scheme);
        after("postgres://").or_else(|| after("postgresql://"))
    }

    /// What it says about a PostgreSQL; `None`: it is that of another database.
    pub(super) fn server(&self) -> Option<Result<ServerUrl, String>> {
        self.of_server().map(ServerUrl::parse)
    }

    fn redacted(&self) -> Cow<'_, str> {
        let login = self.of_server().and_then(|rest| Some((rest, rest.rsplit_once('@')?)));
        match login.and_then(|(rest, (login, server))| Some((rest, login.split_once(':')?.0, server))) {
            Some((rest, user, server)) => {
                let scheme = self.0.strip_suffix(rest).unwrap_or_default();
                format!("{scheme}{user}:***@{server}").into()
            }
            None => Cow::Borrowed(&self.0),
        }
    }
}

/// Whether a text of a configuration file is a URL with a password.
pub(in crate::config) fn has_password(url: &str) -> bool {
    let url = DatabaseUrl::from(url);
    matches!(url.redacted(), Cow::Owned(_))
}

/// The parts of the URL that are checked; it is read as the library of PostgreSQL reads it.
pub(super) struct ServerUrl {
    pub(super) has_password: bool,
    /// Names and addresses, and folders of sockets.
    pub(super) hosts: Vec<String>,
}

impl ServerUrl {
    fn parse(rest: &str) -> Result<Self, String> {
        let (login, rest) = rest.split_once('@').unwrap_or(("", rest));
        let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = place.split_once('/').unwrap_or((place, ""));
        if authority.contains('@') {
            return Err("has more than one @: write one that belongs to a name or a password as %40".into());
        }
        let mut hosts: Vec<String> = Vec::new();
        for host in authority.split(',').filter(|_| !authority.is_empty()) {
            hosts.push(decoded(host_of(host)?)?);
        }
        for pair in parameters.split('&').filter(|pair| !pair.is_empty()) {
            hosts.extend(parameter(pair)?);
        }
        if database.is_empty() {
            return Err("names no database: set one such as postgres://leaseline@db.example.org/leaseline".into());
        }
        if hosts.is_empty() || hosts.iter().any(String::is_empty) {
            let message =
                "names no host: set a name, an address, or the folder of a socket as %2Fvar%2Frun%2Fpostgresql";
            return Err(message.into());
        }
        if hosts.iter().any(|host| is_socket(host)) && !hosts.iter().all(|host| is_socket(host)) {
            return Err("has hosts and sockets: set those of one kind".into());
        }
        Ok(Self {
            has_password: login.contains(':'),
            hosts,
        })
    }

    /// Whether nothing of what is sent leaves this machine.
    pub(super) fn is_local(&self) -> bool {
        let is_local = |host: &String| is_socket(host) || super::section::is_loopback(host);
        self.hosts.iter().all(is_local)
    }
}

/// Whether it is the folder of a socket.
fn is_socket(host: &str) -> bool {
    host.starts_with('/')
}

/// A host without its port.
fn host_of(text: &str) -> Result<&str, String> {
    let wrong =
        || "has a host or a port that is none: set one such as db.example.org:5432 or [2001:db8::7]:5432".to_owned();
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']').ok_or_else(wrong)?;
            let port = rest.strip_prefix(':');
            (host, port.or((!rest.is_empty()).then_some("")))
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    match port.map(str::parse::<u16>) {
        Some(Err(_)) => Err(wrong()),
        _ => Ok(host),
    }
}

fn decoded(text: &str) -> Result<String, String> {
    let text = percent_decode_str(text).decode_utf8();
    text.map(Cow::into_owned)
        .map_err(|_| "has bytes that are not UTF-8".to_owned())
}

/// Checks a parameter; a host, if it is one.
fn parameter(pair: &str) -> Result<Option<String>, String> {
    let Some((key, value)) = pair.split_once('=') else {
        return Err("has a parameter without a value after its ?".into());
    };
    let (key, value) = (decoded(key)?, decoded(value)?);
    if let Some((_, option)) = OURS.iter().find(|(name, _)| *name == key) {
        return Err(format!("has the parameter {key}: set {option} instead"));
    }
    if !KNOWN.contains(&key.as_str()) {
        return Err(format!("has an unknown parameter: it may have {}", KNOWN.join(", ")));
    }
    if key == "target_session_attrs" && value != "read-write" {
        return Err(format!(
            "has the parameter {key}: remove it, the host that takes writes is always looked for"
        ));
    }
    Ok((key == "host").then_some(value))
}
