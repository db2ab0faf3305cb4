//! PostgreSQL: several replicas share one database.

mod begin;
pub(super) mod bulk;
mod check;
mod connection;
mod error;
mod schema;
mod server;
mod settings;
mod tls;
mod writers;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use connection::ConnectionManager;
use deadpool::Runtime;
use deadpool::managed::{Pool, PoolError, Timeouts};

use super::driver::{PostgresTransaction, ReadTx, WriteTx};
use super::error::Error;
use super::health::Health;
use super::settings::StorageSettings;

pub(super) use connection::{PostgresConnection, PreparedStatement};
pub(super) use error::{PostgresResult, from_postgres};

/// How long a use case waits for a connection, or for a lock.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections for the admin, whose lists may take long: the others never wait for these.
const ADMIN_READERS: usize = 2;

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
    schema: Option<String>,
    has_standby: Arc<AtomicBool>,
    health: Arc<Health>,
}

impl PostgresDatabase {
    /// Connects to the database of these settings.
    ///
    /// # Errors
    /// [`Error::Unfit`]: the server, or a setting, has to be changed first. [`Error::Unavailable`]: it may pass.
    pub(super) async fn connect(settings: &StorageSettings) -> Result<Self, Error> {
        let manager = ConnectionManager::new(settings)?;
        let database = Self {
            schema: settings.schema.clone(),
            has_standby: Arc::clone(&manager.has_standby),
            writers: pool(manager.clone(), settings.connections)?,
            readers: pool(manager.clone(), settings.readers)?,
            admin_readers: pool(manager, ADMIN_READERS)?,
            health: Arc::default(),
        };
        // What is wrong is reported here, not at the first request.
        get(&database.writers, "open").await?;
        Ok(database)
    }

    /// Whether a synchronous standby was configured when the last connection was made.
    pub(super) fn has_standby(&self) -> bool {
        self.has_standby.load(Ordering::Relaxed)
    }

    pub(super) const fn health(&self) -> &Arc<Health> {
        &self.health
    }

    /// Opens a write transaction. It waits for the others with its first statement.
    pub(super) async fn write(&self) -> Result<WriteTx, Error> {
        let connection = lend(&self.writers).await?;
        let begin = Arc::clone(&connection.begin().write);
        let transaction = PostgresTransaction::new(connection, begin);
        Ok(WriteTx::of_postgres(transaction, Arc::clone(&self.health)))
    }

    /// Opens a read transaction.
    pub(super) async fn read(&self) -> Result<ReadTx, Error> {
        Ok(ReadTx::of_postgres(begin_read(&self.readers).await?))
    }

    /// Opens a read transaction on one of the connections that are reserved for the admin.
    pub(super) async fn read_for_admin(&self) -> Result<ReadTx, Error> {
        Ok(ReadTx::of_postgres(begin_read(&self.admin_readers).await?))
    }

    pub(super) fn close(&self) {
        self.writers.close();
        self.readers.close();
        self.admin_readers.close();
    }
}

fn pool(manager: ConnectionManager, size: usize) -> Result<Pool<ConnectionManager>, Error> {
    let built = Pool::builder(manager)
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

async fn begin_read(pool: &Pool<ConnectionManager>) -> Result<PostgresTransaction, Error> {
    let connection = lend(pool).await?;
    let begin = Arc::clone(&connection.begin().read);
    Ok(PostgresTransaction::new(connection, begin))
}

/// A connection for a transaction. A server that became unfit while we run, by a failover for one, may become fit again.
async fn lend(pool: &Pool<ConnectionManager>) -> Result<PostgresConnection, Error> {
    get(pool, "begin").await.map_err(|error| match error {
        Error::Unfit(reason) => Error::unavailable("begin", reason),
        other => other,
    })
}

async fn get(pool: &Pool<ConnectionManager>, step: &'static str) -> Result<PostgresConnection, Error> {
    match pool.get().await {
        Ok(connection) => Ok(PostgresConnection::new(connection)),
        Err(PoolError::Backend(error)) => Err(error),
        Err(PoolError::Timeout(_)) => {
            let reason = format!("no connection in {} s", ACQUIRE_TIMEOUT.as_secs());
            Err(Error::unavailable(step, reason))
        }
        Err(error) => Err(Error::unavailable(step, error.to_string())),
    }
}
