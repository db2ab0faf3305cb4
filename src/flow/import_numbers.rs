//! Numbers come into the inventory, many at a time. The same import again changes nothing.
//!
//! An import is cut into transactions of [`CHUNK_ROWS`] rows, so that GET_NUMBER gets its turn in between; one that
//! breaks off has stored whole chunks, and is repeated as it was.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use crate::clock::Clock;
use crate::domain::country::CountryNames;
use crate::domain::inventory::{Effect, Entry, Intake, Place, Placed, Rejection, Row};
use crate::domain::phone::PhoneNumber;
use crate::domain::stock::{GatewayId, PoolId};
use crate::domain::time::Timestamp;
use crate::storage::audit::{Actor, Deed};
use crate::storage::pools::Shifts;
use crate::storage::{Database, Error, WriteTx, audit, gateways, numbers, pools};

/// The most rows in one transaction: some 30 ms.
pub const CHUNK_ROWS: usize = 2000;

/// One row of an import.
pub struct Line {
    /// Where it stands in what the partner sent, from 1.
    pub line: u64,
    /// What it says, or why it cannot be read.
    pub row: Result<Row, String>,
}

/// A row that was not taken.
#[derive(Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Where it stands.
    pub line: u64,
    /// Its number as it was written; empty when there was none.
    pub number: String,
    /// Why, beginning with the field's name.
    pub reason: String,
}

/// What became of the rows.
#[derive(Default)]
pub struct Report {
    /// Numbers that are new.
    pub added: u64,
    /// Numbers that changed gateway, country or operator.
    pub updated: u64,
    /// Rows that said what was so already.
    pub unchanged: u64,
    /// Rows that were not taken, in their order.
    pub rejected: Vec<Rejected>,
}

/// Imports rows in their order: of two that name the same number, the later one has the last word. `pause` is the time
/// between two transactions: none where the writers queue up, some where another process has to get its turn.
pub async fn import_numbers(
    database: &Database,
    clock: &Clock,
    countries: &CountryNames,
    lines: impl Iterator<Item = Line> + Send,
    pause: Duration,
) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut lines = lines.fuse();
    let mut is_first = true;
    loop {
        let chunk: Vec<Line> = lines.by_ref().take(CHUNK_ROWS).collect();
        if chunk.is_empty() {
            return Ok(report);
        }
        if !std::mem::take(&mut is_first) && !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        import_chunk(database, clock, countries, chunk, &mut report).await?;
    }
}

/// A row that can be read, with what its report needs.
struct Legible {
    line: u64,
    number: String,
    entry: Entry,
}

async fn import_chunk(
    database: &Database,
    clock: &Clock,
    countries: &CountryNames,
    chunk: Vec<Line>,
    report: &mut Report,
) -> Result<(), Error> {
    let first_rejected = report.rejected.len();
    let mut legible = Vec::with_capacity(chunk.len());
    for Line { line, row } in chunk {
        let number = row.as_ref().map_or_else(|_| String::new(), |row| row.number.clone());
        let entry = row.and_then(|row| row.read(countries).map_err(|rejection| rejection.to_string()));
        match entry {
            Ok(entry) => legible.push(Legible { line, number, entry }),
            Err(reason) => report.rejected.push(Rejected { line, number, reason }),
        }
    }
    let mut tx = database.write().await?;
    let pools = pools_of(&mut tx, &legible).await?;
    let known: HashSet<PhoneNumber> = legible.iter().map(|row| row.entry.number).collect();
    let known = numbers::load(&mut tx, &known.into_iter().collect::<Vec<_>>()).await?;
    let mut intake = Intake::new(known);
    for (Legible { line, number, entry }, pool) in legible.into_iter().zip(pools) {
        let effect = pool.ok_or(Rejection::GatewayUnknown);
        match effect.and_then(|pool| intake.put(entry.number, pool)) {
            Ok(Effect::Added) => report.added += 1,
            Ok(Effect::Updated) => report.updated += 1,
            Ok(Effect::Unchanged) => report.unchanged += 1,
            Err(rejection) => {
                let reason = rejection.to_string();
                report.rejected.push(Rejected { line, number, reason });
            }
        }
    }
    report.rejected[first_rejected..].sort_by_key(|rejected| rejected.line);
    let placed = intake.placed();
    if placed.is_empty() {
        return tx.rollback().await;
    }
    save(&mut tx, placed, clock.now());
    tx.commit().await
}

/// The pool of each row, made where it is missing; `None` where no gateway has the name.
async fn pools_of(tx: &mut WriteTx, rows: &[Legible]) -> Result<Vec<Option<PoolId>>, Error> {
    let names: HashSet<&str> = rows.iter().map(|row| row.entry.gateway.as_str()).collect();
    let named = gateways::named(tx, &names.into_iter().collect::<Vec<_>>()).await?;
    let gateways: HashMap<String, GatewayId> = named.into_iter().collect();
    let places: Vec<Option<Place>> = rows
        .iter()
        .map(|Legible { entry, .. }| {
            Some(Place {
                gateway: *gateways.get(&entry.gateway)?,
                country: entry.country.clone(),
                operator: entry.operator.clone(),
            })
        })
        .collect();
    // In their order, so that the same import makes the same pools.
    let distinct: BTreeSet<Place> = places.iter().flatten().cloned().collect();
    let ensured = pools::ensure(tx, &distinct.into_iter().collect::<Vec<_>>()).await?;
    let ids: HashMap<Place, PoolId> = ensured.into_iter().collect();
    Ok(places.iter().map(|place| ids.get(place.as_ref()?).copied()).collect())
}

/// Saves the numbers; those on sale lie on the shelf of the pool where they are now.
fn save(tx: &mut WriteTx, placed: Vec<Placed>, now: Timestamp) {
    let mut shifts = Shifts::default();
    let mut fresh = Vec::new();
    let mut moved = Vec::new();
    for Placed { before, after } in placed {
        shifts.change(before.as_ref(), &after);
        match before {
            None => fresh.push((after.number, after.pool)),
            Some(_) => moved.push(after),
        }
    }
    let deed = Deed {
        actor: Actor::Admin,
        action: "numbers imported",
        operation: None,
        number: None,
        detail: Some(format!("added {}, moved {}", fresh.len(), moved.len())),
    };
    numbers::insert(tx, &fresh, now);
    numbers::save(tx, &moved);
    pools::rearrange(tx, &shifts);
    audit::write(tx, &[deed], now);
}
