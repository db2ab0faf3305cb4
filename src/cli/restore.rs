//! `leaseline restore`: puts a backup in the place of the database.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{CommandError, ConfigArguments, print};
use crate::app;
use crate::clock::{Clock, Random, rfc3339};
use crate::config::Config;
use crate::domain::backup::file_time;
use crate::domain::restore::{ID_GAP, ID_MAX, IssuedIds};
use crate::flow::record_restore::RecordedRestore;
use crate::storage::sqlite::restore::{RestorePlace, RestoredCopy};

/// Above it, a million ids have to fit below 2^53.
const IDS_ABOVE_MAX: i64 = ID_MAX - ID_GAP;

/// The arguments of `restore`.
#[derive(Debug, Args)]
pub struct RestoreArguments {
    /// The backup; it is only read
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Let numbers be rented at once: Onlinesim has no rental that the backup does not know
    #[arg(long)]
    no_rest: bool,
    /// The highest activationId that you know of, where the old database cannot be read: no id up to a million above it is
    /// issued again
    #[arg(long, value_name = "ID", value_parser = clap::value_parser!(i64).range(1..=IDS_ABOVE_MAX))]
    ids_above: Option<i64>,
    #[command(flatten)]
    config: ConfigArguments,
}

/// Checks the backup, prepares a copy of it, and puts that in the place of the database, which is kept under another name.
///
/// # Errors
/// A server has the database, or the backup is damaged, newer or not a backup: nothing is changed then.
pub async fn run(arguments: RestoreArguments) -> Result<(), CommandError> {
    let config = arguments.config.load_offline()?;
    if config.storage.url.is_postgres() {
        return Err(CommandError::failed(
            "a database on PostgreSQL is restored with the programs of PostgreSQL",
        ));
    }
    let place = RestorePlace::lock(config.storage.url.expose()).await.map_err(failed)?;
    let copy = place.copy(&arguments.file).await.map_err(failed)?;
    let old = place.issued_ids().await;
    let above = IssuedIds {
        operation: arguments.ids_above.unwrap_or_default(),
        ..IssuedIds::default()
    };
    let known = old.unwrap_or_default().or_higher(above);
    let recorded = record(&config, &copy, known, !arguments.no_rest).await?;
    let time = file_time(recorded.record.restored_at);
    let kept = place.replace(copy, &time).await.map_err(failed)?;
    print(&summary(&arguments.file, &recorded, kept.as_deref(), old.is_some()))
}

async fn record(
    config: &Config,
    copy: &RestoredCopy,
    known: IssuedIds,
    with_rest: bool,
) -> Result<RecordedRestore, CommandError> {
    let (flows, _) = app::flows(config, copy.database.clone(), Clock::system(), Random::system());
    flows.record_restore(known, with_rest).await.map_err(failed)
}

fn summary(backup: &Path, recorded: &RecordedRestore, kept: Option<&Path>, is_old_known: bool) -> String {
    let RecordedRestore {
        record,
        open_operations,
    } = recorded;
    let mut lines = vec![format!("{} is restored", backup.display())];
    if let Some(kept) = kept {
        lines.push(format!("the database that was there is kept as {}", kept.display()));
        if !is_old_known {
            lines.push("it cannot be read: ids go on above those of the backup (and of --ids-above)".to_owned());
        }
    }
    lines.push(format!(
        "rentals since the backup are lost: their ids are among {} to {}, of which none is issued again",
        record.first_id, record.last_id
    ));
    if *open_operations > 0 {
        lines.push(format!(
            "rentals that were open in the backup, which Onlinesim may have ended since: {open_operations} (GET \
             /v1/operations?discrepancy=true)"
        ));
    }
    lines.push(match record.rests_until {
        Some(until) => format!("numbers rest until {}", rfc3339(until)),
        None => "numbers do not rest".to_owned(),
    });
    lines.push("suppliers of numbers are paused until you resume them (GET /v1/suppliers)".to_owned());
    lines.join("\n") + "\n"
}

fn failed(error: impl ToString) -> CommandError {
    CommandError::failed(error.to_string())
}
