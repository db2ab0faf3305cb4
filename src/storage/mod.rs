//! The only SQL of the server: an embedded SQLite file, or PostgreSQL for several replicas.
//!
//! Functions take the transaction that a use case has opened and never commit. They return domain types; no type of the
//! database library is visible outside. Lists are passed to a statement as one JSON text, and statements that only write are
//! queued in the transaction: a hundred rows in four tables cost one round trip to the database's thread.

pub mod archive_file;
pub mod archives;
pub mod audit;
pub mod check;
pub mod costs;
mod database;
pub mod deliveries;
mod driver;
mod error;
pub mod figures;
pub mod gateways;
mod health;
pub mod incomplete_messages;
pub mod inventory;
pub mod ledger;
pub mod lost_operations;
pub mod messages;
mod migrations;
pub mod moving;
pub mod notifications;
pub mod numbers;
pub mod operations;
pub mod order_callbacks;
pub mod order_lines;
pub mod orders;
pub mod owned_numbers;
pub mod pools;
mod postgres;
pub mod restock_rules;
pub mod restores;
pub mod retention;
mod settings;
pub mod slots;
mod slow_commits;
pub mod sqlite;
pub mod stock;
pub mod supplier_pauses;
pub mod troubles;
mod write_probe;

use driver::json;

pub use database::Database;
pub use driver::{Read, ReadTx, WriteTx};
pub use error::{Error, UnusableFile};
pub use settings::{ServerTls, StorageSettings};
pub use slow_commits::SLOW_COMMIT;
pub use sqlite::{path_of, shared_with_others};

/// The text by which a value of an enum is stored.
fn as_text<T: Into<&'static str>>(value: T) -> &'static str {
    value.into()
}
