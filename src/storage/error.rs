//! Errors of the database, for the operator: they name the table or the step.

use sqlx::error::DatabaseError;
use sqlx::sqlite::SqliteQueryResult;

/// A statement failed. Nothing of its transaction is kept. Never carries a value that was bound (rule 11).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The file cannot be used now: locked, full, read-only, gone. Try again.
    #[error("the database is not available ({step}): {reason}")]
    Unavailable {
        /// What was tried.
        step: &'static str,
        /// The database's message.
        reason: String,
    },
    /// A guarded statement changed another number of rows than expected: a race was lost, or a rule would be violated.
    #[error("{table}: {changed} rows changed, {expected} were expected")]
    Conflict {
        /// The table.
        table: &'static str,
        /// Rows that changed.
        changed: u64,
        /// Rows that were expected to.
        expected: u64,
    },
    /// A constraint of the database refused the statement.
    #[error("{step}: {reason}")]
    Refused {
        /// What was tried.
        step: &'static str,
        /// The database's message.
        reason: String,
    },
    /// A row contains what no version of this program writes.
    #[error("{table}: a row cannot be read: {column}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// This program cannot use the file. Nothing in it was changed.
    #[error(transparent)]
    Unusable(#[from] UnusableFile),
}

/// Why a file is refused before anything in it is changed, with its path or the number of a migration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnusableFile {
    /// It does not exist.
    #[error("there is no file {0}: run leaseline migrate first")]
    Missing(String),
    /// It is not a SQLite database, or that of another program.
    #[error("{0} is not a database of leaseline and is left as it is: set another path")]
    NotOurs(String),
    /// It has several names.
    #[error("{0} has several names (hard links), and SQLite would keep a log for each: remove all but one")]
    HardLinked(String),
    /// It has a migration that this version does not know.
    #[error(
        "this database was written by a newer leaseline (it had migration {0}, which this version does not know): \
         use that version, or restore a backup from before"
    )]
    Newer(i64),
    /// One of its migrations has another content in this version.
    #[error(
        "migration {0} of this database is not the one of this leaseline: it was made by a changed build; use that build, \
         or restore a backup"
    )]
    Altered(i64),
}

impl Error {
    pub(super) fn unavailable(step: &'static str, reason: String) -> Self {
        Self::Unavailable { step, reason }
    }

    /// The last write failed, and so would the next one.
    #[must_use]
    pub fn unwritable() -> Self {
        Self::unavailable("write", "the last write failed".to_owned())
    }

    /// Whether the same statement may succeed later, with the same data.
    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// Whether a constraint or the expected number of rows was violated.
    #[must_use]
    pub const fn is_refused(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Conflict { .. })
    }
}

/// SQLite's primary result code, if the error is one of SQLite.
fn code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error().and_then(DatabaseError::code)?;
    code.parse::<i32>().ok().map(|code| code & 0xff)
}

/// ERROR: among others, a COMMIT or ROLLBACK with no transaction to end.
pub(super) fn is_misuse(error: &sqlx::Error) -> bool {
    code(error) == Some(1)
}

/// CONSTRAINT: the primary code of a refusal by a CHECK, an index, a key or a trigger.
const CONSTRAINT: i32 = 19;

/// PERM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB.
pub(super) fn wants_new_connection(error: &sqlx::Error) -> bool {
    matches!(code(error), Some(3 | 8 | 10 | 11 | 13 | 14 | 26))
}

/// INTERRUPT: a progress handler ended the statement.
pub(super) fn is_interrupted(error: &sqlx::Error) -> bool {
    code(error) == Some(9)
}

/// CORRUPT, NOTADB.
pub(super) fn is_damage(error: &sqlx::Error) -> bool {
    matches!(code(error), Some(11 | 26))
}

fn from_sqlx(step: &'static str, error: &sqlx::Error) -> Error {
    let reason = error.to_string();
    if code(error) == Some(CONSTRAINT) {
        Error::Refused { step, reason }
    } else {
        Error::Unavailable { step, reason }
    }
}

/// Adds to an error during which step, or on which table, it occurred.
pub(super) trait DatabaseResult<T> {
    fn context(self, step: &'static str) -> Result<T, Error>;
}

impl<T> DatabaseResult<T> for Result<T, sqlx::Error> {
    fn context(self, step: &'static str) -> Result<T, Error> {
        self.map_err(|error| from_sqlx(step, &error))
    }
}

/// Checks how many rows a guarded statement changed.
pub(super) trait Refused {
    fn ensure_rows(self, table: &'static str, expected: usize) -> Result<(), Error>;
}

impl Refused for Result<SqliteQueryResult, sqlx::Error> {
    fn ensure_rows(self, table: &'static str, expected: usize) -> Result<(), Error> {
        let changed = self.context(table)?.rows_affected();
        let expected = u64::try_from(expected).unwrap_or(u64::MAX);
        if changed == expected {
            Ok(())
        } else {
            Err(Error::Conflict {
                table,
                changed,
                expected,
            })
        }
    }
}
