//! An import that would add hundreds of pools probably has the wrong column under `operator` or `country`. It is refused
//! before anything is stored.

use std::collections::{BTreeSet, HashMap, HashSet};

use tokio::task::yield_now;

use super::{ImportError, ImportLine, ROWS_PER_YIELD};
use crate::domain::country::CountryNames;
use crate::domain::inventory::PoolKey;
use crate::storage::{Database, gateways, pools};

/// An import would add more pools than it may.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the import would make more than {max} new pools (import.new_pools_max), one for each gateway, country and operator. \
     Is the column {column} right? Row {line} has {value:?} there. Nothing was imported"
)]
pub struct TooManyPools {
    max: u32,
    /// The column in which the pools differ most.
    column: &'static str,
    /// An example of its values.
    value: String,
    /// The row of the example.
    line: u64,
}

/// Refuses rows that would add more than `max` pools.
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
        unchecked: Vec::new(),
        new: Vec::new(),
    };
    let mut count: u64 = 0;
    for ImportLine { line, row } in rows {
        count += 1;
        if count.is_multiple_of(ROWS_PER_YIELD) {
            yield_now().await;
        }
        let Ok(entry) = row.and_then(|row| row.parse(countries)) else {
            continue;
        };
        let Some(gateway) = gateways.get(entry.gateway.as_str()) else {
            continue;
        };
        let key = PoolKey {
            gateway: *gateway,
            country: entry.country,
            operator: entry.operator,
        };
        if search.add(line, key) {
            search.check_known(database).await?;
        }
    }
    search.check_known(database).await
}

/// The pools of the rows. Holds at most those that exist and twice `max` others.
struct NewPools {
    max: u32,
    seen: HashSet<PoolKey>,
    /// Pools that may be new, each with its first row.
    unchecked: Vec<(u64, PoolKey)>,
    new: Vec<(u64, PoolKey)>,
}

impl NewPools {
    /// Returns whether enough pools have gathered to check them.
    fn add(&mut self, line: u64, key: PoolKey) -> bool {
        if !self.seen.contains(&key) {
            self.seen.insert(key.clone());
            self.unchecked.push((line, key));
        }
        self.unchecked.len() > usize::try_from(self.max).unwrap_or(usize::MAX)
    }

    /// Finds out which of the gathered pools exist. No read transaction is held while rows are read.
    async fn check_known(&mut self, database: &Database) -> Result<(), ImportError> {
        let keys: Vec<&PoolKey> = self.unchecked.iter().map(|(_, key)| key).collect();
        let missing = pools::missing(&mut database.read().await?, &keys).await?;
        let missing: HashSet<usize> = missing.into_iter().collect();
        let checked = std::mem::take(&mut self.unchecked).into_iter().enumerate();
        let is_missing = |(index, _): &(usize, _)| missing.contains(index);
        self.new.extend(checked.filter(is_missing).map(|(_, key)| key));
        if self.new.len() > usize::try_from(self.max).unwrap_or(usize::MAX) {
            return Err(too_many(self.max, &self.new).into());
        }
        Ok(())
    }
}

fn too_many(max: u32, new: &[(u64, PoolKey)]) -> TooManyPools {
    let operators: BTreeSet<&str> = new.iter().map(|(_, key)| key.operator.as_str()).collect();
    let countries: BTreeSet<&str> = new.iter().map(|(_, key)| key.country.as_str()).collect();
    let (line, example) = new.last().expect("there are more than the maximum");
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
