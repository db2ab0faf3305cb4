//! Why a server does not start, each a sentence for the operator.

use super::SuppliersError;
use crate::config::ConfigError;
use crate::flow::StorageError;
use crate::notify::NotifierError;
use crate::onlinesim::push_sms::PusherError;
use crate::storage;

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The file cannot be opened or brought up to date.
    #[error("storage.url: {0}")]
    Storage(#[from] storage::Error),
    /// The leases of the previous process cannot be ended.
    #[error("storage.url: {0}")]
    Leases(#[from] StorageError),
    /// The tables are older than this version, and it may not change them.
    #[error(
        "the tables of the database are not up to date ({0} migrations are pending) and storage.migrate is false: run \
         `leaseline migrate`"
    )]
    Outdated(usize),
    /// What is answered would be on one machine only.
    #[error(
        "storage.require_standby: the database has no synchronous standby (synchronous_standby_names is empty), so a failover could lose \
         rentals, SMS and credits that were answered already: configure one, or set storage.require_standby to false to accept that"
    )]
    NoStandby,
    /// Another server has the file.
    #[error("storage.url: another leaseline serves this database already")]
    Locked,
    /// PUSH_SMS cannot be sent.
    #[error(transparent)]
    Pusher(#[from] PusherError),
    /// Troubles cannot be reported.
    #[error(transparent)]
    Notifier(#[from] NotifierError),
    /// A section is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The clients of the wholesalers cannot be made.
    #[error(transparent)]
    Suppliers(#[from] SuppliersError),
    /// The certificate of HTTPS cannot be served; the message names the option.
    #[error("{0}")]
    Certificate(String),
    /// `[countries]` is invalid.
    #[error("countries: {0}")]
    Countries(#[from] crate::domain::country::CountryNamesError),
}
