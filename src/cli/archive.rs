//! `leaseline archive`: moves what is closed and old into a file, next to a running server or without one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::offline::Offline;
use super::{CommandError, ConfigArguments, STANDARD_STREAM, print};
use crate::domain::archive::ArchiveContents;
use crate::domain::day::Day;
use crate::flow::Flows;
use crate::flow::archive::{ArchiveError, ArchiveRemoval};
use crate::storage::archive_file::ArchiveFile;

/// How old what is archived must be at least: Onlinesim may still refund until then. Messages are also needed for as long as
/// `retention.messages`, to recognise repetitions.
const AGE_MIN: Duration = Duration::from_hours(24 * 90);
/// The pause between two transactions that remove, so that the database is free for rentals most of the time.
const PAUSE: Duration = Duration::from_millis(50);
/// The pause after the database was unavailable, and how often in a row that is tried again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);
const RETRIES_MAX: u32 = 30;
/// After how many operations, or other records, one more line is printed.
const REPORT_EVERY: u64 = 100_000;

/// The arguments of `archive`.
#[derive(Debug, Args)]
pub struct ArchiveArguments {
    /// The first day that is kept, UTC: operations closed before it are archived. It is 90 days ago at least
    #[arg(long, value_name = "DAY")]
    before: Day,
    /// The file to write, which must not exist: JSON lines, compressed by gzip
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    config: ConfigArguments,
}

/// Writes the file, reads it back, and removes from the database what it contains.
///
/// # Errors
/// The file cannot be written or read back: nothing was removed. The database failed for long: what was removed is in the file.
pub async fn run(arguments: ArchiveArguments) -> Result<(), CommandError> {
    if arguments.file == Path::new(STANDARD_STREAM) {
        return Err(CommandError::failed(
            "standard output cannot be read back to verify it: write the archive to a file",
        ));
    }
    let config = arguments.config.load_offline()?;
    let offline = Offline::open(&config).await?;
    let before = (arguments.before, config.retention.messages.max(AGE_MIN));
    let archived = archive(&offline.flows, before, &arguments.file).await;
    offline.close().await;
    print(&archived?)
}

async fn archive(flows: &Flows, (before, age_min): (Day, Duration), file: &Path) -> Result<String, CommandError> {
    let mut reported = 0;
    let copied = |contents: &ArchiveContents| {
        report(&mut reported, contents.operations, "operations copied");
    };
    let written = flows.write_archive((before, age_min), file, copied).await;
    let Some(written) = written.map_err(|error| CommandError::failed(error.to_string()))? else {
        return Ok(format!(
            "nothing from before {before} is to be archived: no file was written\n"
        ));
    };
    let summary = summary(file, &written);
    eprintln!("leaseline: archive: {summary}; it is removed from the database now");
    match remove(flows, &written).await {
        Ok(removal) => Ok(format!("{summary}\n{}\n", removed(&removal))),
        Err(error) => Err(CommandError::failed(format!(
            "{error}. {} is whole; not everything in it was removed from the database: run this again with another file",
            file.display()
        ))),
    }
}

async fn remove(flows: &Flows, written: &ArchiveFile) -> Result<ArchiveRemoval, ArchiveError> {
    let mut failures = 0;
    let mut removal = loop {
        match flows.begin_removal(written).await {
            Err(error) => pause_after(error, &mut failures).await?,
            Ok(removal) => break removal,
        }
    };
    let mut reported = 0;
    loop {
        match flows.remove_archived(&mut removal).await {
            Ok(false) => return Ok(removal),
            Ok(true) => {
                failures = 0;
                report(&mut reported, removal.removed, "records removed");
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => pause_after(error, &mut failures).await?,
        }
    }
}

/// Waits, so that the same can be tried again.
async fn pause_after(error: ArchiveError, failures: &mut u32) -> Result<(), ArchiveError> {
    *failures += 1;
    if !error.is_unavailable() || *failures > RETRIES_MAX {
        return Err(error);
    }
    if *failures == 1 {
        eprintln!("leaseline: archive: {error}; it is tried again");
    }
    tokio::time::sleep(RETRY_PAUSE).await;
    Ok(())
}

fn report(reported: &mut u64, done: u64, what: &str) {
    if done / REPORT_EVERY > *reported {
        *reported = done / REPORT_EVERY;
        eprintln!("leaseline: archive: {done} {what}");
    }
}

fn summary(file: &Path, written: &ArchiveFile) -> String {
    let ArchiveContents {
        operations,
        messages,
        events,
        transfers,
        ..
    } = written.contents;
    format!(
        "{}: {operations} operations, {messages} SMS, {events} events, {transfers} transfers; {} bytes, read back, sha256 {}",
        file.display(),
        written.bytes,
        hex::encode(written.sha256)
    )
}

fn removed(removal: &ArchiveRemoval) -> String {
    let kept = match removal.kept {
        0 => String::new(),
        kept => format!("; {kept} changed meanwhile and were kept"),
    };
    format!(
        "removed from the database: {} records{kept}. The database keeps its size, and uses the space again",
        removal.removed
    )
}
