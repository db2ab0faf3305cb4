//! Puts a backup in the place of the database: copied and checked under another name, then in one step.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, chown};
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use tokio::task::spawn_blocking;

use super::check::check_file;
use super::file::{MODE, beside, is_database, is_sqlite, shown};
use super::partial_file::{PartialFile, folder_of};
use super::{Error, SqliteDatabase, kept_file, options, with_pragmas};
use crate::domain::restore::IssuedIds;
use crate::storage::Database;
use crate::storage::check::{CheckPart, CheckReport, Fault};
use crate::storage::error::UnusableFile;

/// Why a backup was not restored. What was there before is still there.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The database cannot be used.
    #[error("storage.url: {0}")]
    Storage(#[from] Error),
    /// A server has it, or another restore.
    #[error("storage.url: a leaseline serves this database, or restores it: stop it first")]
    Served,
    /// It is not a backup.
    #[error("{0} is not a backup of leaseline")]
    NotABackup(String),
    /// A server writes to it, so a copy would not be consistent.
    #[error("{0} is a database in use: restore a backup of it, not the file itself")]
    InUse(String),
    /// It cannot be read or brought up to date; a newer version made it, or a changed build.
    #[error("{path}: {source}")]
    Unusable {
        /// Its path.
        path: String,
        /// Why.
        source: Error,
    },
    /// It is damaged.
    #[error("{path} is damaged and was not restored (faults: {faults}; the first: {first}): take another backup")]
    Damaged {
        /// Its path.
        path: String,
        /// How many faults.
        faults: usize,
        /// The first one.
        first: Fault,
    },
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Its path.
        path: String,
        /// The system's error.
        source: io::Error,
    },
}

/// The place of a database while no server has it.
#[derive(Debug)]
pub struct RestorePlace {
    /// The database: its own name, not that of a link.
    target: PathBuf,
    /// Held, so that no server starts. The database's own is closed after all connections: see `file.rs`.
    _locks: Vec<File>,
}

/// The copy of a backup, next to the place of the database.
#[derive(Debug)]
pub struct RestoredCopy {
    file: PartialFile,
    /// The copy as a database, up to date and checked.
    pub database: Database,
}

impl RestorePlace {
    /// Locks the place of that database, whether there is one or not. A database of another program is left as it is.
    pub async fn lock(url: &str) -> Result<Self, RestoreError> {
        let options = options(url)?;
        let named = options.get_filename();
        let failed = |source| file_error(named, source);
        let target = match fs::canonicalize(named) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let folder = folder_of(named).canonicalize().map_err(failed)?;
                folder.join(named.file_name().unwrap_or_default())
            }
            found => found.map_err(failed)?,
        };
        // What SQLite cannot read may be a damaged one of ours.
        if is_sqlite(&target) && !is_database(&target).await? {
            return Err(Error::from(UnusableFile::NotOurs(shown(&target))).into());
        }
        let beside = beside(&target, "-lock");
        let beside = File::options().create(true).append(true).mode(MODE).open(&beside);
        let mut locks = vec![beside.map_err(failed)?];
        if target.exists() {
            locks.push(File::open(&target).map_err(failed)?);
        }
        for lock in &locks {
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(RestoreError::Served),
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
        }
        Ok(Self { target, _locks: locks })
    }

    /// Copies a backup next to the place, checks it, and brings its tables up to date. The backup is only read.
    pub async fn copy(&self, backup: &Path) -> Result<RestoredCopy, RestoreError> {
        let partial = beside(&self.target, ".restoring");
        let created = PartialFile::of_database(&partial)
            .await
            .map_err(|source| file_error(&partial, source))?;
        let file = created.ok_or(RestoreError::Served)?;
        let (source, copied) = (backup.to_owned(), partial.clone());
        let copying = spawn_blocking(move || copy_files(&source, &copied)).await;
        copying.map_err(|error| file_error(backup, io::Error::other(error)))??;
        let unusable = |source| RestoreError::Unusable {
            path: shown(backup),
            source,
        };
        if !is_database(&partial).await.map_err(unusable)? || fs::metadata(&partial).is_ok_and(|found| found.len() == 0)
        {
            return Err(RestoreError::NotABackup(shown(backup)));
        }
        let damaged = |faults: Vec<Fault>| match faults.first() {
            None => Ok(()),
            Some(first) => Err(RestoreError::Damaged {
                path: shown(backup),
                faults: faults.len(),
                first: first.clone(),
            }),
        };
        let plain = SqliteConnectOptions::new().filename(&partial);
        let CheckReport { faults, .. } = check_file(&plain, &CheckPart::OF_FILES_OF_ANY_VERSION, None)
            .await
            .map_err(unusable)?;
        damaged(faults)?;
        let database = SqliteDatabase::open_with(with_pragmas(plain)).await.map_err(unusable)?;
        database.migrate().await.map_err(unusable)?;
        damaged(database.check(None).await.map_err(unusable)?.faults)?;
        let database = database.into();
        Ok(RestoredCopy { file, database })
    }

    /// The highest ids that the database which is there now has issued; `None`: there is none, or it cannot be read.
    pub async fn issued_ids(&self) -> Option<IssuedIds> {
        // After a restore that stopped half-way its log has the second name only.
        let file = kept_file::of_interrupted(&self.target).unwrap_or_else(|| self.target.clone());
        let options = SqliteConnectOptions::new().filename(&file).read_only(true);
        // Without a log, SQLite would leave an empty one behind.
        let options = options.immutable(!beside(&file, "-wal").exists());
        let mut connection = options.connect().await.ok()?;
        let operation = highest(&mut connection, OPERATIONS).await.ok()?;
        let message = highest(&mut connection, MESSAGES).await.ok()?;
        let line = highest(&mut connection, LINES).await.ok()?;
        connection.close().await.ok()?;
        Some(IssuedIds {
            operation,
            message,
            line,
        })
    }

    /// Puts the copy in the place of the database. What was there is kept under a name that has that time in it; returns that
    /// name.
    ///
    /// While the old database has both names, no server starts on it (`UnusableFile::HardLinked`): if the machine stops in
    /// between, the old database is not served without its log. The restore is repeated then.
    pub async fn replace(self, copy: RestoredCopy, time: &str) -> Result<Option<PathBuf>, RestoreError> {
        let RestoredCopy { file, database } = copy;
        database.close().await;
        let target = self.target.clone();
        let name = kept_file::of_interrupted(&target).unwrap_or_else(|| kept_file::free(&target, time));
        let replacing = spawn_blocking(move || {
            give_to_owner(file.path(), &target)?;
            if beside(file.path(), "-wal").exists() {
                return Err(io::Error::other("the log of the copy was not moved into it"));
            }
            let is_kept = kept_file::keep(&target, &name)?;
            file.publish(&target)?;
            Ok(is_kept.then_some(name))
        });
        let replaced = replacing.await.map_err(io::Error::other).flatten();
        replaced.map_err(|source| file_error(&self.target, source))
    }
}

/// A column of ids, and the statement that reads the highest of them.
type IdColumn = (&'static str, &'static str, &'static str);

const OPERATIONS: [IdColumn; 2] = [
    (
        "operations",
        "id",
        "SELECT coalesce(max(id), 0) AS highest FROM operations",
    ),
    (
        "restores",
        "last_id",
        "SELECT coalesce(max(last_id), 0) AS highest FROM restores",
    ),
];
const MESSAGES: [IdColumn; 2] = [
    ("messages", "id", "SELECT coalesce(max(id), 0) AS highest FROM messages"),
    (
        "restores",
        "last_message_id",
        "SELECT coalesce(max(last_message_id), 0) AS highest FROM restores",
    ),
];
const LINES: [IdColumn; 2] = [
    (
        "order_lines",
        "id",
        "SELECT coalesce(max(id), 0) AS highest FROM order_lines",
    ),
    (
        "restores",
        "last_line_id",
        "SELECT coalesce(max(last_line_id), 0) AS highest FROM restores",
    ),
];

/// The highest id of those columns. An earlier version may lack a table or a column.
async fn highest(connection: &mut SqliteConnection, columns: [IdColumn; 2]) -> Result<i64, sqlx::Error> {
    let mut highest = 0;
    for (table, column, sql) in columns {
        let exists = "SELECT count(*) AS columns FROM pragma_table_info($1) WHERE name = $2";
        let exists = sqlx::query(exists).bind(table).bind(column);
        if exists.fetch_one(&mut *connection).await?.try_get::<i64, _>("columns")? > 0 {
            let row = sqlx::query(sql).fetch_one(&mut *connection).await?;
            highest = highest.max(row.try_get("highest")?);
        }
    }
    Ok(highest)
}

fn file_error(path: &Path, source: io::Error) -> RestoreError {
    let path = shown(path);
    RestoreError::File { path, source }
}

/// Copies a backup, and its log if it has one: a file that was copied from a stopped server.
fn copy_files(backup: &Path, copy: &Path) -> Result<(), RestoreError> {
    let failed = |source| file_error(backup, source);
    let mut file = File::open(backup).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(RestoreError::NotABackup(shown(backup)));
    }
    match file.try_lock_shared() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(RestoreError::InUse(shown(backup))),
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    append(&mut file, copy).map_err(|source| file_error(copy, source))?;
    match File::open(beside(backup, "-wal")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed(error)),
        Ok(mut log) => append(&mut log, &beside(copy, "-wal")).map_err(|source| file_error(copy, source)),
    }
}

fn append(from: &mut File, to: &Path) -> io::Result<()> {
    let mut copy = File::options().create(true).append(true).mode(MODE).open(to)?;
    io::copy(from, &mut copy).map(drop)
}

/// The copy gets the owner of the database. Without one, and as root, that of its folder: the server may run as another user
/// than the restore.
fn give_to_owner(copy: &Path, target: &Path) -> io::Result<()> {
    let own = fs::metadata(copy)?;
    let example = match fs::metadata(target) {
        Err(_) if own.uid() == 0 => fs::metadata(folder_of(target))?,
        Err(_) => return Ok(()),
        Ok(found) => found,
    };
    if own.uid() == example.uid() {
        return Ok(());
    }
    let other_user = |error| {
        io::Error::other(format!(
            "the restored file cannot be given to the owner of the database: run this as that user ({error})"
        ))
    };
    chown(copy, Some(example.uid()), Some(example.gid())).map_err(other_user)
}
