//! The only SQL of the server: an embedded SQLite file with one writer and a few readers.
//!
//! Functions take the transaction that a use case has opened and never commit. They return domain types; no type of the
//! database library is visible outside. Lists are passed to a statement as one JSON text, and statements that only write are
//! queued in the transaction: a hundred rows in four tables cost one round trip to the database's thread.

pub mod archive_file;
pub mod archives;
pub mod audit;
pub mod backup;
pub mod backup_folder;
pub mod check;
pub mod costs;
pub mod deliveries;
pub mod disk;
mod error;
pub mod figures;
mod file;
pub mod gateways;
pub mod incomplete_messages;
pub mod inventory;
mod kept_file;
pub mod ledger;
pub mod lost_operations;
pub mod messages;
mod migrations;
pub mod notifications;
pub mod numbers;
pub mod operations;
pub mod order_callbacks;
pub mod order_lines;
pub mod orders;
pub mod owned_numbers;
mod partial_file;
pub mod pools;
pub mod restock_rules;
pub mod restore;
pub mod restores;
pub mod retention;
mod row;
mod schema;
pub mod slots;
mod slow_commits;
mod statement;
pub mod stock;
pub mod supplier_pauses;
mod transaction;
pub mod troubles;
mod write_probe;
mod writer;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use error::DatabaseResult as _;
use file::DatabaseFile;
use migrations::MIGRATIONS;
use slow_commits::{CommitObserver, SlowCommits};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::Notify;
use write_probe::WriteProbe;
use writer::Writer;

pub use error::{Error, UnusableFile};
pub use file::{ServerLock, shared_with_others};
pub use slow_commits::SLOW_COMMIT;
pub use statement::Read;
pub use transaction::{ReadTx, WriteTx};

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

/// The database: clones share its connections.
#[derive(Debug, Clone)]
pub struct Database {
    writer: Writer,
    readers: SqlitePool,
    admin_readers: SqlitePool,
    /// Moves the log into the file; see [`Database::checkpoint`].
    checkpointer: SqlitePool,
    health: Arc<Health>,
    /// The last field, so that it is closed after the connections.
    file: Arc<DatabaseFile>,
}

/// What recent writes showed about the file.
#[derive(Debug, Default)]
struct Health {
    /// The writer's connection should not be used again.
    suspect: AtomicBool,
    /// The database was unavailable at the last attempt to write.
    unwritable: AtomicBool,
    /// A check found damage in the file.
    damaged: AtomicBool,
    probe: WriteProbe,
    slow_commits: SlowCommits,
    commit_observer: CommitObserver,
    /// Notified by each commit.
    committed: Arc<Notify>,
}

impl Health {
    /// A connection that found the file read-only or broken keeps failing: the next user gets a new one.
    fn note<T>(&self, result: &Result<T, sqlx::Error>) {
        if result.as_ref().is_err_and(error::wants_new_connection) {
            self.suspect.store(true, Ordering::Relaxed);
        }
    }
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

impl Database {
    /// Opens the file of `url` (`sqlite:leaseline.db`); creates it when it is missing.
    ///
    /// # Errors
    /// [`UnusableFile`]: it is not a database of Leaseline, or has several names; nothing in it is changed then.
    pub async fn open(url: &str) -> Result<Self, Error> {
        let options = options(url)?;
        let file = DatabaseFile::open_or_create(options.get_filename()).await?;
        Self::connect(options, file).await
    }

    /// The same for a file that has to exist.
    pub async fn open_existing(url: &str) -> Result<Self, Error> {
        Self::open_with(options(url)?).await
    }

    async fn open_with(options: SqliteConnectOptions) -> Result<Self, Error> {
        let file = DatabaseFile::open(options.get_filename()).await?;
        Self::connect(options, file).await
    }

    async fn connect(options: SqliteConnectOptions, file: DatabaseFile) -> Result<Self, Error> {
        let health = Arc::new(Health::default());
        let writer = Writer::new(options.clone());
        // A file that cannot be opened is reported here, not at the first request.
        writer.acquire(ACQUIRE_TIMEOUT, false).await.context("open")?;
        let reading = options.pragma("query_only", "on");
        Ok(Self {
            writer,
            readers: readers(READERS, reading.clone()),
            admin_readers: readers(ADMIN_READERS, reading.clone()),
            checkpointer: readers(1, reading),
            health,
            file: Arc::new(file),
        })
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
        file::shared_with_others(self.file.path())
    }

    /// Opens the write transaction, once no other one is open. BEGIN IMMEDIATE is sent with the first statement.
    pub async fn write(&self) -> Result<WriteTx, Error> {
        let suspect = self.health.suspect.swap(false, Ordering::Relaxed);
        let guard = self.writer.acquire(ACQUIRE_TIMEOUT, suspect).await;
        self.health.note(&guard);
        if guard.is_err() {
            self.health.unwritable.store(true, Ordering::Relaxed);
        }
        Ok(WriteTx::new(guard.context("begin")?, Arc::clone(&self.health)))
    }

    /// Whether the database was available at the last attempt to write; true before the first one.
    #[must_use]
    pub fn last_commit_succeeded(&self) -> bool {
        !self.health.unwritable.load(Ordering::Relaxed)
    }

    /// How many commits were slow since the last call, and the slowest of them; `None`: none was.
    #[must_use]
    pub fn take_slow_commits(&self) -> Option<(u64, Duration)> {
        self.health.slow_commits.take()
    }

    /// Calls `observer` with the time that each commit takes from now on. Only the first observer is called.
    pub fn observe_commits(&self, observer: impl Fn(Duration) + Send + Sync + 'static) {
        self.health.commit_observer.set(Box::new(observer));
    }

    /// Opens a read transaction.
    pub async fn read(&self) -> Result<ReadTx, Error> {
        Ok(ReadTx::reading(self.readers.begin().await.context("read")?))
    }

    /// Opens a read transaction on one of the connections that are reserved for the admin.
    pub async fn read_for_admin(&self) -> Result<ReadTx, Error> {
        Ok(ReadTx::reading(self.admin_readers.begin().await.context("read")?))
    }

    /// What each commit notifies.
    #[must_use]
    pub fn committed(&self) -> Arc<Notify> {
        Arc::clone(&self.health.committed)
    }

    /// Moves what is committed from the log into the file, while others read and write. SQLite does the same within the
    /// commit that makes the log longer than `WAL_PAGES`; that commit then has less to move, and its caller waits less.
    pub async fn checkpoint(&self) -> Result<(), Error> {
        let mut connection = self.checkpointer.acquire().await.context("checkpoint")?;
        let moved = sqlx::raw_sql("PRAGMA wal_checkpoint(PASSIVE)").execute(&mut *connection);
        moved.await.map(drop).context("checkpoint")
    }

    /// Closes the file, after what is committed was moved from the log into it.
    pub async fn close(&self) {
        self.readers.close().await;
        self.admin_readers.close().await;
        self.checkpointer.close().await;
        self.writer.close().await;
    }
}

/// The text by which a value of an enum is stored.
fn as_text<T: Into<&'static str>>(value: T) -> &'static str {
    value.into()
}

/// A list as the one JSON parameter of a statement.
fn json<T: serde::Serialize + ?Sized>(list: &T) -> String {
    serde_json::to_string(list).expect("lists of numbers and texts can always be written as JSON")
}
