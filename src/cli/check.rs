//! `leaseline check`: looks for damage in the database, next to a running server or without one.

use clap::Args;

use super::{CommandError, ConfigArguments, print};
use crate::flow::check_database::{CheckPart, check_database};
use crate::storage::{Database, Error};

/// What the command takes.
#[derive(Debug, Args)]
pub struct CheckArguments {
    #[command(flatten)]
    config: ConfigArguments,
}

/// Prints what is wrong, one line each.
///
/// # Errors
/// Something is wrong, or the database cannot be used.
pub async fn run(arguments: CheckArguments) -> Result<(), CommandError> {
    let config = arguments.config.load_offline()?;
    let failed = |error: Error| CommandError::failed(format!("storage.url: {error}"));
    let database = Database::open_existing(&config.storage.url).await.map_err(failed)?;
    if database.pending_migrations().await.map_err(failed)? > 0 {
        return Err(CommandError::failed(
            "the database is not up to date: run leaseline migrate first",
        ));
    }
    let report = check_database(&database).await.map_err(failed)?;
    database.close().await;
    if report.faults.is_empty() {
        let parts = CheckPart::ALL.map(|part| part.to_string()).join(", ");
        return print(&format!("the database is sound: {parts}\n"));
    }
    for fault in &report.faults {
        print(&format!("{fault}\n"))?;
    }
    Err(CommandError::failed(format!(
        "the database is damaged (faults: {}): stop the server, keep a copy of the file, restore a backup",
        report.faults.len()
    )))
}
