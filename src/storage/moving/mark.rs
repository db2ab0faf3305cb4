//! The mark of a database whose content was moved, or is being moved.

use strum::{EnumString, IntoStaticStr};

use crate::domain::backup::file_time;
use crate::domain::time::Timestamp;
use crate::storage::driver::Sql;
use crate::storage::error::{Error, UnusableFile};
use crate::storage::{Database, ReadTx, WriteTx, as_text};

/// Where everything is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(super) enum MovedTo {
    /// In a file of SQLite.
    Sqlite,
    /// In a PostgreSQL.
    Postgres,
    /// Here: this is a copy, and the other database may not be marked yet.
    Here,
}

/// The mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MoveMark {
    /// When the move was begun; the same in both databases.
    pub(super) at: Timestamp,
    pub(super) to: MovedTo,
}

impl MoveMark {
    /// Why the database cannot be used.
    pub(super) fn refusal(self) -> Error {
        let to = match self.to {
            MovedTo::Sqlite => "a file of SQLite",
            MovedTo::Postgres => "PostgreSQL",
            MovedTo::Here => return UnusableFile::CopyUnfinished.into(),
        };
        let at = file_time(self.at);
        UnusableFile::Moved { to, at }.into()
    }
}

/// The mark, if there is one. Tables of an earlier version have no place for it.
pub(super) async fn read(tx: &mut ReadTx) -> Result<Option<MoveMark>, Error> {
    let exists = Sql {
        sqlite: "SELECT count(*) AS tables FROM sqlite_schema WHERE type = 'table' AND name = 'moved'",
        postgres: "SELECT count(*) AS tables FROM pg_class WHERE oid = to_regclass('moved')",
    };
    if tx.fetch_one("moved", exists, []).await?.get::<i64>("tables")? == 0 {
        return Ok(None);
    }
    let found = tx
        .fetch_first("moved", "SELECT moved_at, moved_to FROM moved", [])
        .await?;
    let mark = found.map(|row| {
        Ok(MoveMark {
            at: row.get("moved_at")?,
            to: row.parse("moved_to", str::parse)?,
        })
    });
    mark.transpose()
}

pub(super) fn set(tx: &mut WriteTx, mark: MoveMark) {
    let sql = "INSERT INTO moved (id, moved_at, moved_to) VALUES (1, $1, $2)";
    tx.queue("moved", sql, 1, [mark.at.as_ms().into(), as_text(mark.to).into()]);
}

pub(super) fn clear(tx: &mut WriteTx) {
    tx.queue_any("moved", "DELETE FROM moved WHERE true", []);
}

/// Refuses a database that was moved, or that an unfinished move copied.
pub(in crate::storage) async fn ensure_in_use(database: &Database) -> Result<(), Error> {
    match read(&mut database.read().await?).await? {
        None => Ok(()),
        Some(mark) => Err(mark.refusal()),
    }
}

/// Removes the mark of a database that was moved, so that it is served again; whether there was one.
pub async fn undo(database: &Database) -> Result<bool, Error> {
    let mut tx = database.write().await?;
    match read(&mut tx).await? {
        None => Ok(false),
        Some(mark) if mark.to == MovedTo::Here => Err(mark.refusal()),
        Some(_) => {
            clear(&mut tx);
            tx.commit().await?;
            Ok(true)
        }
    }
}
