//! SQLite's errors.

use sqlx::error::DatabaseError;
use sqlx::sqlite::SqliteQueryResult;

use crate::storage::error::Error;

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
pub(in crate::storage) trait DatabaseResult<T> {
    fn context(self, step: &'static str) -> Result<T, Error>;
}

impl<T> DatabaseResult<T> for Result<T, sqlx::Error> {
    fn context(self, step: &'static str) -> Result<T, Error> {
        self.map_err(|error| from_sqlx(step, &error))
    }
}

/// Checks how many rows a guarded statement changed.
pub(in crate::storage) fn ensure_rows(
    done: &SqliteQueryResult,
    table: &'static str,
    expected: usize,
) -> Result<(), Error> {
    let changed = done.rows_affected();
    let expected = u64::try_from(expected).unwrap_or(u64::MAX);
    if changed == expected {
        return Ok(());
    }
    Err(Error::conflict(table, changed, expected))
}
