//! PostgreSQL: several replicas share one database.

mod check;
mod connection;
mod error;
mod schema;

use std::sync::Arc;
use std::time::Duration;

use connection::ConnectionManager;
use deadpool::Runtime;
use deadpool::managed::{Pool, PoolError, Timeouts};
use tokio_postgres::Config;

use super::driver::{PostgresTransaction, ReadTx, WriteTx};
use super::error::Error;
use super::health::Health;

pub(super) use connection::{PostgresConnection, PreparedStatement};
pub(super) use error::{PostgresResult, from_postgres};

/// How long a use case waits for a connection, or for a lock.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections that write.
const CONNECTIONS: usize = 8;
/// Connections that read, for requests and workers.
const READERS: usize = 4;
/// Connections for the admin, whose lists may take long: the others never wait for these.
const ADMIN_READERS: usize = 2;

/// Begins a transaction that writes. It is alone: the lock is given back with the transaction. Statements after it see what
/// was committed before.
const BEGIN_WRITE: &str = "BEGIN; SET LOCAL lock_timeout = 5000; SELECT pg_advisory_xact_lock(1280527438)";
/// Begins a transaction that reads: all its statements see the same.
const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Whether this is the URL of a PostgreSQL.
pub(super) fn is_url(url: &str) -> bool {
    url.starts_with("postgres:") || url.starts_with("postgresql:")
}

/// A database on a PostgreSQL: clones share its connections.
#[derive(Debug, Clone)]
pub(super) struct PostgresDatabase {
    writers: Pool<ConnectionManager>,
    readers: Pool<ConnectionManager>,
    admin_readers: Pool<ConnectionManager>,
    begin_write: Arc<str>,
    begin_read: Arc<str>,
    health: Arc<Health>,
}

impl PostgresDatabase {
    /// Connects to the database of `url` (`postgres://user@db/leaseline`).
    pub(super) async fn connect(url: &str) -> Result<Self, Error> {
        let config: Config = url.parse().map_err(|error| from_postgres("storage.url", &error))?;
        let database = Self {
            writers: pool(config.clone(), CONNECTIONS)?,
            readers: pool(config.clone(), READERS)?,
            admin_readers: pool(config, ADMIN_READERS)?,
            begin_write: BEGIN_WRITE.into(),
            begin_read: BEGIN_READ.into(),
            health: Arc::default(),
        };
        // A database that cannot be reached is reported here, not at the first request.
        get(&database.writers, "open").await?;
        Ok(database)
    }

    pub(super) const fn health(&self) -> &Arc<Health> {
        &self.health
    }

    /// Opens a write transaction. It waits for the others with its first statement.
    pub(super) async fn write(&self) -> Result<WriteTx, Error> {
        let transaction = begin(&self.writers, &self.begin_write).await?;
        Ok(WriteTx::of_postgres(transaction, Arc::clone(&self.health)))
    }

    /// Opens a read transaction.
    pub(super) async fn read(&self) -> Result<ReadTx, Error> {
        Ok(ReadTx::of_postgres(begin(&self.readers, &self.begin_read).await?))
    }

    /// Opens a read transaction on one of the connections that are reserved for the admin.
    pub(super) async fn read_for_admin(&self) -> Result<ReadTx, Error> {
        Ok(ReadTx::of_postgres(begin(&self.admin_readers, &self.begin_read).await?))
    }

    pub(super) fn close(&self) {
        self.writers.close();
        self.readers.close();
        self.admin_readers.close();
    }
}

fn pool(config: Config, size: usize) -> Result<Pool<ConnectionManager>, Error> {
    let built = Pool::builder(ConnectionManager { config })
        .max_size(size)
        .runtime(Runtime::Tokio1)
        .timeouts(Timeouts {
            wait: Some(ACQUIRE_TIMEOUT),
            create: Some(ACQUIRE_TIMEOUT),
            recycle: None,
        })
        .build();
    built.map_err(|error| Error::unavailable("open", error.to_string()))
}

async fn begin(pool: &Pool<ConnectionManager>, begin: &Arc<str>) -> Result<PostgresTransaction, Error> {
    let connection = get(pool, "begin").await?;
    Ok(PostgresTransaction::new(connection, Arc::clone(begin)))
}

async fn get(pool: &Pool<ConnectionManager>, step: &'static str) -> Result<PostgresConnection, Error> {
    match pool.get().await {
        Ok(connection) => Ok(PostgresConnection::new(connection)),
        Err(PoolError::Backend(error)) => Err(from_postgres(step, &error)),
        Err(error) => Err(Error::unavailable(step, error.to_string())),
    }
}
