//! Picks numbers for one group of requests after another, all in one transaction.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Cursors;
use crate::domain::exclusion::Exclusions;
use crate::domain::phone::PhoneNumber;
use crate::domain::stock::{Allocation, PoolId, Stock, StockFilter};
use crate::storage::pools::{self, RangeScan, TakenNumbers};
use crate::storage::{Error, WriteTx};

/// A pool with no more available numbers than this is small: all of them are read, together with those of others.
const SMALL_MAX: usize = 64;
/// The most numbers that the first round trip for several small pools reads; each later one reads up to four times as
/// many.
const TOGETHER_FIRST: usize = 64;
/// The most numbers of small pools that are ever read in one round trip.
const TOGETHER_MAX: usize = 4096;

/// Picks numbers; those that one group got are not available for the next.
pub(super) struct Picker<'a> {
    stock: Stock,
    cursors: &'a mut Cursors,
    taken: HashMap<PoolId, TakenNumbers>,
    /// All numbers in `taken`.
    taken_numbers: HashSet<PhoneNumber>,
    prefetched: Option<Prefetched>,
}

/// A search that was sent before it was known whether it is the right one, and what it found.
pub(super) type Prefetched = (RangeScan, Vec<PhoneNumber>);

/// The first search for this group, if the stock has not changed since the last batch.
pub(super) fn prefetch(stock: &mut Stock, cursors: &Cursors, group: &RequestGroup<'_>) -> Option<RangeScan> {
    let allocation = Allocation::WithinShare;
    let pool = stock
        .candidates(group.filter, group.rotation, allocation)
        .into_iter()
        .next()?;
    let allocatable = usize::try_from(stock.allocatable(pool, allocation)).unwrap_or(usize::MAX);
    let pool = stock.pool(pool)?;
    Some(RangeScan {
        pool: pool.id,
        ranges: group.exclusions.ranges_after(cursors.get(pool, group.exclusions)),
        limit: allocatable.min(group.count),
    })
}

/// The requests of a batch that ask for the same.
pub(super) struct RequestGroup<'a> {
    pub(super) filter: &'a StockFilter,
    pub(super) exclusions: &'a Exclusions,
    /// How many requests there are.
    pub(super) count: usize,
    /// Chooses the first of the pools that match.
    pub(super) rotation: u64,
}

impl<'a> Picker<'a> {
    pub(super) fn new(stock: Stock, cursors: &'a mut Cursors, prefetched: Option<Prefetched>) -> Self {
        Self {
            stock,
            cursors,
            taken: HashMap::new(),
            taken_numbers: HashSet::new(),
            prefetched,
        }
    }

    /// One number for each request of the group; fewer when no more match.
    pub(super) async fn pick(&mut self, tx: &mut WriteTx, group: &RequestGroup<'_>) -> Result<Vec<PhoneNumber>, Error> {
        let mut picked = Vec::with_capacity(group.count);
        for allocation in [Allocation::WithinShare, Allocation::Overflow] {
            if picked.len() == group.count {
                break;
            }
            let candidates = self.stock.candidates(group.filter, group.rotation, allocation);
            let mut rest = candidates.as_slice();
            // Usually the first pool has enough. If not, more and more small pools are read in one round trip.
            let mut together_max = 0;
            while let [pool, ..] = rest
                && picked.len() < group.count
            {
                let together = self.small_pools(rest, allocation, together_max).max(1);
                let mut found = if together > 1 {
                    tx.read(pools::all_free_numbers(&rest[..together])).await?
                } else {
                    let wanted = group.count - picked.len();
                    BTreeMap::from([(
                        *pool,
                        self.search(tx, *pool, group.exclusions, allocation, wanted).await?,
                    )])
                };
                for pool in &rest[..together] {
                    let mut numbers = found.remove(pool).unwrap_or_default();
                    if together > 1 {
                        self.rotate(*pool, group.exclusions, &mut numbers);
                    }
                    let wanted = group.count - picked.len();
                    picked.extend(self.take(*pool, numbers, group.exclusions, allocation, wanted));
                }
                rest = &rest[together..];
                together_max = (together_max * 4).clamp(TOGETHER_FIRST, TOGETHER_MAX);
            }
        }
        Ok(picked)
    }

    /// How many more numbers of the pool may be taken: an earlier pool of the same gateway may have used up its capacity.
    fn allocatable(&mut self, pool: PoolId, allocation: Allocation) -> usize {
        usize::try_from(self.stock.allocatable(pool, allocation)).unwrap_or(usize::MAX)
    }

    /// How many of the pools, from the first one on, are small and hold at most `numbers_max` numbers in total.
    fn small_pools(&mut self, pools: &[PoolId], allocation: Allocation, numbers_max: usize) -> usize {
        let mut numbers = 0;
        let is_small = |pool: &&PoolId| {
            let available = self.stored(**pool);
            numbers += available;
            available <= SMALL_MAX && numbers <= numbers_max && self.allocatable(**pool, allocation) > 0
        };
        pools.iter().take_while(is_small).count()
    }

    /// How many numbers of the pool are stored as available, including those that this batch took already.
    fn stored(&self, pool: PoolId) -> usize {
        let free = self.stock.pool(pool).map_or(0, |pool| pool.free);
        let taken = self.taken.get(&pool).map_or(0, |taken| taken.numbers.len());
        usize::try_from(free).unwrap_or(usize::MAX).saturating_add(taken)
    }

    /// Sorts all numbers of a pool into the order in which they are issued: from the cursor on.
    fn rotate(&self, pool: PoolId, exclusions: &Exclusions, numbers: &mut [PhoneNumber]) {
        let pool = self.stock.pool(pool);
        if let Some(last) = pool.and_then(|pool| self.cursors.get(pool, exclusions)) {
            let last = last.digits();
            numbers.rotate_left(numbers.partition_point(|number| number.digits() <= last));
        }
    }

    /// Numbers of one pool: as many as are wanted and may be taken. May contain numbers that this batch took already.
    async fn search(
        &mut self,
        tx: &mut WriteTx,
        pool: PoolId,
        exclusions: &Exclusions,
        allocation: Allocation,
        wanted: usize,
    ) -> Result<Vec<PhoneNumber>, Error> {
        let wanted = wanted.min(self.allocatable(pool, allocation));
        let Some(stocked) = self.stock.pool(pool).filter(|_| wanted > 0) else {
            return Ok(Vec::new());
        };
        let already_taken = self.taken.get(&pool).map_or(0, |taken| taken.numbers.len());
        let search = RangeScan {
            pool,
            ranges: exclusions.ranges_after(self.cursors.get(stocked, exclusions)),
            limit: wanted + already_taken,
        };
        match self.prefetched.take() {
            Some((prefetched, found)) if prefetched.covers(&search) => Ok(found),
            _ => tx.read(pools::free_numbers(&search)).await,
        }
    }

    /// Takes numbers that were found in a pool, as many as are wanted and may be taken.
    fn take(
        &mut self,
        pool: PoolId,
        mut found: Vec<PhoneNumber>,
        exclusions: &Exclusions,
        allocation: Allocation,
        wanted: usize,
    ) -> Vec<PhoneNumber> {
        // A search by ranges returns no excluded number, a read of a whole pool may (rule 3).
        found.retain(|number| !self.taken_numbers.contains(number) && !exclusions.exclude(*number));
        found.truncate(wanted.min(self.allocatable(pool, allocation)));
        let Some(last) = found.last().copied() else {
            return found;
        };
        self.taken_numbers.extend(&found);
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
