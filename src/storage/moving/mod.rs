//! Moves everything from one database into an empty one, from SQLite to PostgreSQL or back, while nobody serves either.
//!
//! The copy is one transaction of the target. It is committed as an unfinished one, which nobody serves; then the source is
//! marked as moved; then the copy is in use. So at any time at most one of them can be served, and a move that is broken off
//! can be repeated.

mod copy;
mod mark;
mod pages;
mod tables;
mod verify;

use copy::Intake;
use mark::{MoveMark, MovedTo};

use super::error::Error;
use super::sqlite::ServerLock;
use super::{Database, WriteTx};
use crate::domain::time::Timestamp;

pub(super) use mark::ensure_in_use;
pub use mark::undo;
pub(super) use pages::StoredRow;
pub(super) use tables::TableColumns;
pub use verify::{Compared, Comparison, RowsChecksum, compare};

/// How messages name the databases: by the options that do.
const SOURCE: &str = "storage.url";
const TARGET: &str = "--to";

/// Why nothing was moved. The source is as it was.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// One of them cannot be used.
    #[error("{side}: {source}")]
    Unusable {
        /// The option that names it.
        side: &'static str,
        /// Why.
        source: Error,
    },
    /// A statement failed.
    #[error(transparent)]
    Storage(#[from] Error),
    /// A server has one of them.
    #[error("{0}: a leaseline serves this database: stop it first")]
    Served(&'static str),
    /// Migrations are pending.
    #[error("{0}: the database is not up to date: run leaseline migrate on it first")]
    Outdated(&'static str),
    /// The target has rows in that table.
    #[error("--to: the database is not empty ({0} has rows): take a new one")]
    NotEmpty(&'static str),
    /// The databases have another idea of that table.
    #[error("the columns of {0} are not the same in both databases: one of them was changed by hand")]
    ColumnsDiffer(&'static str),
}

/// What was moved.
#[derive(Debug)]
pub struct MoveReport {
    /// The comparison of both; nothing was changed unless they are equal.
    pub comparison: Comparison,
    /// How many texts had U+0000 in them, which was removed.
    pub cleaned: u64,
}

/// Moves everything into an empty database. Each is changed only if they are equal then, and not at all in a dry run.
///
/// # Errors
/// One of them cannot be used, or the target is not empty.
pub async fn move_everything(
    source: &Database,
    target: &Database,
    at: Timestamp,
    is_dry_run: bool,
) -> Result<MoveReport, MoveError> {
    let _locks = (stopped(source, SOURCE).await?, stopped(target, TARGET).await?);
    // Held until the end, so that nobody writes to the source meanwhile.
    let mut origin = source.write().await?;
    let moved = mark::read(&mut origin).await?;
    let mut copy = target.write().await?;
    let is_copied = is_copied(moved, &mut copy).await?;
    let mut view = source.read().await?;
    let cleaned = match is_copied {
        true => 0,
        false => copy::everything(&mut view, &mut copy, target.intake()).await?,
    };
    let comparison = verify::compare_views(&mut view, &mut copy, target.check_parts()).await?;
    let report = MoveReport { comparison, cleaned };
    if is_dry_run || !report.comparison.is_equal() {
        copy.rollback().await?;
        return Ok(report);
    }
    if !is_copied {
        // That of an earlier attempt may be there.
        mark::clear(&mut copy);
        let to = MovedTo::Here;
        mark::set(&mut copy, MoveMark { at, to });
        copy.commit().await?;
        let to = target.kind();
        mark::set(&mut origin, MoveMark { at, to });
        origin.commit().await?;
        copy = target.write().await?;
    }
    mark::clear(&mut copy);
    copy.commit().await?;
    Ok(report)
}

/// Makes sure that nobody serves the database, and that its tables are up to date.
async fn stopped(database: &Database, side: &'static str) -> Result<Option<ServerLock>, MoveError> {
    let unusable = |source| MoveError::Unusable { side, source };
    let lock = match database.sqlite() {
        Some(file) => Some(file.lock().map_err(unusable)?.ok_or(MoveError::Served(side))?),
        None if database.has_writer().await.map_err(unusable)? => return Err(MoveError::Served(side)),
        None => None,
    };
    match database.migrations_to_run().await.map_err(unusable)? {
        0 => Ok(lock),
        _ => Err(MoveError::Outdated(side)),
    }
}

/// Whether an earlier attempt has copied everything and marked the source. Otherwise the target has to be empty, or a copy that
/// no server ever had.
async fn is_copied(source: Option<MoveMark>, target: &mut WriteTx) -> Result<bool, MoveError> {
    let copy = mark::read(target).await?;
    let refused = |side, mark: MoveMark| {
        let source = mark.refusal();
        Err(MoveError::Unusable { side, source })
    };
    match (source, copy) {
        (Some(source), Some(copy)) if copy.to == MovedTo::Here && source.to != copy.to && source.at == copy.at => {
            Ok(true)
        }
        (Some(mark), _) => refused(SOURCE, mark),
        (None, Some(mark)) if mark.to != MovedTo::Here => refused(TARGET, mark),
        (None, Some(_)) => Ok(false),
        (None, None) => match tables::first_with_rows(target).await? {
            None => Ok(false),
            Some(table) => Err(MoveError::NotEmpty(table)),
        },
    }
}

impl Database {
    fn intake(&self) -> Intake {
        match self.sqlite() {
            Some(_) => Intake::Sqlite,
            None => Intake::Postgres,
        }
    }

    fn kind(&self) -> MovedTo {
        match self.intake() {
            Intake::Sqlite => MovedTo::Sqlite,
            Intake::Postgres => MovedTo::Postgres,
        }
    }
}
