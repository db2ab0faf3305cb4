//! An import that makes hundreds of pools has the wrong column under `operator` or `country`: it is refused before
//! anything is stored.

use std::collections::{BTreeSet, HashMap, HashSet};

use tokio::task::yield_now;

use super::{ImportError, ImportLine, ROWS_PER_TURN};
use crate::domain::country::CountryNames;
use crate::domain::inventory::PoolKey;
use crate::storage::{Database, gateways, pools};

/// An import would make more pools than it may.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the import would make more than {max} new pools (import.new_pools_max), one for each gateway, country and operator. \
     Is the column {column} right? Row {line} has {value:?} there. Nothing was imported"
)]
pub struct TooManyPools {
    max: u32,
    /// Where most of the pools differ.
    column: &'static str,
    /// What a row has there.
    value: String,
    /// Where that row stands.
    line: u64,
}

/// Refuses rows that would make more than `max` pools.
pub(super) async fn check(
    database: &Database,
    countries: &CountryNames,
    rows: impl Iterator<Item = ImportLine> + Send,
    max: u32,
) -> Result<(), ImportError> {
    let gateways = gateways::ids(&mut database.read().await?).await?;
    let gateways: HashMap<String, _> = gateways.into_iter().collect();
    let mut search = NewPools {
        max,
        seen: HashSet::new(),
        unsettled: Vec::new(),
        new: Vec::new(),
    };
    let mut count: u64 = 0;
    for ImportLine { line, row } in rows {
        count += 1;
        if count.is_multiple_of(ROWS_PER_TURN) {
            yield_now().await;
        }
        let Ok(entry) = row.and_then(|row| row.parse(countries)) else {
            continue;
        };
        let Some(gateway) = gateways.get(entry.gateway.as_str()) else {
            continue;
        };
        let place = PoolKey {
            gateway: *gateway,
            country: entry.country,
            operator: entry.operator,
        };
        if search.add(line, place) {
            search.settle(database).await?;
        }
    }
    search.settle(database).await
}

/// The pools of the rows. Holds those that exist and at most twice `max` others.
struct NewPools {
    max: u32,
    seen: HashSet<PoolKey>,
    /// Of which it is not known whether they exist, each with the first row that names it.
    unsettled: Vec<(u64, PoolKey)>,
    new: Vec<(u64, PoolKey)>,
}

impl NewPools {
    /// Returns whether it is time to settle.
    fn add(&mut self, line: u64, place: PoolKey) -> bool {
        if !self.seen.contains(&place) {
            self.seen.insert(place.clone());
            self.unsettled.push((line, place));
        }
        self.unsettled.len() > usize::try_from(self.max).unwrap_or(usize::MAX)
    }

    /// Asks which of the pools exist. No view of the database is held while rows are read.
    async fn settle(&mut self, database: &Database) -> Result<(), ImportError> {
        let places: Vec<&PoolKey> = self.unsettled.iter().map(|(_, place)| place).collect();
        let missing = pools::missing(&mut database.read().await?, &places).await?;
        let missing: HashSet<usize> = missing.into_iter().collect();
        let settled = std::mem::take(&mut self.unsettled).into_iter().enumerate();
        let is_missing = |(index, _): &(usize, _)| missing.contains(index);
        self.new.extend(settled.filter(is_missing).map(|(_, place)| place));
        if self.new.len() > usize::try_from(self.max).unwrap_or(usize::MAX) {
            return Err(too_many(self.max, &self.new).into());
        }
        Ok(())
    }
}

fn too_many(max: u32, new: &[(u64, PoolKey)]) -> TooManyPools {
    let operators: BTreeSet<&str> = new.iter().map(|(_, place)| place.operator.as_str()).collect();
    let countries: BTreeSet<&str> = new.iter().map(|(_, place)| place.country.as_str()).collect();
    let (line, example) = new.last().expect("more than the most are not none");
    let (column, value) = if operators.len() >= countries.len() {
        ("operator", example.operator.as_str())
    } else {
        ("country", example.country.as_str())
    };
    TooManyPools {
        max,
        column,
        value: value.to_owned(),
        line: *line,
    }
}
