//! Numbers come into the inventory, many at a time. The same import again changes nothing.
//!
//! An import is cut into transactions of [`CHUNK_ROWS`] rows, so that GET_NUMBER gets its turn in between; one that
//! breaks off has stored whole chunks, and is repeated as it was.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use crate::clock::Clock;
use crate::domain::country::CountryNames;
use crate::domain::inventory::{Effect, Entry, Intake, Place, Placed, Rejection, Rewired, Row, Wiring};
use crate::domain::number::Number;
use crate::domain::phone::PhoneNumber;
use crate::domain::sms;
use crate::domain::stock::{GatewayId, PoolId};
use crate::domain::time::Timestamp;
use crate::storage::audit::{Actor, Deed};
use crate::storage::pools::Shifts;
use crate::storage::{Database, Error, WriteTx, audit, gateways, lines, numbers, pools};

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
    /// Numbers that changed gateway, country, operator or line.
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
    let mut wiring = wiring_of(&mut tx, &known, &legible, &pools).await?;
    let mut intake = Intake::new(known);
    for (Legible { line, number, entry }, place) in legible.into_iter().zip(pools) {
        match put(&mut intake, &mut wiring, entry, place) {
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
    let (placed, rewired) = (intake.placed(), wiring.rewired());
    if placed.is_empty() && rewired == Rewired::default() {
        return tx.rollback().await;
    }
    save(&mut tx, placed, rewired, clock.now());
    tx.commit().await
}

/// Puts the number of a row into its pool and on its line, or leaves it as it was.
fn put(
    intake: &mut Intake,
    wiring: &mut Wiring,
    entry: Entry,
    place: Option<(PoolId, GatewayId)>,
) -> Result<Effect, Rejection> {
    let (pool, gateway) = place.ok_or(Rejection::GatewayUnknown)?;
    wiring.check(entry.number, gateway, entry.line.as_ref())?;
    let effect = intake.put(entry.number, pool)?;
    let is_rewired = wiring.put(entry.number, gateway, entry.line);
    Ok(if is_rewired && effect == Effect::Unchanged {
        Effect::Updated
    } else {
        effect
    })
}

/// The lines of the numbers, and whoever sits on the lines that they are to have.
async fn wiring_of(
    tx: &mut WriteTx,
    known: &[Number],
    rows: &[Legible],
    places: &[Option<(PoolId, GatewayId)>],
) -> Result<Wiring, Error> {
    let numbers: Vec<PhoneNumber> = known.iter().map(|number| number.number).collect();
    let mut placed = lines::of_numbers(tx, &numbers).await?;
    // A row without a line keeps the one that its number has by then: the stored one, or one that a row before it gave.
    let mut named: HashMap<PhoneNumber, BTreeSet<&sms::Line>> = HashMap::new();
    let told = rows
        .iter()
        .filter_map(|row| Some((row.entry.number, row.entry.line.as_ref()?)));
    for (number, line) in placed.iter().map(|one| (one.number, &one.line)).chain(told) {
        named.entry(number).or_default().insert(line);
    }
    let wanted: BTreeSet<(GatewayId, &sms::Line)> = rows
        .iter()
        .zip(places)
        .filter_map(|(row, place)| {
            let lines = match &row.entry.line {
                Some(line) => BTreeSet::from([line]),
                None => named.get(&row.entry.number)?.clone(),
            };
            Some(((*place)?.1, lines))
        })
        .flat_map(|(gateway, lines)| lines.into_iter().map(move |line| (gateway, line)))
        .collect();
    if !wanted.is_empty() {
        let taken = lines::at(tx, &wanted.into_iter().collect::<Vec<_>>()).await?;
        placed.extend(taken);
    }
    Ok(Wiring::new(
        placed.into_iter().map(|one| (one.number, one.gateway, one.line)),
    ))
}

/// The pool of each row, made where it is missing, with its gateway; `None` where no gateway has the name.
async fn pools_of(tx: &mut WriteTx, rows: &[Legible]) -> Result<Vec<Option<(PoolId, GatewayId)>>, Error> {
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
    let pool = |place: &Place| Some((*ids.get(place)?, place.gateway));
    Ok(places.iter().map(|place| pool(place.as_ref()?)).collect())
}

/// Saves the numbers and their lines; those on sale lie on the shelf of the pool where they are now.
fn save(tx: &mut WriteTx, placed: Vec<Placed>, rewired: Rewired, now: Timestamp) {
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
        detail: Some(format!(
            "added {}, moved {}, put on lines {}",
            fresh.len(),
            moved.len(),
            rewired.placed.len()
        )),
    };
    // A line does not stay at a gateway that its number leaves.
    lines::remove(tx, &rewired.removed);
    numbers::insert(tx, &fresh, now);
    numbers::save(tx, &moved);
    let wired: Vec<lines::Placed> = rewired
        .placed
        .into_iter()
        .map(|(number, gateway, line)| lines::Placed { gateway, line, number })
        .collect();
    lines::insert(tx, &wired);
    pools::rearrange(tx, &shifts);
    audit::write(tx, &[deed], now);
}
