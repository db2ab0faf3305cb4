//! The database for commands that use it directly, next to a running server or without one.

use std::fmt::Display;

use super::CommandError;
use crate::app;
use crate::clock::{Clock, Random};
use crate::config::Config;
use crate::flow::Flows;
use crate::storage::Database;

/// The use cases on the database of a configuration.
pub(super) struct Offline {
    pub(super) flows: Flows,
    pub(super) database: Database,
}

impl Offline {
    /// Opens the database if it is up to date.
    pub(super) async fn open(config: &Config) -> Result<Self, CommandError> {
        let database = Database::open_existing(app::settings::storage(config)).await;
        let database = database.map_err(unusable)?;
        // These commands do not migrate: a server may be running.
        if database.pending_migrations().await.map_err(unusable)? > 0 {
            return Err(CommandError::failed(
                "the database is not up to date: run leaseline migrate first",
            ));
        }
        let (flows, _) = app::flows(config, database.clone(), Clock::system(), Random::system());
        Ok(Self { flows, database })
    }

    /// Closes the database, so that no log is left next to the file.
    pub(super) async fn close(self) {
        drop(self.flows);
        self.database.close().await;
    }
}

/// The error for a database that failed.
pub(super) fn unusable(error: impl Display) -> CommandError {
    CommandError::failed(format!("storage.url: {error}"))
}
