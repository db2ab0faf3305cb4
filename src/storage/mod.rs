//! The only SQL of the house: an embedded SQLite file, one writer and a few readers.
//!
//! Functions take the transaction that a flow has opened and never commit. What they read comes back as domain types;
//! nobody outside sees a type of the database library. Lists travel into a statement as one JSON text, so that a
//! hundred rows cost one trip to the database's thread.

pub mod audit;
pub mod deliveries;
mod error;
pub mod gateways;
pub mod inventory;
pub mod ledger;
pub mod messages;
pub mod numbers;
pub mod operations;
pub mod pools;

use std::fs::{File, TryLockError};
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqliteConnection, Transaction};

pub use error::Error;
use error::{DatabaseResult as _, Refused};

use crate::domain::time::Timestamp;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// How long a statement waits for another process that holds the file; well below the deadline of an answer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a flow waits for its turn at the writer or for a reader.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// Readers are for the admin and GET_SERVICES; writes never wait for them.
const READERS: u32 = 4;

/// The database: clones share its connections.
#[derive(Debug, Clone)]
pub struct Database {
    writer: SqlitePool,
    readers: SqlitePool,
    suspect: Arc<AtomicBool>,
}

/// The right to serve a database file; held by one process at a time, given back when dropped.
#[derive(Debug)]
pub struct ServerLock {
    _file: File,
}

/// A consistent view of the database.
#[derive(Debug)]
pub struct Session(Transaction<'static, Sqlite>);

/// The write transaction; there is one at a time. Dropped without [`WriteTx::commit`], it changes nothing.
#[derive(Debug)]
pub struct WriteTx {
    session: Session,
    suspect: Arc<AtomicBool>,
}

impl Session {
    fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.0
    }
}

impl Deref for WriteTx {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl DerefMut for WriteTx {
    fn deref_mut(&mut self) -> &mut Session {
        &mut self.session
    }
}

impl WriteTx {
    /// Makes all of it durable (rule 2): when this returns, the log is synced to the disk.
    pub async fn commit(self) -> Result<(), Error> {
        let committed = self.session.0.commit().await;
        note_suspect(&self.suspect, &committed);
        committed.during("commit")
    }

    /// Forgets all of it.
    pub async fn rollback(self) -> Result<(), Error> {
        self.session.0.rollback().await.during("rollback")
    }
}

/// A connection that met a read-only or broken file keeps that opinion of it: the next user gets a new one.
fn note_suspect<T>(suspect: &AtomicBool, result: &Result<T, sqlx::Error>) {
    if result.as_ref().is_err_and(error::wants_new_connection) {
        suspect.store(true, Ordering::Relaxed);
    }
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
        .pragma("temp_store", "memory"))
}

impl Database {
    /// Opens the file that `url` (`sqlite:leaseline.db`) names; makes it when it is missing.
    pub async fn open(url: &str) -> Result<Self, Error> {
        let suspect = Arc::new(AtomicBool::new(false));
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .before_acquire({
                let suspect = Arc::clone(&suspect);
                move |_, _| {
                    let sound = !suspect.swap(false, Ordering::Relaxed);
                    Box::pin(async move { Ok(sound) })
                }
            })
            .connect_with(options(url)?)
            .await
            .during("open")?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .connect_lazy_with(options(url)?.pragma("query_only", "on"));
        Ok(Self {
            writer,
            readers,
            suspect,
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
        MIGRATIONS
            .run(&self.writer)
            .await
            .map_err(|error| Error::unavailable("migrate", error.to_string()))
    }

    /// How many migrations the file still lacks.
    pub async fn pending_migrations(&self) -> Result<usize, Error> {
        let known = "SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'";
        let known: i64 = sqlx::query_scalar(known)
            .fetch_one(&self.writer)
            .await
            .during("migrate")?;
        let applied: i64 = if known == 0 {
            0
        } else {
            let sql = "SELECT count(*) FROM _sqlx_migrations WHERE success";
            sqlx::query_scalar(sql)
                .fetch_one(&self.writer)
                .await
                .during("migrate")?
        };
        Ok(MIGRATIONS
            .iter()
            .count()
            .saturating_sub(usize::try_from(applied).unwrap_or(0)))
    }

    /// Opens the write transaction (BEGIN IMMEDIATE); waits for its turn.
    pub async fn write(&self) -> Result<WriteTx, Error> {
        let begun = self.writer.begin_with("BEGIN IMMEDIATE").await;
        note_suspect(&self.suspect, &begun);
        Ok(WriteTx {
            session: Session(begun.during("begin")?),
            suspect: Arc::clone(&self.suspect),
        })
    }

    /// Opens a view for reading.
    pub async fn read(&self) -> Result<Session, Error> {
        Ok(Session(self.readers.begin().await.during("read")?))
    }

    /// Writes one row for good, to know that writing works.
    pub async fn probe(&self, now: Timestamp) -> Result<(), Error> {
        let mut tx = self.write().await?;
        let sql = "UPDATE probe SET written_at = $1 WHERE id = 1";
        let written = sqlx::query(sql).bind(now.as_ms()).execute(tx.connection()).await;
        note_suspect(&self.suspect, &written);
        written.expecting("probe", 1)?;
        tx.commit().await
    }

    /// Closes the file; what is committed is moved from the log into it.
    pub async fn close(&self) {
        self.readers.close().await;
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
