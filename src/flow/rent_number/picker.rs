//! Picks numbers for one group of requests after another, all in one transaction.

use std::collections::{HashMap, HashSet};

use super::Cursors;
use crate::domain::exclusion::Exclusions;
use crate::domain::phone::PhoneNumber;
use crate::domain::stock::{Filter, Pool, PoolId, Reach, Stock};
use crate::storage::pools::{self, Search, Taken};
use crate::storage::{Error, WriteTx};

/// What one group got, the next does not see.
pub(super) struct Picker<'a> {
    stock: Stock,
    cursors: &'a mut Cursors,
    taken: HashMap<PoolId, Taken>,
    numbers: HashSet<PhoneNumber>,
    foreseen: Option<Foreseen>,
}

/// A search that was made before it was known whether it is the right one, and what it found.
pub(super) type Foreseen = (Search, Vec<PhoneNumber>);

/// The search with which a batch begins whose first wish this is, if the stock is still what it was.
pub(super) fn foresee(stock: &Stock, cursors: &Cursors, wish: &Wish<'_>) -> Option<Search> {
    let reach = Reach::Promised;
    let pool = stock.candidates(wish.filter, wish.turn, reach).into_iter().next()?;
    let takeable = usize::try_from(stock.takeable(pool.id, reach)).unwrap_or(usize::MAX);
    Some(Search {
        pool: pool.id,
        ranges: wish.exclusions.ranges_after(cursors.get(&pool, wish.exclusions)),
        limit: takeable.min(wish.count),
    })
}

/// What requests that are alike ask for.
pub(super) struct Wish<'a> {
    pub(super) filter: &'a Filter,
    pub(super) exclusions: &'a Exclusions,
    /// How many requests there are.
    pub(super) count: usize,
    /// Where to start among the pools that fit.
    pub(super) turn: u64,
}

impl<'a> Picker<'a> {
    pub(super) fn new(stock: Stock, cursors: &'a mut Cursors, foreseen: Option<Foreseen>) -> Self {
        Self {
            stock,
            cursors,
            taken: HashMap::new(),
            numbers: HashSet::new(),
            foreseen,
        }
    }

    /// As many numbers as are wished for; fewer when no more fit.
    pub(super) async fn pick(&mut self, tx: &mut WriteTx, wish: &Wish<'_>) -> Result<Vec<PhoneNumber>, Error> {
        let mut picked = Vec::with_capacity(wish.count);
        for reach in [Reach::Promised, Reach::Beyond] {
            for pool in self.stock.candidates(wish.filter, wish.turn, reach) {
                // Looked up again: an earlier pool of the same gateway may have used its room.
                let takeable = usize::try_from(self.stock.takeable(pool.id, reach)).unwrap_or(usize::MAX);
                let wanted = takeable.min(wish.count - picked.len());
                if wanted > 0 {
                    picked.extend(self.pick_from(tx, &pool, wish.exclusions, wanted).await?);
                }
            }
        }
        Ok(picked)
    }

    async fn pick_from(
        &mut self,
        tx: &mut WriteTx,
        pool: &Pool,
        exclusions: &Exclusions,
        wanted: usize,
    ) -> Result<Vec<PhoneNumber>, Error> {
        let ranges = exclusions.ranges_after(self.cursors.get(pool, exclusions));
        // The shelf still shows what this batch took already.
        let seen = self.taken.get(&pool.id).map_or(0, |taken| taken.numbers.len());
        let search = Search {
            pool: pool.id,
            ranges,
            limit: wanted + seen,
        };
        let mut found = match self.foreseen.take() {
            Some((foreseen, found)) if foreseen.tells(&search) => found,
            _ => tx.read(pools::free_numbers(&search)).await?,
        };
        // The ranges leave nothing excluded over; rule 3 is kept here all the same.
        found.retain(|number| !self.numbers.contains(number) && !exclusions.exclude(*number));
        found.truncate(wanted);
        let Some(last) = found.last().copied() else {
            return Ok(found);
        };
        self.numbers.extend(&found);
        let count = u64::try_from(found.len()).unwrap_or(u64::MAX);
        let taken = self.taken.entry(pool.id).or_insert_with(|| Taken::none(pool.id));
        taken.numbers.extend(&found);
        if exclusions.is_empty() {
            self.stock.take(pool.id, count, Some(last));
            taken.cursor = Some(last);
        } else {
            self.stock.take(pool.id, count, None);
            self.cursors.set(pool.id, exclusions, last);
        }
        Ok(found)
    }

    /// What was taken of each pool, and the stock that is left.
    pub(super) fn into_taken(self) -> (Vec<Taken>, Stock) {
        (self.taken.into_values().collect(), self.stock)
    }
}
