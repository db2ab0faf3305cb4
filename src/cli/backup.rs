//! `leaseline backup`: copies the database, next to a running server or without one.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use super::offline::unusable;
use super::{CommandError, ConfigArguments, STANDARD_STREAM, print};
use crate::storage::Database;
use crate::storage::sqlite::SqliteDatabase;
use crate::storage::sqlite::backup::{BackUpError, Backup, partial_name};

/// The arguments of `backup`.
#[derive(Debug, Args)]
pub struct BackupArguments {
    /// The backup to make; - writes it to standard output
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    config: ConfigArguments,
}

/// Makes a backup and checks it. It has its name, or is written to standard output, only after that.
///
/// # Errors
/// The database is damaged or cannot be used, or the backup cannot be written: no file of its name is left behind.
pub async fn run(arguments: BackupArguments) -> Result<(), CommandError> {
    let config = arguments.config.load_offline()?;
    if config.storage.url.is_postgres() {
        return Err(failed(BackUpError::NoFile));
    }
    let database = Database::open_existing(config.storage.url.expose())
        .await
        .map_err(unusable)?;
    let is_stream = arguments.file == Path::new(STANDARD_STREAM);
    let made = match (database.sqlite(), is_stream) {
        (None, _) => Err(failed(BackUpError::NoFile)),
        (Some(file), true) => to_standard_output(file).await,
        (Some(file), false) => to_file(file, &arguments.file).await,
    };
    database.close().await;
    made
}

async fn to_file(database: &SqliteDatabase, file: &Path) -> Result<(), CommandError> {
    let backup = database.back_up(file, &partial_name(file)).await.map_err(failed)?;
    print(&format!("{}: {}\n", file.display(), summary(&backup)))
}

async fn to_standard_output(database: &SqliteDatabase) -> Result<(), CommandError> {
    if io::stdout().is_terminal() {
        return Err(CommandError::failed(
            "standard output is a terminal: write the backup to a file, or pipe it into a program",
        ));
    }
    let (mut file, backup) = database
        .back_up_unnamed(&database.unnamed_backup())
        .await
        .map_err(failed)?;
    let mut output = io::stdout().lock();
    let written = io::copy(&mut file, &mut output).and_then(|_| output.flush());
    written.map_err(|error| CommandError::failed(format!("standard output cannot be written: {error}")))?;
    eprintln!("leaseline: backup: {}", summary(&backup));
    Ok(())
}

fn summary(backup: &Backup) -> String {
    let parts: Vec<String> = backup.checked.iter().map(ToString::to_string).collect();
    format!("{} bytes, checked: {}", backup.bytes, parts.join(", "))
}

fn failed(error: impl ToString) -> CommandError {
    CommandError::failed(error.to_string())
}
