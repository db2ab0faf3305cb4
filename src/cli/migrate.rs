//! `leaseline migrate`: runs the migrations of the database.

use clap::Args;

use super::{CommandError, ConfigArguments, print};
use crate::app::settings;
use crate::storage::Database;

/// The arguments of `migrate`.
#[derive(Debug, Args)]
pub struct MigrateArguments {
    /// Change nothing; exit 1 when the database is not up to date
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    config: ConfigArguments,
}

/// Runs the migrations, or checks whether some are pending.
///
/// # Errors
/// The database cannot be used; with `--check`, it is not up to date.
pub async fn run(arguments: MigrateArguments) -> Result<(), CommandError> {
    let config = arguments.config.load_offline()?;
    let failed = |error: crate::storage::Error| CommandError::failed(format!("storage.url: {error}"));
    let opened = if arguments.check {
        Database::open_existing(settings::storage(&config)).await
    } else {
        Database::open(settings::storage(&config)).await
    };
    let database = opened.map_err(failed)?;
    let pending = database.pending_migrations().await.map_err(failed)?;
    if arguments.check {
        database.close().await;
        return match pending {
            0 => print("the database is up to date\n"),
            pending => Err(CommandError::failed(format!(
                "{pending} migrations are pending: run leaseline migrate"
            ))),
        };
    }
    database.migrate().await.map_err(failed)?;
    database.close().await;
    print(&format!("the database is up to date; migrations run: {pending}\n"))
}
