//! `leaseline migrate`: brings the tables of the database up to date.

use clap::Args;

use super::{CommandError, ConfigArguments, print};
use crate::storage::Database;

/// What the command takes.
#[derive(Debug, Args)]
pub struct MigrateArguments {
    /// Change nothing; exit 1 when the database is not up to date
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    config: ConfigArguments,
}

/// Migrates, or reports what there is to migrate.
///
/// # Errors
/// The database cannot be used; with `--check`, it is not up to date.
pub async fn run(arguments: MigrateArguments) -> Result<(), CommandError> {
    let config = arguments.config.load_offline()?;
    let failed = |error: crate::storage::Error| CommandError::failed(format!("storage.url: {error}"));
    let opened = if arguments.check {
        Database::open_existing(&config.storage.url).await
    } else {
        Database::open(&config.storage.url).await
    };
    let database = opened.map_err(failed)?;
    let pending = database.pending_migrations().await.map_err(failed)?;
    if arguments.check {
        database.close().await;
        return match pending {
            0 => print("the database is up to date\n"),
            pending => Err(CommandError::failed(format!(
                "{pending} migrations are still to be run: leaseline migrate"
            ))),
        };
    }
    database.migrate().await.map_err(failed)?;
    database.close().await;
    print(&format!("the database is up to date; migrations run: {pending}\n"))
}
