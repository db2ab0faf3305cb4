//! Backups: a copy of the database, made by SQLite while it is served, and checked before it gets its name.
//!
//! The copy is one read transaction (`VACUUM INTO`): it contains exactly what was committed when it began, and no page that is
//! not used. Nobody waits for it. Meanwhile SQLite cannot begin the log again from its start, so the log grows by what is
//! written; when it has grown too much, the copy is given up.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::check::check_file;
use super::error::{DatabaseResult as _, is_interrupted};
use super::file::{beside, family, is_database, shown};
use super::partial_file::{PartialFile, blocking, folder_of};
use super::{Error, SqliteDatabase};
use crate::storage::check::{CheckPart, CheckReport, Fault};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};

/// Virtual machine instructions of SQLite between two looks at the log.
const INSTRUCTIONS: i32 = 200_000;
/// The log may grow by so many bytes during a backup, or to the size of the database where that is more.
const LOG_GROWTH_MAX: u64 = 1 << 30;

/// A backup that was made and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Its size.
    pub bytes: u64,
    /// What was checked.
    pub checked: Vec<CheckPart>,
}

/// Why no backup was made. No file of its name is left behind, and one that was there before is still there.
#[derive(Debug, thiserror::Error)]
pub enum BackUpError {
    /// The database is not a file.
    #[error("a database on PostgreSQL is backed up with the programs of PostgreSQL")]
    NoFile,
    /// The name belongs to something else.
    #[error("{0} is not a backup of leaseline and is left as it is: set another path")]
    NotABackup(String),
    /// The name belongs to a database that is in use.
    #[error("{0} is a database in use, or belongs to one: set another path")]
    InUse(String),
    /// SQLite takes paths as UTF-8.
    #[error("{0} is not UTF-8: set another path")]
    NotUtf8(String),
    /// Another process writes the same backup.
    #[error("another backup to {0} is being made")]
    Running(String),
    /// A file cannot be written, or its folder cannot be used.
    #[error("{path} cannot be used: {source}")]
    File {
        /// Its path.
        path: String,
        /// The system's error.
        source: io::Error,
    },
    /// The copy failed.
    #[error("the backup {path} could not be made: {source}")]
    Copy {
        /// Its path.
        path: String,
        /// The database's error.
        source: Error,
    },
    /// The log became too long while the database was copied.
    #[error(
        "the backup was given up: the log of the database grew by {0} MiB meanwhile. Make it while less is written, or to a \
         faster disk"
    )]
    LogGrew(u64),
    /// The database is damaged, so the copy is, too.
    #[error(
        "the database is damaged, so its copy was not kept (faults: {faults}; the first: {first}): see `leaseline check`"
    )]
    Damaged {
        /// How many.
        faults: usize,
        /// The first one.
        first: Fault,
    },
}

/// Stops the copy in the database's thread when its future is dropped.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl SqliteDatabase {
    /// Makes a backup of that name. `partial` is the name of the file until it is checked; both are in one folder. A backup
    /// that has the name is replaced.
    pub async fn back_up(&self, target: &Path, partial: &Path) -> Result<Backup, BackUpError> {
        self.refuse_target(target).await?;
        let (partial, backup) = self.copy_and_check(partial).await?;
        let path = target.to_owned();
        let published = blocking(move || partial.publish(&path)).await;
        published.map_err(|source| file_error(target, source))?;
        Ok(backup)
    }

    /// Makes a backup in that file, which has no name afterwards: it is gone once it is closed.
    pub async fn back_up_unnamed(&self, partial: &Path) -> Result<(fs::File, Backup), BackUpError> {
        let (partial, backup) = self.copy_and_check(partial).await?;
        let file = fs::File::open(partial.path()).map_err(|source| file_error(partial.path(), source))?;
        Ok((file, backup))
    }

    /// A name for [`Self::back_up_unnamed`], on the disk of the database.
    #[must_use]
    pub fn unnamed_backup(&self) -> PathBuf {
        beside(self.writer.file(), ".backup.partial")
    }

    async fn copy_and_check(&self, path: &Path) -> Result<(PartialFile, Backup), BackUpError> {
        let created = PartialFile::of_database(path)
            .await
            .map_err(|source| file_error(path, source))?;
        let partial = created.ok_or_else(|| BackUpError::Running(shown(path)))?;
        let copy_error = |source| BackUpError::Copy {
            path: shown(path),
            source,
        };
        // Earlier versions had other tables: of a database that is not migrated yet, less can be checked.
        let checked = match self.pending_migrations().await.map_err(copy_error)? {
            0 => CheckPart::OF_FILES.to_vec(),
            _ => CheckPart::OF_FILES_OF_ANY_VERSION.to_vec(),
        };
        self.copy_into(path).await?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .immutable(true);
        let CheckReport { mut faults, .. } = check_file(&options, &checked, None).await.map_err(copy_error)?;
        if !faults.is_empty() {
            return Err(BackUpError::Damaged {
                faults: faults.len(),
                first: faults.swap_remove(0),
            });
        }
        let copy = path.to_owned();
        let metadata = blocking(move || fs::metadata(copy)).await;
        let bytes = metadata.map_err(|source| file_error(path, source))?.len();
        Ok((partial, Backup { bytes, checked }))
    }

    async fn copy_into(&self, path: &Path) -> Result<(), BackUpError> {
        // An absolute path, which SQLite takes for nothing else.
        let absolute = std::path::absolute(path).map_err(|source| file_error(path, source))?;
        let name = absolute.to_str().ok_or_else(|| BackUpError::NotUtf8(shown(path)))?;
        let copy_error = |source| BackUpError::Copy {
            path: shown(path),
            source,
        };
        let reading = (*self.readers.connect_options()).clone();
        let options = reading.pragma("query_only", "off").disable_statement_logging();
        let connected = SqliteConnection::connect_with(&options).await.context("connect");
        let mut connection = connected.map_err(copy_error)?;
        let stop = StopOnDrop(Arc::default());
        let growth_max = {
            let locked = connection.lock_handle().await.context("connect");
            let mut handle = locked.map_err(copy_error)?;
            let (log, database) = (beside(self.writer.file(), "-wal"), self.writer.file());
            let (begun, max) = (size(&log), LOG_GROWTH_MAX.max(size(database)));
            let stopped = Arc::clone(&stop.0);
            handle.set_progress_handler(INSTRUCTIONS, move || {
                !stopped.load(Ordering::Relaxed) && size(&log) <= begun.saturating_add(max)
            });
            max
        };
        let copied = sqlx::query("VACUUM INTO $1").bind(name).execute(&mut connection).await;
        match copied {
            Ok(_) => connection.close().await.context("close").map_err(copy_error),
            Err(error) if is_interrupted(&error) => Err(BackUpError::LogGrew(growth_max >> 20)),
            Err(error) => Err(error).context("copy").map_err(copy_error),
        }
    }

    /// Only a backup is replaced by a backup.
    async fn refuse_target(&self, target: &Path) -> Result<(), BackUpError> {
        let (database, path) = (self.writer.file().to_owned(), target.to_owned());
        let found = blocking(move || Ok(found_at(&path, &database))).await;
        match found.map_err(|source| file_error(target, source))? {
            Found::Nothing => Ok(()),
            Found::InUse => Err(BackUpError::InUse(shown(target))),
            Found::File if is_database(target).await.unwrap_or(false) => Ok(()),
            Found::File | Found::Other => Err(BackUpError::NotABackup(shown(target))),
        }
    }
}

/// What has the name of a backup before it is made.
enum Found {
    Nothing,
    /// A file of the database itself, or of another one that is in use.
    InUse,
    File,
    /// A folder, a device.
    Other,
}

fn found_at(target: &Path, database: &Path) -> Found {
    let Ok(metadata) = fs::metadata(target) else {
        return Found::Nothing;
    };
    let is_same =
        |own: PathBuf| fs::metadata(own).is_ok_and(|own| (own.dev(), own.ino()) == (metadata.dev(), metadata.ino()));
    let is_locked = || fs::File::open(target).is_ok_and(|file| file.try_lock().is_err());
    let mut own = family(database).chain([database.to_owned()]);
    if own.any(is_same) || beside(target, "-wal").exists() || (metadata.is_file() && is_locked()) {
        return Found::InUse;
    }
    match metadata.is_file() {
        true => Found::File,
        false => Found::Other,
    }
}

/// The name of a backup until it is checked.
#[must_use]
pub fn partial_name(target: &Path) -> PathBuf {
    beside(target, ".partial")
}

pub(super) fn file_error(path: &Path, source: io::Error) -> BackUpError {
    let path = match source.kind() {
        // It is the folder that is missing.
        io::ErrorKind::NotFound => shown(folder_of(path)),
        _ => shown(path),
    };
    BackUpError::File { path, source }
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |found| found.len())
}
