//! The database that the server has: a SQLite file, or PostgreSQL.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use secrecy::ExposeSecret as _;
use tokio::sync::Notify;

use super::check::{CheckPart, CheckReport};
use super::driver::{ReadTx, WriteTx};
use super::error::Error;
use super::health::Health;
use super::moving;
use super::postgres::{self, PostgresDatabase};
use super::settings::StorageSettings;
use super::sqlite::SqliteDatabase;

/// The database: clones share its connections.
#[derive(Debug, Clone)]
pub struct Database(Backend);

#[derive(Debug, Clone)]
enum Backend {
    Sqlite(SqliteDatabase),
    Postgres(PostgresDatabase),
}

impl From<SqliteDatabase> for Database {
    fn from(file: SqliteDatabase) -> Self {
        Self(Backend::Sqlite(file))
    }
}

impl Database {
    /// Opens the database of these settings, or of a URL: `sqlite:leaseline.db`, which is created when it is missing, or
    /// `postgres://db/leaseline`.
    ///
    /// # Errors
    /// [`super::UnusableFile`]: the file is not a database of Leaseline, or has several names; nothing in it is changed then.
    /// [`Error::Unfit`]: PostgreSQL, or a setting, has to be changed first.
    pub async fn open(settings: impl Into<StorageSettings>) -> Result<Self, Error> {
        let settings = settings.into();
        match postgres::is_url(settings.url.expose_secret()) {
            true => Self::connect(&settings).await,
            false => SqliteDatabase::open(settings.url.expose_secret()).await.map(Self::from),
        }
    }

    /// The same for a database that has to exist.
    pub async fn open_existing(settings: impl Into<StorageSettings>) -> Result<Self, Error> {
        let settings = settings.into();
        match postgres::is_url(settings.url.expose_secret()) {
            true => Self::connect(&settings).await,
            false => SqliteDatabase::open_existing(settings.url.expose_secret())
                .await
                .map(Self::from),
        }
    }

    async fn connect(settings: &StorageSettings) -> Result<Self, Error> {
        PostgresDatabase::connect(settings)
            .await
            .map(Backend::Postgres)
            .map(Self)
    }

    /// Whether a synchronous standby is configured; `None`: a file has none.
    #[must_use]
    pub fn has_standby(&self) -> Option<bool> {
        match &self.0 {
            Backend::Sqlite(_) => None,
            Backend::Postgres(server) => Some(server.has_standby()),
        }
    }

    /// The SQLite file, for what only a file has: its lock, its log, backups.
    #[must_use]
    pub const fn sqlite(&self) -> Option<&SqliteDatabase> {
        match &self.0 {
            Backend::Sqlite(file) => Some(file),
            Backend::Postgres(_) => None,
        }
    }

    pub(super) const fn health(&self) -> &Arc<Health> {
        match &self.0 {
            Backend::Sqlite(file) => file.health(),
            Backend::Postgres(server) => server.health(),
        }
    }

    /// Brings the tables up to date; forward only.
    ///
    /// # Errors
    /// As [`Self::pending_migrations`], or a migration fails; what was migrated before it stays.
    pub async fn migrate(&self) -> Result<(), Error> {
        self.pending_migrations().await?;
        match &self.0 {
            Backend::Sqlite(file) => file.migrate().await,
            Backend::Postgres(server) => server.migrate().await,
        }
    }

    /// How many migrations have not been run on the database yet.
    ///
    /// # Errors
    /// [`super::UnusableFile::Newer`] and [`super::UnusableFile::Altered`]: the database has migrations that this program does
    /// not know. [`super::UnusableFile::Moved`]: its content is in another database now.
    pub async fn pending_migrations(&self) -> Result<usize, Error> {
        let pending = self.migrations_to_run().await?;
        moving::ensure_in_use(self).await?;
        Ok(pending)
    }

    /// The same for a database that may have been moved.
    pub(super) async fn migrations_to_run(&self) -> Result<usize, Error> {
        match &self.0 {
            Backend::Sqlite(file) => file.pending_migrations().await,
            Backend::Postgres(server) => server.pending_migrations().await,
        }
    }

    /// Looks for damage. Stops after `within`, if that is given.
    pub async fn check(&self, within: Option<Duration>) -> Result<CheckReport, Error> {
        match &self.0 {
            Backend::Sqlite(file) => file.check(within).await,
            Backend::Postgres(server) => server.check(within).await,
        }
    }

    /// What is checked.
    pub(super) const fn check_parts(&self) -> &'static [CheckPart] {
        match &self.0 {
            Backend::Sqlite(_) => &CheckPart::OF_FILES,
            Backend::Postgres(_) => &CheckPart::OF_SERVERS,
        }
    }

    /// Whether another process writes to it for some time. Of a file, its lock tells.
    pub(super) async fn has_writer(&self) -> Result<bool, Error> {
        match &self.0 {
            Backend::Sqlite(_) => Ok(false),
            Backend::Postgres(server) => server.has_writer().await,
        }
    }

    /// Opens a write transaction. BEGIN is sent with the first statement.
    pub async fn write(&self) -> Result<WriteTx, Error> {
        let opened = match &self.0 {
            Backend::Sqlite(file) => file.write().await,
            Backend::Postgres(server) => server.write().await,
        };
        if opened.is_err() {
            self.health().unwritable.store(true, Ordering::Relaxed);
        }
        opened
    }

    /// Opens a read transaction.
    pub async fn read(&self) -> Result<ReadTx, Error> {
        match &self.0 {
            Backend::Sqlite(file) => file.read().await,
            Backend::Postgres(server) => server.read().await,
        }
    }

    /// Opens a read transaction on one of the connections that are reserved for the admin.
    pub async fn read_for_admin(&self) -> Result<ReadTx, Error> {
        match &self.0 {
            Backend::Sqlite(file) => file.read_for_admin().await,
            Backend::Postgres(server) => server.read_for_admin().await,
        }
    }

    /// Whether the database was available at the last attempt to write; true before the first one.
    #[must_use]
    pub fn last_commit_succeeded(&self) -> bool {
        !self.health().unwritable.load(Ordering::Relaxed)
    }

    /// How many commits were slow since the last call, and the slowest of them; `None`: none was.
    #[must_use]
    pub fn take_slow_commits(&self) -> Option<(u64, Duration)> {
        self.health().slow_commits.take()
    }

    /// Calls `observer` with the time that each commit takes from now on. Only the first observer is called.
    pub fn observe_commits(&self, observer: impl Fn(Duration) + Send + Sync + 'static) {
        self.health().commit_observer.set(Box::new(observer));
    }

    /// What each commit notifies.
    #[must_use]
    pub fn committed(&self) -> Arc<Notify> {
        Arc::clone(&self.health().committed)
    }

    /// Whether a check found damage in the file; true until a restart.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.health().damaged.load(Ordering::Relaxed)
    }

    /// Closes the connections. Of a file, what is committed was moved from the log into it then.
    pub async fn close(&self) {
        match &self.0 {
            Backend::Sqlite(file) => file.close().await,
            Backend::Postgres(server) => server.close(),
        }
    }
}
