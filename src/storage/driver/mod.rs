//! What the storage says to a database: statements with their arguments, rows, and transactions that run them.
//!
//! There are two databases: SQLite, through sqlx, and PostgreSQL, through tokio-postgres, which sends the statements of a trip
//! without waiting between them. Everything that differs between them is in [`sqlite`] and [`postgres`]; no type of either
//! library is visible outside the storage.

mod argument;
mod postgres;
mod row;
mod sqlite;
mod statement;
mod stored;
mod text;
mod transaction;

pub(super) use argument::{Argument, ColumnType};
pub(super) use postgres::PostgresTransaction;
pub(super) use row::Row;
pub use statement::Read;
pub(super) use statement::{Sql, Statement, Value, generated, statement};
pub(super) use text::json;
pub use transaction::{ReadTx, WriteTx};
