//! Errors of the database, for the operator: they name the table or the step.

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
    /// The server refuses us, or is not one on which nothing is lost; somebody has to change a setting.
    #[error("{0}")]
    Unfit(String),
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
    /// Its content is in another database now.
    #[error(
        "everything was moved from this database to {to} at {at}: set storage.url to that one. If that one was never served, \
         `leaseline move --undo` makes this one usable again"
    )]
    Moved {
        /// A kind of database.
        to: &'static str,
        /// When.
        at: String,
    },
    /// It is a copy, and the other database may be in use still.
    #[error("this database is the copy of a move that did not end: run the same `leaseline move` again")]
    CopyUnfinished,
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

    /// The error when a statement changed another number of rows than expected.
    pub(super) const fn conflict(table: &'static str, changed: u64, expected: u64) -> Self {
        Self::Conflict {
            table,
            changed,
            expected,
        }
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
