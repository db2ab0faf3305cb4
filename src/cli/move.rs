//! `leaseline move`: moves everything from one database to another, from SQLite to PostgreSQL or back.

use std::fmt::{Display, LowerHex};

use clap::Args;

use super::offline::unusable;
use super::table::table;
use super::{CommandError, ConfigArguments, print};
use crate::app::settings;
use crate::clock::Clock;
use crate::config::storage::NOT_YET;
use crate::storage::moving::{Compared, Comparison, MoveReport, move_everything, undo};
use crate::storage::{Database, StorageSettings};

/// How many hexadecimal digits of a checksum are shown.
const DIGITS: usize = 12;

/// The arguments of `move`.
#[derive(Debug, Args)]
pub struct MoveArguments {
    /// The other database, which is empty: postgres://user@db/leaseline, or sqlite:leaseline.db
    #[arg(long, value_name = "URL", required_unless_present = "undo")]
    to: Option<String>,
    /// Copy and compare everything, then leave both databases as they were
    #[arg(long)]
    dry_run: bool,
    /// Make a database that was moved usable again, when the other one is never to be served
    #[arg(long, conflicts_with_all = ["to", "dry_run"])]
    undo: bool,
    #[command(flatten)]
    config: ConfigArguments,
}

/// Copies everything, compares both databases, prints the comparison, and marks the old one as moved.
///
/// # Errors
/// A server has one of them, the other one is not empty, or they differ: the old one is as it was.
pub async fn run(arguments: MoveArguments) -> Result<(), CommandError> {
    let config = arguments.config.load_offline()?;
    let settings = settings::storage(&config);
    let source = Database::open_existing(settings.clone()).await.map_err(unusable)?;
    let done = match &arguments.to {
        // What is there could not be served.
        Some(to) if to.starts_with("postgres") => Err(failed(format!("--to {NOT_YET}"))),
        Some(to) => {
            let url = to.as_str().into();
            let target = StorageSettings { url, ..settings };
            move_to(&source, target, arguments.dry_run).await
        }
        None => take_back(&source).await,
    };
    source.close().await;
    done
}

async fn move_to(source: &Database, to: StorageSettings, is_dry_run: bool) -> Result<(), CommandError> {
    let target = Database::open_existing(to)
        .await
        .map_err(|error| failed(format!("--to: {error}")))?;
    let moved = match source.sqlite().is_some() == target.sqlite().is_some() {
        true => Err(failed(
            "--to: both databases are of the same kind: make a backup of one, and restore it as the other",
        )),
        false => move_everything(source, &target, Clock::system().now(), is_dry_run)
            .await
            .map_err(failed),
    };
    target.close().await;
    let MoveReport { comparison, cleaned } = moved?;
    print(&shown(&comparison))?;
    if cleaned > 0 {
        print(&format!("texts from which U+0000 was removed: {cleaned}\n"))?;
    }
    for fault in &comparison.faults {
        print(&format!("{fault}\n"))?;
    }
    match (comparison.is_equal(), is_dry_run) {
        (false, _) => Err(failed(
            "the copy is not whole, and nothing was moved: `leaseline check` says whether the database was damaged before",
        )),
        (true, true) => print("dry run: everything can be moved; both databases are as they were\n"),
        (true, false) => print(
            "everything is moved: set storage.url to the other database, then start the server. This one is marked as moved, \
             and is not served any more\n",
        ),
    }
}

async fn take_back(source: &Database) -> Result<(), CommandError> {
    print(match undo(source).await.map_err(unusable)? {
        true => "this database can be served again; never serve the one that it was moved to\n",
        false => "this database was not moved: nothing is to be undone\n",
    })
}

fn shown(comparison: &Comparison) -> String {
    let mut rows = vec![["table", "rows", "checksum", "equal"].map(str::to_owned)];
    rows.extend(comparison.tables.iter().map(|one| {
        let [ours, theirs] = one.found;
        let checksum = both([ours.checksum, theirs.checksum].map(short));
        [
            one.name.to_owned(),
            both([ours.rows, theirs.rows]),
            checksum,
            equal(one),
        ]
    }));
    rows.extend(comparison.sums.iter().map(|one| {
        let name = one.name.replace('_', " ");
        [name, both(one.found), String::new(), equal(one)]
    }));
    table(&rows)
}

/// What both have, or what each has.
fn both<T: Display + PartialEq>([ours, theirs]: [T; 2]) -> String {
    match ours == theirs {
        true => ours.to_string(),
        false => format!("{ours} / {theirs}"),
    }
}

fn short(checksum: impl LowerHex) -> String {
    format!("{checksum:032x}").chars().take(DIGITS).collect()
}

fn equal<T: PartialEq>(one: &Compared<T>) -> String {
    if one.is_equal() { "yes" } else { "NO" }.to_owned()
}

fn failed(error: impl ToString) -> CommandError {
    CommandError::failed(error.to_string())
}
