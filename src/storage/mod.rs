//! The only SQL of the house: an embedded SQLite file, one writer and a few readers.
//!
//! Functions take the transaction that a flow has opened and never commit. What they read comes back as domain types;
//! nobody outside sees a type of the database library. Lists travel into a statement as one JSON text, and what only
//! writes is queued in the transaction: a hundred rows in four tables cost one trip to the database's thread.

pub mod audit;
pub mod deliveries;
mod error;
pub mod gateways;
pub mod inventory;
pub mod ledger;
pub mod lines;
pub mod long_messages;
pub mod messages;
pub mod numbers;
pub mod operations;
pub mod pools;
mod statement;
mod transaction;
mod writer;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, SqliteConnection};

use error::DatabaseResult as _;
pub use error::Error;
pub use statement::Read;
pub use transaction::{Session, WriteTx};
use writer::Writer;

use crate::domain::time::Timestamp;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Pages of the log (4 KiB each) after which it is moved into the file. More than SQLite's 1000: a page that many commits
/// change is moved once for all of them.
const WAL_PAGES: &str = "4000";
/// How long a statement waits for another process that holds the file; well below the deadline of an answer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a flow waits for its turn at the writer or for a reader.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// Readers of requests and workers: GET_SERVICES, tokens of gateways, what is due. Writes never wait for them.
const READERS: u32 = 4;
/// Readers of the admin, who may list for long: the others never wait for these.
const ADMIN_READERS: u32 = 2;

/// The database: clones share its connections.
#[derive(Debug, Clone)]
pub struct Database {
    writer: Writer,
    readers: SqlitePool,
    admin_readers: SqlitePool,
    health: Arc<Health>,
}

/// What the last writes told about the file.
#[derive(Debug, Default)]
struct Health {
    /// The writer's connection should not be used again.
    suspect: AtomicBool,
    /// The last attempt to write for good failed.
    unwritable: AtomicBool,
}

impl Health {
    /// A connection that met a read-only or broken file keeps that opinion of it: the next user gets a new one.
    fn note<T>(&self, result: &Result<T, sqlx::Error>) {
        if result.as_ref().is_err_and(error::wants_new_connection) {
            self.suspect.store(true, Ordering::Relaxed);
        }
    }
}

/// The right to serve a database file; held by one process at a time, given back when dropped.
#[derive(Debug)]
pub struct ServerLock {
    _file: File,
}

/// Whether a connection may go back to its pool: with no transaction open. SQLite ends a transaction by itself when the
/// disk fails, and the driver then counts one that is none; a view for reading would never be renewed on it.
async fn is_idle(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // A transaction that was dropped is rolled back by the next command.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

fn options(url: &str) -> Result<SqliteConnectOptions, Error> {
    let options = SqliteConnectOptions::from_str(url).during("storage.url")?;
    Ok(options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("cache_size", "-32768")
        .pragma("wal_autocheckpoint", WAL_PAGES)
        .pragma("temp_store", "memory"))
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
    /// Opens the file that `url` (`sqlite:leaseline.db`) names; makes it when it is missing.
    pub async fn open(url: &str) -> Result<Self, Error> {
        let health = Arc::new(Health::default());
        let writer = Writer::new(options(url)?);
        // A file that cannot be opened is told of here, not at the first request.
        writer.lend(ACQUIRE_TIMEOUT, false).await.during("open")?;
        let reading = options(url)?.pragma("query_only", "on");
        Ok(Self {
            writer,
            readers: readers(READERS, reading.clone()),
            admin_readers: readers(ADMIN_READERS, reading),
            health,
        })
    }

    /// Takes the right to serve the file; `None` when another process has it.
    pub fn lock(url: &str) -> Result<Option<ServerLock>, Error> {
        let path = lock_path(options(url)?.get_filename());
        let refused = |error: std::io::Error| Error::unavailable("lock", format!("{}: {error}", path.display()));
        let file = File::options().create(true).append(true).open(&path).map_err(refused)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(ServerLock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(refused(error)),
        }
    }

    /// Brings the tables up to date; forward only.
    pub async fn migrate(&self) -> Result<(), Error> {
        let mut lent = self.writer.lend(ACQUIRE_TIMEOUT, false).await.during("migrate")?;
        let migrated = MIGRATIONS.run(lent.connection()).await;
        migrated.map_err(|error| Error::unavailable("migrate", error.to_string()))
    }

    /// How many migrations the file still lacks.
    pub async fn pending_migrations(&self) -> Result<usize, Error> {
        let mut lent = self.writer.lend(ACQUIRE_TIMEOUT, false).await.during("migrate")?;
        let known = "SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'";
        let known: i64 = sqlx::query_scalar(known)
            .fetch_one(lent.connection())
            .await
            .during("migrate")?;
        let applied: i64 = if known == 0 {
            0
        } else {
            let sql = "SELECT count(*) FROM _sqlx_migrations WHERE success";
            sqlx::query_scalar(sql)
                .fetch_one(lent.connection())
                .await
                .during("migrate")?
        };
        Ok(MIGRATIONS
            .iter()
            .count()
            .saturating_sub(usize::try_from(applied).unwrap_or(0)))
    }

    /// Opens the write transaction; waits for its turn. BEGIN IMMEDIATE goes out with the first statement.
    pub async fn write(&self) -> Result<WriteTx, Error> {
        let suspect = self.health.suspect.swap(false, Ordering::Relaxed);
        let lent = self.writer.lend(ACQUIRE_TIMEOUT, suspect).await;
        self.health.note(&lent);
        if lent.is_err() {
            self.health.unwritable.store(true, Ordering::Relaxed);
        }
        Ok(WriteTx::new(lent.during("begin")?, Arc::clone(&self.health)))
    }

    /// Whether the last attempt to write for good succeeded. Until one was made, it is assumed.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        !self.health.unwritable.load(Ordering::Relaxed)
    }

    /// Opens a view for reading.
    pub async fn read(&self) -> Result<Session, Error> {
        Ok(Session::reading(self.readers.begin().await.during("read")?))
    }

    /// Opens a view for reading to the admin, out of a few that only the admin has.
    pub async fn read_for_admin(&self) -> Result<Session, Error> {
        Ok(Session::reading(self.admin_readers.begin().await.during("read")?))
    }

    /// Writes one row for good, to know that writing works.
    pub async fn probe(&self, now: Timestamp) -> Result<(), Error> {
        let mut tx = self.write().await?;
        let sql = "UPDATE probe SET written_at = $1 WHERE id = 1";
        tx.queue("probe", sql, 1, [now.as_ms().into()]);
        tx.commit().await
    }

    /// Closes the file; what is committed is moved from the log into it.
    pub async fn close(&self) {
        self.readers.close().await;
        self.admin_readers.close().await;
        self.writer.close().await;
    }
}

fn lock_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-lock");
    PathBuf::from(name)
}

/// A list as the one JSON parameter of a statement.
fn json<T: serde::Serialize + ?Sized>(list: &T) -> String {
    serde_json::to_string(list).expect("lists of numbers and texts can always be written as JSON")
}
