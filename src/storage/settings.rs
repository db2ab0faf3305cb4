//! How the database is reached.

use std::path::PathBuf;

use secrecy::SecretString;

/// Which database, and how it is reached. What follows the URL is for PostgreSQL only.
#[derive(Debug, Clone)]
pub struct StorageSettings {
    /// `sqlite:leaseline.db` or `postgres://user@db1,db2/leaseline`.
    pub url: SecretString,
    /// The password, if the URL has none.
    pub password: Option<SecretString>,
    /// A file with the password.
    pub password_file: Option<PathBuf>,
    /// Connections that write.
    pub connections: usize,
    /// Connections that read, for requests and workers.
    pub readers: usize,
    /// How connections are encrypted; those to sockets never are.
    pub tls: ServerTls,
    /// PEM file with the authorities that are trusted; `None`: those of the system.
    pub ca_file: Option<PathBuf>,
    /// PEM files with our certificate and its key.
    pub client: Option<(PathBuf, PathBuf)>,
    /// The schema of the tables; `None`: where the search path leads.
    pub schema: Option<String>,
}

/// How connections to a server are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerTls {
    /// The certificate has to be from a trusted authority, and for the name of the server.
    VerifyFull,
    /// The name is not checked, and the authority only against a file.
    Require,
    /// Not at all.
    Off,
}

/// The database of that URL, with what the options have when they are not set.
impl<Url: AsRef<str> + ?Sized> From<&Url> for StorageSettings {
    fn from(url: &Url) -> Self {
        Self {
            url: url.as_ref().into(),
            password: None,
            password_file: None,
            connections: 8,
            readers: 4,
            tls: ServerTls::VerifyFull,
            ca_file: None,
            client: None,
            schema: None,
        }
    }
}
