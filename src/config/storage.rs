//! `[storage]`: the database.

mod url;

use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::checks::{self, CheckResult, InvalidOption};
use super::{secret, section};

pub use url::DatabaseUrl;
pub(super) use url::has_password;

/// The longest name in PostgreSQL, in bytes.
const SCHEMA_BYTES_MAX: usize = 63;
/// More connections than this are a mistake: a server of PostgreSQL has a hundred by default.
const CONNECTIONS_MAX: usize = 1000;
/// Why a URL of PostgreSQL is refused.
pub const NOT_YET: &str = "names a PostgreSQL, and PostgreSQL cannot be used yet: set one such as sqlite:leaseline.db";

/// The database.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StorageConfig {
    /// `sqlite:` and the path of the file, in the form that sqlx reads (`sqlite://` and a query are accepted too), or the URL of
    /// a PostgreSQL.
    pub url: DatabaseUrl,
    /// Whether the server checks the database for damage when it starts.
    pub check: StorageCheck,
    /// Whether the server brings the tables up to date when it starts; `None`: where they are in a file.
    pub migrate: Option<bool>,
    /// The password of PostgreSQL.
    #[serde(default, serialize_with = "secret::optional")]
    pub password: Option<SecretString>,
    /// A file with that password.
    pub password_file: Option<PathBuf>,
    /// Connections that write.
    pub connections: usize,
    /// Connections that read, for requests and workers.
    pub readers: usize,
    /// How connections to PostgreSQL are encrypted.
    pub tls: StorageTls,
    /// PEM file with the authorities by which the server's certificate is trusted; `None`: those of the system.
    pub ca_file: Option<PathBuf>,
    /// PEM file with our certificate.
    pub client_cert: Option<PathBuf>,
    /// PEM file with its key.
    pub client_key: Option<PathBuf>,
    /// Whether connections to other machines may be plain.
    pub allow_plain: bool,
    /// Whether the server only starts on a PostgreSQL with a synchronous standby.
    pub require_standby: bool,
    /// Where the tables are; `None`: where the search path of the user leads.
    pub schema: Option<String>,
}

/// The check at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StorageCheck {
    /// For two seconds at most.
    Quick,
    /// None.
    Off,
}

/// How connections are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StorageTls {
    /// The server's certificate has to be from an authority that is trusted, and for its name.
    VerifyFull,
    /// The name is not checked, and the authority only against `ca_file`.
    Require,
    /// Not at all.
    Off,
}

impl StorageConfig {
    /// Whether the server brings the tables up to date when it starts.
    #[must_use]
    pub fn migrates(&self) -> bool {
        self.migrate.unwrap_or(!self.url.is_postgres())
    }

    pub(super) fn check(&self) -> CheckResult {
        self.check_values()?;
        self.refuse_postgres()
    }

    /// Not everything that several replicas need is there yet.
    fn refuse_postgres(&self) -> CheckResult {
        match self.url.is_postgres() {
            true => Err(InvalidOption::new("storage.url", NOT_YET)),
            false => Ok(()),
        }
    }

    /// What is wrong whatever the url is, then what is wrong with it. Options of the other kind of database may be set.
    pub(super) fn check_values(&self) -> CheckResult {
        let wrong = |key: &str, message: &str| Err(InvalidOption::new(key, message));
        checks::within("storage.connections", self.connections, &(1..=CONNECTIONS_MAX))?;
        checks::within("storage.readers", self.readers, &(1..=CONNECTIONS_MAX))?;
        if self.password.is_some() && self.password_file.is_some() {
            return wrong(
                "storage.password_file",
                "is set, but storage.password is, too: keep one of them",
            );
        }
        match (&self.client_cert, &self.client_key) {
            (Some(_), None) => {
                return wrong(
                    "storage.client_key",
                    "is missing: storage.client_cert is set, and each needs the other",
                );
            }
            (None, Some(_)) => {
                return wrong(
                    "storage.client_cert",
                    "is missing: storage.client_key is set, and each needs the other",
                );
            }
            _ => {}
        }
        if let Some(schema) = &self.schema
            && (schema.len() > SCHEMA_BYTES_MAX || schema.contains('\0') || schema.starts_with("pg_"))
        {
            return wrong(
                "storage.schema",
                "cannot be the name of a schema: set at most 63 bytes that do not begin with pg_",
            );
        }
        match self.url.server() {
            None => self.check_file(),
            Some(Err(message)) => wrong("storage.url", &message),
            Some(Ok(server)) => self.check_server(&server),
        }
    }

    /// Refuses another database, no path, and a database in memory, in which nothing would be durable.
    fn check_file(&self) -> CheckResult {
        let wrong = |message: &str| Err(InvalidOption::new("storage.url", message));
        let Some(rest) = self.url.expose().strip_prefix("sqlite:") else {
            return wrong("does not begin with \"sqlite:\": set one such as sqlite:leaseline.db");
        };
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        if path.contains(":memory:") || query.split('&').any(|pair| pair == "mode=memory") {
            return wrong(
                "is a database in memory, in which nothing would be durable: set a file such as sqlite:leaseline.db",
            );
        }
        if path.trim().is_empty() {
            return wrong("has no path: set one such as sqlite:leaseline.db");
        }
        Ok(())
    }

    /// Refuses a second password, and plain connections to other machines.
    fn check_server(&self, server: &url::ServerUrl) -> CheckResult {
        let other_password = match (&self.password, &self.password_file) {
            (Some(_), _) => Some("storage.password"),
            (_, Some(_)) => Some("storage.password_file"),
            _ => None,
        };
        if let Some(other) = other_password.filter(|_| server.has_password) {
            let message = "is set, but storage.url has a password, too: keep one of them";
            return Err(InvalidOption::new(other, message));
        }
        if self.tls == StorageTls::Off && !self.allow_plain && !server.is_local() {
            return Err(InvalidOption::new(
                "storage.tls",
                "is \"off\", but storage.url leads to another machine, so SMS could be read on their way: set \
                 \"verify-full\", or storage.allow_plain to true",
            ));
        }
        Ok(())
    }
}
