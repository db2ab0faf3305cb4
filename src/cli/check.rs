//! `leaseline check`: checks the database for damage, next to a running server or without one.

use clap::Args;

use super::offline::{Offline, unusable};
use super::{CommandError, ConfigArguments, print};
use crate::storage::check::CheckPart;

/// The arguments of `check`.
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
    let offline = Offline::open(&config).await?;
    let report = offline.database.check(None).await.map_err(unusable)?;
    offline.close().await;
    if report.faults.is_empty() {
        let parts = report
            .finished
            .iter()
            .map(CheckPart::to_string)
            .collect::<Vec<_>>()
            .join(", ");
        return print(&format!("no damage was found in the database: {parts}\n"));
    }
    for fault in &report.faults {
        print(&format!("{fault}\n"))?;
    }
    Err(CommandError::failed(format!(
        "the database is damaged (faults: {}): stop the server, keep a copy of the file, restore a backup",
        report.faults.len()
    )))
}
