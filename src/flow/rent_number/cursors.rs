//! Where the search for the next number continues, for requests that exclude prefixes.
//!
//! Requests without exclusions share the cursor that the pool stores. Requests with exclusions would move it past numbers
//! that they skip, and those would never be issued; so each set of exclusions has a cursor of its own. These are kept in
//! memory: after a restart they start from the pool's.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::domain::exclusion::Exclusions;
use crate::domain::phone::PhoneNumber;
use crate::domain::stock::{Pool, PoolId};

/// The most cursors that are kept (rule 12); beyond that all are discarded.
const CURSORS_MAX: usize = 10_000;

/// The cursors, by pool and set of exclusions.
#[derive(Debug, Default)]
pub(super) struct Cursors(HashMap<(PoolId, u64), PhoneNumber>);

impl Cursors {
    /// The number after which to search.
    pub(super) fn get(&self, pool: &Pool, exclusions: &Exclusions) -> Option<PhoneNumber> {
        let own = if exclusions.is_empty() {
            None
        } else {
            self.0.get(&key(pool.id, exclusions)).copied()
        };
        own.or(pool.last_number)
    }

    /// Stores the number that was found last.
    pub(super) fn set(&mut self, pool: PoolId, exclusions: &Exclusions, last: PhoneNumber) {
        if self.0.len() >= CURSORS_MAX {
            self.0.clear();
        }
        self.0.insert(key(pool, exclusions), last);
    }
}

/// Two sets with the same hash share a cursor, which does no harm.
fn key(pool: PoolId, exclusions: &Exclusions) -> (PoolId, u64) {
    let mut hasher = DefaultHasher::new();
    exclusions.hash(&mut hasher);
    (pool, hasher.finish())
}
