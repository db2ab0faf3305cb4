//! Where the search for the next number goes on, for requests that exclude something.
//!
//! Those who exclude nothing share the cursor that the pool keeps. Those who exclude would tear it to where they may
//! look, and the numbers in between would never get their turn; so each set of exclusions has a cursor of its own. These
//! are kept in memory: after a restart they start from the pool's.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::domain::exclusion::Exclusions;
use crate::domain::phone::PhoneNumber;
use crate::domain::stock::{Pool, PoolId};

/// The most cursors that are kept (rule 12); beyond that all start anew.
const CURSORS_MAX: usize = 10_000;

/// The cursors, by pool and set of exclusions.
#[derive(Debug, Default)]
pub(super) struct Cursors(HashMap<(PoolId, u64), PhoneNumber>);

impl Cursors {
    /// The number after which to look.
    pub(super) fn get(&self, pool: &Pool, exclusions: &Exclusions) -> Option<PhoneNumber> {
        let own = if exclusions.is_empty() {
            None
        } else {
            self.0.get(&key(pool.id, exclusions)).copied()
        };
        own.or(pool.last_number)
    }

    /// Notes the number that was found last.
    pub(super) fn set(&mut self, pool: PoolId, exclusions: &Exclusions, last: PhoneNumber) {
        if self.0.len() >= CURSORS_MAX {
            self.0.clear();
        }
        self.0.insert(key(pool, exclusions), last);
    }
}

/// Two sets with one hash would share a cursor, which does no harm.
fn key(pool: PoolId, exclusions: &Exclusions) -> (PoolId, u64) {
    let mut hasher = DefaultHasher::new();
    exclusions.hash(&mut hasher);
    (pool, hasher.finish())
}
