//! Opens the database of a server: waits for PostgreSQL, and brings the tables up to date where that is configured.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{StartError, settings};
use crate::config::Config;
use crate::storage::sqlite::{ServerLock, SqliteDatabase};
use crate::storage::{Database, Error};

/// How often PostgreSQL is tried while it cannot be reached, and how often the log says so.
const TRIED_EVERY: Duration = Duration::from_secs(1);
const LOGGED_EVERY: Duration = Duration::from_secs(60);

/// Opens the database for one server, with its tables up to date.
pub(super) async fn open(config: &Config) -> Result<(Database, Option<ServerLock>), StartError> {
    let database = reached(config).await?;
    let lock = database.sqlite().map(lock_file).transpose()?;
    if config.storage.migrates() {
        database.migrate().await?;
    } else {
        match database.pending_migrations().await? {
            0 => {}
            pending => return Err(StartError::Outdated(pending)),
        }
    }
    match (database.has_standby(), config.storage.require_standby) {
        (Some(false), true) => return Err(StartError::NoStandby),
        (Some(_), false) => tracing::warn!(
            "storage.require_standby is false: what was answered already may be lost when the machine of the database fails"
        ),
        _ => {}
    }
    Ok((database, lock))
}

/// The database as soon as it can be reached. A file that cannot be opened now is an error.
async fn reached(config: &Config) -> Result<Database, Error> {
    let settings = settings::storage(config);
    let mut logged: Option<Instant> = None;
    loop {
        match Database::open(settings.clone()).await {
            Err(error) if error.is_unavailable() && config.storage.url.is_postgres() => {
                if logged.is_none_or(|at| at.elapsed() >= LOGGED_EVERY) {
                    tracing::warn!(%error, "the server is not ready: it waits for the database");
                    logged = Some(Instant::now());
                }
                sleep(TRIED_EVERY).await;
            }
            opened => return opened,
        }
    }
}

/// Locks the file for one server.
fn lock_file(file: &SqliteDatabase) -> Result<ServerLock, StartError> {
    let lock = file.lock()?.ok_or(StartError::Locked)?;
    let shared = file.shared_with_others();
    if !shared.is_empty() {
        tracing::warn!(files = ?shared, "other users of this machine can read the database: chmod 600 its files");
    }
    Ok(lock)
}
