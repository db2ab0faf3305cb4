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
    prefetched: Option<Prefetched>,
}

/// A search that was made before it was known whether it is the right one, and what it found.
pub(super) type Prefetched = (RangeScan, Vec<PhoneNumber>);

/// The search with which a batch begins whose first group this is, if the stock is still what it was.
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
    /// Where to start among the pools that fit.
    pub(super) rotation: u64,
}

impl<'a> Picker<'a> {
    pub(super) fn new(stock: Stock, cursors: &'a mut Cursors, prefetched: Option<Prefetched>) -> Self {
        Self {
            stock,
            cursors,
            taken: HashMap::new(),
            numbers: HashSet::new(),
            prefetched,
        }
    }

    /// One number for each request of the group; fewer when no more fit.
    pub(super) async fn pick(&mut self, tx: &mut WriteTx, group: &RequestGroup<'_>) -> Result<Vec<PhoneNumber>, Error> {
        let mut picked = Vec::with_capacity(group.count);
        for allocation in [Allocation::WithinShare, Allocation::Overflow] {
            if picked.len() == group.count {
                break;
            }
            let candidates = self.stock.candidates(group.filter, group.rotation, allocation);
            let mut rest = candidates.as_slice();
            // The first pool mostly has enough. When it has not, more and more small ones are read in one round trip.
            let mut together_max = 0;
            while let [pool, ..] = rest
                && picked.len() < group.count
            {
                let together = self.small_ones(rest, allocation, together_max).max(1);
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
                together_max = (together_max * 4).clamp(TOGETHER_MIN, TOGETHER_MAX);
            }
        }
        Ok(picked)
    }

    /// How many numbers of the pool may be taken still: an earlier pool of the same gateway may have used its capacity.
    fn allocatable(&mut self, pool: PoolId, allocation: Allocation) -> usize {
        usize::try_from(self.stock.allocatable(pool, allocation)).unwrap_or(usize::MAX)
    }

    /// How many of the pools, from the first one on, are small and hold no more than `numbers_max` numbers together.
    fn small_ones(&mut self, pools: &[PoolId], allocation: Allocation, numbers_max: usize) -> usize {
        let mut numbers = 0;
        let is_one = |pool: &&PoolId| {
            let available = self.unallocated(**pool);
            numbers += available;
            available <= SMALL_MAX && numbers <= numbers_max && self.allocatable(**pool, allocation) > 0
        };
        pools.iter().take_while(is_one).count()
    }

    /// How many numbers of the pool are stored as available, those included that this batch took already.
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
        allocation: Allocation,
        wanted: usize,
    ) -> Result<Vec<PhoneNumber>, Error> {
        let wanted = wanted.min(self.allocatable(pool, allocation));
        let Some(stocked) = self.stock.pool(pool).filter(|_| wanted > 0) else {
            return Ok(Vec::new());
        };
        let seen = self.taken.get(&pool).map_or(0, |taken| taken.numbers.len());
        let search = RangeScan {
            pool,
            ranges: exclusions.ranges_after(self.cursors.get(stocked, exclusions)),
            limit: wanted + seen,
        };
        match self.prefetched.take() {
            Some((prefetched, found)) if prefetched.covers(&search) => Ok(found),
            _ => tx.read(pools::free_numbers(&search)).await,
        }
    }

    /// Takes what was found in a pool, as far as it is wanted and may be taken.
    fn take(
        &mut self,
        pool: PoolId,
        mut found: Vec<PhoneNumber>,
        exclusions: &Exclusions,
        allocation: Allocation,
        wanted: usize,
    ) -> Vec<PhoneNumber> {
        // The ranges of a search leave nothing excluded over; what is read as a whole is looked through here (rule 3).
        found.retain(|number| !self.numbers.contains(number) && !exclusions.exclude(*number));
        found.truncate(wanted.min(self.allocatable(pool, allocation)));
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
