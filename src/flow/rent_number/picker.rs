//! Picks numbers for one group of requests after another, all in one transaction.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Cursors;
use crate::domain::exclusion::Exclusions;
use crate::domain::phone::PhoneNumber;
use crate::domain::stock::{Allocation, PoolId, Stock, StockFilter};
use crate::storage::pools::{self, RangeScan, TakenNumbers};
use crate::storage::{Error, WriteTx};

/// A pool with no more numbers than this on its shelf is small: all of them are read, together with those of others.
const SMALL_MAX: usize = 64;
/// The most numbers that are read together, the first time.
const TOGETHER_MIN: usize = 64;
/// The most numbers that are read together at last.
const TOGETHER_MAX: usize = 4096;

/// What one group got, the next does not see.
pub(super) struct Picker<'a> {
    stock: Stock,
    cursors: &'a mut Cursors,
    taken: HashMap<PoolId, TakenNumbers>,
    numbers: HashSet<PhoneNumber>,
    foreseen: Option<Prefetched>,
}

/// A search that was made before it was known whether it is the right one, and what it found.
pub(super) type Prefetched = (RangeScan, Vec<PhoneNumber>);

/// The search with which a batch begins whose first wish this is, if the stock is still what it was.
pub(super) fn prefetch(stock: &mut Stock, cursors: &Cursors, wish: &RequestGroup<'_>) -> Option<RangeScan> {
    let reach = Allocation::WithinShare;
    let pool = stock.candidates(wish.filter, wish.turn, reach).into_iter().next()?;
    let takeable = usize::try_from(stock.allocatable(pool, reach)).unwrap_or(usize::MAX);
    let pool = stock.pool(pool)?;
    Some(RangeScan {
        pool: pool.id,
        ranges: wish.exclusions.ranges_after(cursors.get(pool, wish.exclusions)),
        limit: takeable.min(wish.count),
    })
}

/// What requests that are alike ask for.
pub(super) struct RequestGroup<'a> {
    pub(super) filter: &'a StockFilter,
    pub(super) exclusions: &'a Exclusions,
    /// How many requests there are.
    pub(super) count: usize,
    /// Where to start among the pools that fit.
    pub(super) turn: u64,
}

impl<'a> Picker<'a> {
    pub(super) fn new(stock: Stock, cursors: &'a mut Cursors, foreseen: Option<Prefetched>) -> Self {
        Self {
            stock,
            cursors,
            taken: HashMap::new(),
            numbers: HashSet::new(),
            foreseen,
        }
    }

    /// As many numbers as are wished for; fewer when no more fit.
    pub(super) async fn pick(&mut self, tx: &mut WriteTx, wish: &RequestGroup<'_>) -> Result<Vec<PhoneNumber>, Error> {
        let mut picked = Vec::with_capacity(wish.count);
        for reach in [Allocation::WithinShare, Allocation::Overflow] {
            if picked.len() == wish.count {
                break;
            }
            let candidates = self.stock.candidates(wish.filter, wish.turn, reach);
            let mut rest = candidates.as_slice();
            // The first pool mostly has enough. When it has not, more and more small ones are read in one round trip.
            let mut together_max = 0;
            while let [pool, ..] = rest
                && picked.len() < wish.count
            {
                let together = self.small_ones(rest, reach, together_max).max(1);
                let mut found = if together > 1 {
                    tx.read(pools::all_free_numbers(&rest[..together])).await?
                } else {
                    let wanted = wish.count - picked.len();
                    BTreeMap::from([(*pool, self.search(tx, *pool, wish.exclusions, reach, wanted).await?)])
                };
                for pool in &rest[..together] {
                    let mut numbers = found.remove(pool).unwrap_or_default();
                    if together > 1 {
                        self.rotate(*pool, wish.exclusions, &mut numbers);
                    }
                    let wanted = wish.count - picked.len();
                    picked.extend(self.take(*pool, numbers, wish.exclusions, reach, wanted));
                }
                rest = &rest[together..];
                together_max = (together_max * 4).clamp(TOGETHER_MIN, TOGETHER_MAX);
            }
        }
        Ok(picked)
    }

    /// How many numbers of the pool may be taken still: an earlier pool of the same gateway may have used its room.
    fn takeable(&mut self, pool: PoolId, reach: Allocation) -> usize {
        usize::try_from(self.stock.allocatable(pool, reach)).unwrap_or(usize::MAX)
    }

    /// How many of the pools, from the first one on, are small and hold no more than `numbers_max` numbers together.
    fn small_ones(&mut self, pools: &[PoolId], reach: Allocation, numbers_max: usize) -> usize {
        let mut numbers = 0;
        let is_one = |pool: &&PoolId| {
            let on_shelf = self.unallocated(**pool);
            numbers += on_shelf;
            on_shelf <= SMALL_MAX && numbers <= numbers_max && self.takeable(**pool, reach) > 0
        };
        pools.iter().take_while(is_one).count()
    }

    /// How many numbers the pool's shelf shows, which still shows what this batch took already.
    fn unallocated(&self, pool: PoolId) -> usize {
        let free = self.stock.pool(pool).map_or(0, |pool| pool.free);
        let taken = self.taken.get(&pool).map_or(0, |taken| taken.numbers.len());
        usize::try_from(free).unwrap_or(usize::MAX).saturating_add(taken)
    }

    /// Puts all numbers of a pool into the order in which it is their turn.
    fn rotate(&self, pool: PoolId, exclusions: &Exclusions, numbers: &mut [PhoneNumber]) {
        let pool = self.stock.pool(pool);
        if let Some(last) = pool.and_then(|pool| self.cursors.get(pool, exclusions)) {
            let last = last.digits();
            numbers.rotate_left(numbers.partition_point(|number| number.digits() <= last));
        }
    }

    /// Numbers of one pool, as many as are wanted and may be taken, and those that this batch took already.
    async fn search(
        &mut self,
        tx: &mut WriteTx,
        pool: PoolId,
        exclusions: &Exclusions,
        reach: Allocation,
        wanted: usize,
    ) -> Result<Vec<PhoneNumber>, Error> {
        let wanted = wanted.min(self.takeable(pool, reach));
        let Some(stocked) = self.stock.pool(pool).filter(|_| wanted > 0) else {
            return Ok(Vec::new());
        };
        let seen = self.taken.get(&pool).map_or(0, |taken| taken.numbers.len());
        let search = RangeScan {
            pool,
            ranges: exclusions.ranges_after(self.cursors.get(stocked, exclusions)),
            limit: wanted + seen,
        };
        match self.foreseen.take() {
            Some((foreseen, found)) if foreseen.covers(&search) => Ok(found),
            _ => tx.read(pools::free_numbers(&search)).await,
        }
    }

    /// Takes what was found in a pool, as far as it is wanted and may be taken.
    fn take(
        &mut self,
        pool: PoolId,
        mut found: Vec<PhoneNumber>,
        exclusions: &Exclusions,
        reach: Allocation,
        wanted: usize,
    ) -> Vec<PhoneNumber> {
        // The ranges of a search leave nothing excluded over; what is read as a whole is looked through here (rule 3).
        found.retain(|number| !self.numbers.contains(number) && !exclusions.exclude(*number));
        found.truncate(wanted.min(self.takeable(pool, reach)));
        let Some(last) = found.last().copied() else {
            return found;
        };
        self.numbers.extend(&found);
        let count = u64::try_from(found.len()).unwrap_or(u64::MAX);
        let taken = self.taken.entry(pool).or_insert_with(|| TakenNumbers::none(pool));
        taken.numbers.extend(&found);
        if exclusions.is_empty() {
            self.stock.take(pool, count, Some(last));
            taken.cursor = Some(last);
        } else {
            self.stock.take(pool, count, None);
            self.cursors.set(pool, exclusions, last);
        }
        found
    }

    /// What was taken of each pool, and the stock that is left.
    pub(super) fn into_taken(self) -> (Vec<TakenNumbers>, Stock) {
        (self.taken.into_values().collect(), self.stock)
    }
}
