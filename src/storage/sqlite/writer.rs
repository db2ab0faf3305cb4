//! The connection that writes: the process has one, keeps it open, and uses it for one transaction at a time.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Error};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::timeout;

use super::error::{is_misuse, wants_new_connection};

/// Where the connection is kept.
#[derive(Debug, Default)]
struct WriterSlot {
    /// `None` before the first use, and after a failure.
    connection: Option<SqliteConnection>,
    /// The writer is closed.
    closed: bool,
}

/// Refuses what the check of a statement inserts into it, when another number of rows changed than expected.
const ROW_COUNTS: &str = "
    CREATE TEMP VIEW row_counts AS SELECT 0 AS changed, 0 AS expected;
    CREATE TEMP TRIGGER row_counts_are_as_expected INSTEAD OF INSERT ON row_counts WHEN NEW.changed <> NEW.expected
    BEGIN SELECT RAISE(ABORT, 'another number of rows changed'); END;";

/// Gives the connection to one transaction at a time. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    options: Arc<SqliteConnectOptions>,
    slot: Arc<Mutex<WriterSlot>>,
    health: WriterHealth,
}

/// What the writer's connection has shown about itself.
#[derive(Debug, Clone, Default)]
pub(in crate::storage) struct WriterHealth {
    /// It should not be used again.
    is_suspect: Arc<AtomicBool>,
}

impl WriterHealth {
    /// A connection that found the file read-only or broken keeps failing: the next user gets a new one.
    pub(in crate::storage) fn note<T>(&self, result: &Result<T, Error>) {
        if result.as_ref().is_err_and(wants_new_connection) {
            self.is_suspect.store(true, Ordering::Relaxed);
        }
    }
}

impl Writer {
    pub(super) fn new(options: SqliteConnectOptions) -> Self {
        Self {
            options: Arc::new(options),
            slot: Arc::default(),
            health: WriterHealth::default(),
        }
    }

    /// The file that it writes to.
    pub(super) fn file(&self) -> &Path {
        self.options.get_filename()
    }

    /// Waits for the connection, at most so long. One that should not be used again is closed first.
    pub(super) async fn acquire(&self, wait: Duration) -> Result<WriterGuard, Error> {
        let acquired = self
            .acquire_now(wait, self.health.is_suspect.swap(false, Ordering::Relaxed))
            .await;
        self.health.note(&acquired);
        acquired
    }

    async fn acquire_now(&self, wait: Duration, reconnect: bool) -> Result<WriterGuard, Error> {
        let locked = timeout(wait, Arc::clone(&self.slot).lock_owned()).await;
        let mut slot = locked.map_err(|_| Error::PoolTimedOut)?;
        if slot.closed {
            return Err(Error::PoolClosed);
        }
        if reconnect && let Some(connection) = slot.connection.take() {
            let _broken = connection.close().await;
        }
        if slot.connection.is_none() {
            slot.connection = Some(connect(&self.options).await?);
        }
        Ok(WriterGuard {
            slot: Some(slot),
            health: self.health.clone(),
            open: false,
        })
    }

    pub(super) async fn close(&self) {
        let mut slot = self.slot.lock().await;
        slot.closed = true;
        if let Some(connection) = slot.connection.take() {
            let _broken = connection.close().await;
        }
    }
}

async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection, Error> {
    let mut connection = SqliteConnection::connect_with(options).await?;
    sqlx::raw_sql(ROW_COUNTS).execute(&mut connection).await?;
    Ok(connection)
}

/// The connection of one transaction. If it is dropped with the transaction open, that is rolled back before the next one.
#[derive(Debug)]
pub(in crate::storage) struct WriterGuard {
    /// `None` only while it is dropped.
    slot: Option<OwnedMutexGuard<WriterSlot>>,
    health: WriterHealth,
    open: bool,
}

impl WriterGuard {
    pub(in crate::storage) fn health(&self) -> WriterHealth {
        self.health.clone()
    }

    /// The connection. After this call a transaction may be open, which is rolled back when the guard is dropped.
    pub(in crate::storage) fn connection(&mut self) -> &mut SqliteConnection {
        self.open = true;
        let slot = self.slot.as_mut().expect("only drop takes the slot");
        let connection = slot.connection.as_mut();
        connection.expect("a guard always has a connection")
    }

    /// The transaction is committed: there is nothing to roll back.
    pub(in crate::storage) fn committed(mut self) {
        self.open = false;
    }

    pub(in crate::storage) async fn rollback(mut self) -> Result<(), Error> {
        if self.open {
            sqlx::query("ROLLBACK").execute(self.connection()).await?;
            self.open = false;
        }
        Ok(())
    }
}

impl Drop for WriterGuard {
    fn drop(&mut self) {
        let Some(mut slot) = self.slot.take().filter(|_| self.open) else {
            return;
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(roll_back(slot))),
            // Closing the connection rolls back, too.
            Err(_) => slot.connection = None,
        }
    }
}

/// Rolls an abandoned transaction back. If that fails, the connection is not used again.
async fn roll_back(mut slot: OwnedMutexGuard<WriterSlot>) {
    let Some(connection) = slot.connection.as_mut() else {
        return;
    };
    match sqlx::query("ROLLBACK").execute(connection).await {
        Ok(_) => {}
        // SQLite ended the transaction itself, or it never began.
        Err(error) if is_misuse(&error) => {}
        Err(_) => slot.connection = None,
    }
}
