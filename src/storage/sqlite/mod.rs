//! SQLite: one file with one writer and a few readers, its backups and its checks.

pub mod backup;
pub mod backup_folder;
pub(super) mod bulk;
mod check;
pub mod disk;
mod error;
pub(super) mod file;
mod kept_file;
pub(super) mod partial_file;
pub mod restore;
mod schema;
mod writer;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use file::DatabaseFile;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, SqliteConnection};
use writer::Writer;

use super::driver::{ReadTx, WriteTx};
use super::error::Error;
use super::health::Health;
use super::migrations::MIGRATIONS;

pub(super) use error::{DatabaseResult, ensure_rows};
pub use file::{ServerLock, shared_with_others};
pub(super) use writer::{WriterGuard, WriterHealth};

/// Pages of the write-ahead log (4 KiB each) after which it is moved into the file. More than SQLite's default of 1000: a
/// page that many commits change is moved once for all of them.
const WAL_PAGES: &str = "4000";
/// How long a statement waits for another process that holds the file; well below the deadline of an answer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a use case waits for the writer or for a reader.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// Readers for requests and workers: GET_SERVICES, tokens of gateways, deliveries that are due. Writes never wait for them.
const READERS: u32 = 4;
/// Readers for the admin, whose lists may take long: the others never wait for these.
const ADMIN_READERS: u32 = 2;

/// A database file: clones share its connections.
#[derive(Debug, Clone)]
pub struct SqliteDatabase {
    writer: Writer,
    readers: SqlitePool,
    admin_readers: SqlitePool,
    /// Moves the log into the file; see [`SqliteDatabase::checkpoint`].
    checkpointer: SqlitePool,
    health: Arc<Health>,
    /// The last field, so that it is closed after the connections.
    file: Arc<DatabaseFile>,
}

/// Whether a connection has no open transaction and may be reused. When the disk fails, SQLite ends a transaction itself,
/// but the driver still counts it as open; a read on that connection would never see newer data.
async fn is_idle(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // A transaction that was dropped is rolled back by the next command.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

fn options(url: &str) -> Result<SqliteConnectOptions, Error> {
    Ok(with_pragmas(
        SqliteConnectOptions::from_str(url).context("storage.url")?,
    ))
}

/// The path of the database file of `url`, whether it exists or not.
pub fn path_of(url: &str) -> Result<PathBuf, Error> {
    Ok(options(url)?.get_filename().to_owned())
}

fn with_pragmas(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("cache_size", "-32768")
        .pragma("wal_autocheckpoint", WAL_PAGES)
        .pragma("temp_store", "memory")
        // What is blanked or deleted is overwritten in the file, not only marked as free.
        .pragma("secure_delete", "on")
}

fn readers(count: u32, options: SqliteConnectOptions) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(count)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .after_release(|connection, _| Box::pin(is_idle(connection)))
        .connect_lazy_with(options)
}

impl SqliteDatabase {
    /// Opens the file of `url` (`sqlite:leaseline.db`); creates it when it is missing.
    ///
    /// # Errors
    /// [`super::UnusableFile`]: it is not a database of Leaseline, or has several names; nothing in it is changed then.
    pub(super) async fn open(url: &str) -> Result<Self, Error> {
        let options = options(url)?;
        let file = DatabaseFile::open_or_create(options.get_filename()).await?;
        Self::connect(options, file).await
    }

    /// The same for a file that has to exist.
    pub(super) async fn open_existing(url: &str) -> Result<Self, Error> {
        Self::open_with(options(url)?).await
    }

    async fn open_with(options: SqliteConnectOptions) -> Result<Self, Error> {
        let file = DatabaseFile::open(options.get_filename()).await?;
        Self::connect(options, file).await
    }

    async fn connect(options: SqliteConnectOptions, file: DatabaseFile) -> Result<Self, Error> {
        let writer = Writer::new(options.clone());
        // A file that cannot be opened is reported here, not at the first request.
        writer.acquire(ACQUIRE_TIMEOUT).await.context("open")?;
        let reading = options.pragma("query_only", "on");
        Ok(Self {
            writer,
            readers: readers(READERS, reading.clone()),
            admin_readers: readers(ADMIN_READERS, reading.clone()),
            checkpointer: readers(1, reading),
            health: Arc::default(),
            file: Arc::new(file),
        })
    }

    pub(super) const fn health(&self) -> &Arc<Health> {
        &self.health
    }

    /// Takes the lock of a server; `None` when another process has it.
    pub fn lock(&self) -> Result<Option<ServerLock>, Error> {
        self.file.lock()
    }

    /// The database file, as configured.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Those of the database's files that other users of the machine may read or write.
    #[must_use]
    pub fn shared_with_others(&self) -> Vec<PathBuf> {
        shared_with_others(self.file.path())
    }

    /// Opens the write transaction, once no other one is open. BEGIN IMMEDIATE is sent with the first statement.
    pub(super) async fn write(&self) -> Result<WriteTx, Error> {
        let guard = self.writer.acquire(ACQUIRE_TIMEOUT).await.context("begin")?;
        Ok(WriteTx::of_sqlite(guard, Arc::clone(&self.health)))
    }

    /// Opens a read transaction.
    pub(super) async fn read(&self) -> Result<ReadTx, Error> {
        Ok(ReadTx::of_sqlite(self.readers.begin().await.context("read")?))
    }

    /// Opens a read transaction on one of the connections that are reserved for the admin.
    pub(super) async fn read_for_admin(&self) -> Result<ReadTx, Error> {
        Ok(ReadTx::of_sqlite(self.admin_readers.begin().await.context("read")?))
    }

    /// Moves what is committed from the log into the file, while others read and write. SQLite does the same within the
    /// commit that makes the log longer than `WAL_PAGES`; that commit then has less to move, and its caller waits less.
    pub async fn checkpoint(&self) -> Result<(), Error> {
        let mut connection = self.checkpointer.acquire().await.context("checkpoint")?;
        let moved = sqlx::raw_sql("PRAGMA wal_checkpoint(PASSIVE)").execute(&mut *connection);
        moved.await.map(drop).context("checkpoint")
    }

    /// Closes the file, after what is committed was moved from the log into it.
    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.admin_readers.close().await;
        self.checkpointer.close().await;
        self.writer.close().await;
    }
}
