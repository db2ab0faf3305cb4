//! Imports many numbers at a time. A repeated import changes nothing.
//!
//! An import is split into transactions of [`CHUNK_ROWS`] rows, so that GET_NUMBER is served in between. One that is
//! interrupted has stored whole chunks, and can be repeated. The rows are read twice, one by one: a reason to refuse the
//! whole import is found before anything is written, and memory does not grow with the rows (rule 12).
//!
//! Most of the time goes into the pages of the database that each transaction writes. So [`WINDOW_ROWS`] rows at a time are
//! sorted by number before they are split: neighbours share a page.

mod new_pools;
mod report;

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use tokio::task::yield_now;

use super::place_numbers::{Placement, PlacementRequest};
use super::{Flows, StorageError};
use crate::clock::Clock;
use crate::domain::audit::{Actor, AuditEvent, AuditedChange};
use crate::domain::country::CountryNames;
use crate::domain::inventory::{ImportEntry, ImportRow, InvalidRow, PoolKey, SlotChange};
use crate::storage::{Database, Error, audit, gateways, slots};

pub use new_pools::TooManyPools;
pub use report::{ImportNote, ImportNotes, ImportReport, NOTES_MAX};

/// The most rows in one transaction: some 30 ms.
pub const CHUNK_ROWS: usize = 2000;
/// The rows that are sorted at a time: some 8 MB of memory.
pub const WINDOW_ROWS: usize = 16 * CHUNK_ROWS;
/// After so many rows the task yields to others: some 0.5 ms.
const ROWS_PER_YIELD: u64 = 500;

/// One row of an import.
pub struct ImportLine {
    /// Its line in the file or its place in the array, from 1.
    pub line: u64,
    /// Its fields, or why they cannot be read.
    pub row: Result<ImportRow, InvalidRow>,
}

/// How an import is done.
#[derive(Debug, Clone, Copy)]
pub struct ImportSettings<'a> {
    /// The countries that a number may belong to.
    pub countries: &'a CountryNames,
    /// The most pools that it may add; `None`: no limit.
    pub new_pools_max: Option<u32>,
    /// The time between two transactions: zero within the server, where writers queue; more next to a running server, so that
    /// it can write, too.
    pub pause: Duration,
}

/// Why an import was not completed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It would add more pools than are allowed; nothing of it is stored.
    #[error(transparent)]
    TooManyPools(#[from] TooManyPools),
    /// The database failed; the chunks before are stored.
    #[error(transparent)]
    Storage(StorageError),
}

impl Flows {
    /// Imports rows in their order: of two with the same number, the later one wins.
    pub async fn import_numbers(
        &self,
        settings: &ImportSettings<'_>,
        rows: impl Iterator<Item = ImportLine> + Clone + Send,
    ) -> Result<ImportReport, ImportError> {
        if let Some(max) = settings.new_pools_max {
            new_pools::check(&self.database, settings.countries, rows.clone(), max).await?;
        }
        let mut report = ImportReport::default();
        let mut is_first = true;
        let mut rows = rows.fuse();
        loop {
            let (mut window, is_last) = read_window(&mut rows, settings.countries, &mut report).await;
            if !order_matters(&self.database, &window).await? {
                // Stable: rows of one number keep their order.
                window.sort_by_cached_key(|row| row.entry.number.as_u64());
            }
            let mut window = window.into_iter();
            while window.len() > 0 {
                if !std::mem::take(&mut is_first) && !settings.pause.is_zero() {
                    tokio::time::sleep(settings.pause).await;
                }
                let chunk = window.by_ref().take(CHUNK_ROWS).collect();
                import_chunk(&self.database, &self.clock, chunk, &mut report).await?;
            }
            if is_last {
                return Ok(report);
            }
        }
    }
}

/// A valid row, with what the report needs.
struct ParsedRow {
    line: u64,
    number: String,
    entry: ImportEntry,
}

/// Reads rows until a window is full. Also returns whether these were the last rows.
async fn read_window(
    rows: &mut (impl Iterator<Item = ImportLine> + Send),
    countries: &CountryNames,
    report: &mut ImportReport,
) -> (Vec<ParsedRow>, bool) {
    let mut window = Vec::new();
    let mut count: u64 = 0;
    for ImportLine { line, row } in rows {
        let number = row.as_ref().map_or("", |row| row.number.as_str());
        let number = report::clipped(number);
        match row.and_then(|row| row.parse(countries)) {
            Ok(entry) => window.push(ParsedRow { line, number, entry }),
            Err(rejection) => report.rejected.add(line, number, || rejection.message(countries)),
        }
        if window.len() == WINDOW_ROWS {
            return (window, false);
        }
        count += 1;
        if count.is_multiple_of(ROWS_PER_YIELD) {
            yield_now().await;
        }
    }
    (window, true)
}

/// Whether the order of rows with different numbers matters: it does as soon as a row or a number has a line, because the
/// line may have to be free first.
async fn order_matters(database: &Database, window: &[ParsedRow]) -> Result<bool, Error> {
    if window.iter().any(|row| row.entry.line != SlotChange::Keep) {
        return Ok(true);
    }
    let numbers: Vec<_> = window.iter().map(|row| row.entry.number).collect();
    let lines = slots::of_numbers(&mut database.read().await?, &numbers).await?;
    Ok(!lines.is_empty())
}

async fn import_chunk(
    database: &Database,
    clock: &Clock,
    chunk: Vec<ParsedRow>,
    report: &mut ImportReport,
) -> Result<(), Error> {
    let mut tx = database.write().await?;
    let names: BTreeSet<&str> = chunk.iter().map(|row| row.entry.gateway.as_str()).collect();
    let gateways: HashMap<String, _> = gateways::named(&mut tx, &names.into_iter().collect::<Vec<_>>())
        .await?
        .into_iter()
        .collect();
    let mut rows = Vec::with_capacity(chunk.len());
    let mut wanted = Vec::with_capacity(chunk.len());
    for ParsedRow { line, number, entry } in chunk {
        let Some(gateway) = gateways.get(entry.gateway.as_str()) else {
            let reason = || InvalidRow::GatewayUnknown.to_string();
            report.rejected.add(line, number, reason);
            continue;
        };
        wanted.push(PlacementRequest {
            number: entry.number,
            key: PoolKey {
                gateway: *gateway,
                country: entry.country,
                operator: entry.operator,
            },
            line: entry.line,
        });
        rows.push((line, number, entry.prefix_country));
    }
    let now = clock.now();
    let mut placement = Placement::load(&mut tx, &wanted, now).await?;
    for ((line, number, prefix_country), wanted) in rows.into_iter().zip(&wanted) {
        match placement.put(wanted) {
            Err(rejection) => report.rejected.add(line, number, || rejection.to_string()),
            Ok(effect) => {
                report.count(effect);
                if let Some(other) = prefix_country {
                    report
                        .warnings
                        .add(line, number, || ImportReport::prefix_warning(&other));
                }
            }
        }
    }
    let Some(saved) = placement.save(&mut tx, now) else {
        return tx.rollback().await;
    };
    let event = AuditEvent {
        actor: Actor::Admin,
        kind: AuditedChange::NumbersImported.into(),
        operation: None,
        number: None,
        detail: Some(format!(
            "added {}, moved {}, assigned to lines {}",
            saved.added, saved.moved, saved.assigned_lines
        )),
    };
    audit::write(&mut tx, &[event], now);
    tx.commit().await
}
