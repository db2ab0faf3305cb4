//! The database file before SQLite opens it: which program it belongs to, who may read it, and which process serves it.

use std::fs::{File, Metadata, TryLockError, canonicalize};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use super::error::DatabaseResult as _;
use super::{Error, MIGRATIONS};
use crate::storage::error::UnusableFile;

/// `PRAGMA application_id` of Leaseline's files, set by a migration: the letters LSLN.
pub(super) const APPLICATION_ID: u32 = 0x4c53_4c4e;
/// The first bytes of a SQLite file.
pub(super) const MAGIC: &[u8] = b"SQLite format 3\0";
/// The offset of the application id in the header: four bytes, the most significant one first.
const APPLICATION_ID_OFFSET: usize = 68;
/// Bytes of the header.
const HEADER_BYTES: usize = 100;
/// Only the owner reads and writes. SQLite gives -wal and -shm the mode of the database.
pub(super) const MODE: u32 = 0o600;
/// Permissions of group and others.
const OTHERS: u32 = 0o077;
/// Suffixes of the files that belong to a database.
const ENDINGS: [&str; 4] = ["", "-wal", "-shm", "-lock"];

/// Whether a file is a database of Leaseline, or empty. Nothing in it is changed.
pub(super) async fn is_database(path: &Path) -> Result<bool, Error> {
    let file = File::open(path).map_err(|error| unavailable(path, &error))?;
    let metadata = file.metadata().map_err(|error| unavailable(path, &error))?;
    let path = path.to_owned();
    Ok(metadata.is_file() && DatabaseFile { file, path }.is_ours(&metadata).await?)
}

/// Whether it begins as SQLite's files do.
pub(super) fn is_sqlite(path: &Path) -> bool {
    let mut begin = [0; MAGIC.len()];
    let read = File::open(path).and_then(|file| file.read_exact_at(&mut begin, 0));
    read.is_ok() && begin == MAGIC
}

/// Those of a database's files that exist.
pub(super) fn family(database: &Path) -> impl Iterator<Item = PathBuf> {
    let endings = ENDINGS.into_iter().chain(["-journal"]);
    endings
        .map(|ending| beside(database, ending))
        .filter(|path| path.exists())
}

/// Those of a database's files that other users of the machine may read or write.
#[must_use]
pub fn shared_with_others(database: &Path) -> Vec<PathBuf> {
    let path = canonicalize(database).unwrap_or_else(|_| database.to_owned());
    let files = ENDINGS.map(|ending| beside(&path, ending));
    let is_shared = |file: &PathBuf| file.metadata().is_ok_and(|found| found.mode() & OTHERS != 0);
    files.into_iter().filter(is_shared).collect()
}

/// The database file, held open besides SQLite's own descriptors, for the lock of the server.
///
/// It is opened before SQLite opens the file, and closed after the last connection: a process that closes any descriptor of
/// a file loses all its POSIX locks on it, and SQLite uses POSIX locks.
#[derive(Debug)]
pub(super) struct DatabaseFile {
    file: File,
    path: PathBuf,
}

/// The lock of the process that serves a database file; released when dropped.
#[derive(Debug)]
pub struct ServerLock {
    locked: Arc<DatabaseFile>,
    _beside: File,
}

impl Drop for ServerLock {
    fn drop(&mut self) {
        // Closing the file would unlock it as well.
        let _unlocked = self.locked.file.unlock();
    }
}

impl DatabaseFile {
    /// Opens the file; creates it when it is missing.
    pub(super) async fn open_or_create(path: &Path) -> Result<Self, Error> {
        let new = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(MODE)
            .open(path);
        match new {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::open(path).await,
            opened => Ok(Self {
                file: opened.map_err(|error| unavailable(path, &error))?,
                path: path.to_owned(),
            }),
        }
    }

    /// Opens an existing file. One of another program is refused, and nothing in it is changed.
    pub(super) async fn open(path: &Path) -> Result<Self, Error> {
        let path = path.to_owned();
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(UnusableFile::Missing(shown(&path)).into());
            }
            opened => opened.map_err(|error| unavailable(&path, &error))?,
        };
        let metadata = file.metadata().map_err(|error| unavailable(&path, &error))?;
        // SQLite derives the name of the log from that of the database: by another name it would not find the log.
        if metadata.nlink() > 1 {
            return Err(UnusableFile::HardLinked(shown(&path)).into());
        }
        let opened = Self { file, path };
        if opened.is_ours(&metadata).await? {
            Ok(opened)
        } else {
            Err(UnusableFile::NotOurs(shown(&opened.path)).into())
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    async fn is_ours(&self, metadata: &Metadata) -> Result<bool, Error> {
        if metadata.len() == 0 {
            return Ok(true);
        }
        let mut header = [0; HEADER_BYTES];
        let is_sqlite = self.file.read_exact_at(&mut header, 0).is_ok() && header.starts_with(MAGIC);
        let id = header.iter().skip(APPLICATION_ID_OFFSET).take(4);
        let id = id.fold(0, |id, byte| id << 8 | u32::from(*byte));
        // After a crash SQLite repairs the file from the journal, so the tables are read through SQLite then.
        let has_journal = beside(&self.path, "-journal").exists();
        match (is_sqlite, id) {
            (true, APPLICATION_ID) => Ok(true),
            (true, 0) => self.has_our_tables(has_journal).await,
            (false, _) if has_journal => self.has_our_tables(true).await,
            _ => Ok(false),
        }
    }

    /// Whether it has Leaseline's tables or none. Files of earlier versions have no application id.
    async fn has_our_tables(&self, has_journal: bool) -> Result<bool, Error> {
        let options = SqliteConnectOptions::new().filename(&self.path).read_only(!has_journal);
        // Immutable: SQLite does not create -wal and -shm to read it.
        let options = options.immutable(!has_journal && !beside(&self.path, "-wal").exists());
        let mut connection = options.connect().await.context("open")?;
        let tables: Result<Vec<String>, _> =
            sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
                .fetch_all(&mut connection)
                .await;
        let is_ours = match tables.as_deref() {
            // SQLite cannot read it.
            Err(_) => false,
            Ok([]) => true,
            Ok([table]) if table == "_sqlx_migrations" => true,
            Ok(tables) if tables.iter().any(|table| table == "_sqlx_migrations") => {
                let first = MIGRATIONS.iter().next().map(|first| first.description.as_ref());
                let theirs: Option<String> =
                    sqlx::query_scalar("SELECT description FROM _sqlx_migrations ORDER BY version LIMIT 1")
                        .fetch_optional(&mut connection)
                        .await
                        .context("open")?;
                theirs.as_deref() == first
            }
            Ok(_) => false,
        };
        connection.close().await.context("open")?;
        Ok(is_ours)
    }

    /// Takes the lock; `None` when another process has it.
    ///
    /// The file itself is locked (flock, which on Linux does not interfere with SQLite's locks), so it is locked by every
    /// name, through links and in other containers. A second file with the suffix -lock is locked, too: servers of earlier
    /// versions know only that one, and on other systems flock would block SQLite.
    pub(super) fn lock(self: &Arc<Self>) -> Result<Option<ServerLock>, Error> {
        let path = canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let path = beside(&path, "-lock");
        let beside = File::options().create(true).append(true).mode(MODE).open(&path);
        let beside = beside.map_err(|error| unavailable(&path, &error))?;
        let locked = if cfg!(target_os = "linux") {
            beside.try_lock().and_then(|()| self.file.try_lock())
        } else {
            beside.try_lock()
        };
        match locked {
            Ok(()) => Ok(Some(ServerLock {
                locked: Arc::clone(self),
                _beside: beside,
            })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(unavailable(&path, &error)),
        }
    }
}

/// The path of a file that belongs to the database.
pub(super) fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

pub(in crate::storage) fn shown(path: &Path) -> String {
    path.display().to_string()
}

pub(super) fn unavailable(path: &Path, error: &io::Error) -> Error {
    Error::unavailable("open", format!("{}: {error}", path.display()))
}
