//! The stock: which numbers can be rented now. GET_SERVICES promises it and GET_NUMBER takes from it (rules 3, 4).
//!
//! Numbers with the same gateway, country and operator form a *pool*. A pool counts its free numbers, a gateway how many
//! more of its numbers may be rented, its *headroom*; the two limit what can be rented.

pub mod delta;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::fair_share::{PoolUsage, max_min_shares};
use super::phone::PhoneNumber;
use super::wire_name::{CountryName, OperatorName};

/// A pool's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PoolId(pub i64);

/// A gateway's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GatewayId(pub i64);

/// One pool of a gateway that is online.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// Its id.
    pub id: PoolId,
    /// The gateway of all its numbers.
    pub gateway: GatewayId,
    /// Their country.
    pub country: CountryName,
    /// Their operator.
    pub operator: OperatorName,
    /// How many of them are available.
    pub free: u64,
    /// How many of them are rented.
    pub rented: u64,
    /// The number that was issued last to a request without exclusions; the search for the next one starts after it.
    pub last_number: Option<PhoneNumber>,
}

/// What GET_NUMBER may filter by. `None` filters nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct StockFilter {
    /// The requested country.
    pub country: Option<CountryName>,
    /// The requested operator.
    pub operator: Option<OperatorName>,
}

impl StockFilter {
    /// Whether the pool's numbers match (rule 3).
    #[must_use]
    pub fn matches(&self, pool: &Pool) -> bool {
        self.country.as_ref().is_none_or(|country| *country == pool.country)
            && self.operator.as_ref().is_none_or(|operator| *operator == pool.operator)
    }
}

/// How many numbers of a pool a request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allocation {
    /// What GET_SERVICES promises of it: its share of its gateway's headroom.
    WithinShare,
    /// All that its gateway's headroom allows; this may use up what is promised of other pools.
    Overflow,
}

/// How many numbers of each operator of each country can be rented, all at once.
pub type AvailableCounts = BTreeMap<CountryName, BTreeMap<OperatorName, u64>>;

/// The pools of the gateways that are online, and the headroom of these gateways.
#[derive(Debug, Clone, Default)]
pub struct Stock {
    /// In the order of their ids.
    pools: Vec<Pool>,
    /// What is promised of each pool, in their order: its share of its gateway's headroom.
    shares: Vec<u64>,
    /// How many more numbers of a gateway may be rented; gateways without a capacity are missing.
    headroom: HashMap<GatewayId, u64>,
    /// The gateways whose shares have to be computed again.
    outdated: HashSet<GatewayId>,
}

impl Stock {
    /// The stock of these pools. `headroom` has the gateways with a capacity: the capacity minus the rented numbers.
    #[must_use]
    pub fn new(mut pools: Vec<Pool>, headroom: HashMap<GatewayId, u64>) -> Self {
        pools.sort_unstable_by_key(|pool| pool.id);
        let shares = pools.iter().map(|pool| pool.free).collect();
        let mut stock = Self {
            pools,
            shares,
            outdated: headroom.keys().copied().collect(),
            headroom,
        };
        stock.share_out();
        stock
    }

    /// Shares the headroom of the outdated gateways out, in one pass over the pools.
    fn share_out(&mut self) {
        let outdated = std::mem::take(&mut self.outdated);
        if outdated.is_empty() {
            return;
        }
        let mut own: HashMap<GatewayId, Vec<usize>> = HashMap::new();
        for (index, pool) in self.pools.iter().enumerate() {
            if outdated.contains(&pool.gateway) {
                own.entry(pool.gateway).or_default().push(index);
            }
        }
        for (gateway, own) in own {
            let usage = |index: &usize| PoolUsage {
                free: self.pools[*index].free,
                rented: self.pools[*index].rented,
            };
            let shares = max_min_shares(&own.iter().map(usage).collect::<Vec<_>>(), self.headroom_of(gateway));
            own.into_iter()
                .zip(shares)
                .for_each(|(index, share)| self.shares[index] = share);
        }
    }

    fn headroom_of(&self, gateway: GatewayId) -> u64 {
        self.headroom.get(&gateway).copied().unwrap_or(u64::MAX)
    }

    fn index(&self, pool: PoolId) -> Option<usize> {
        self.pools.binary_search_by_key(&pool, |candidate| candidate.id).ok()
    }

    /// The pool with its current counters, if its gateway is online.
    #[must_use]
    pub fn pool(&self, pool: PoolId) -> Option<&Pool> {
        self.index(pool).map(|index| &self.pools[index])
    }

    /// How many numbers of the pool may be taken now.
    #[must_use]
    pub fn allocatable(&mut self, pool: PoolId, allocation: Allocation) -> u64 {
        if allocation == Allocation::WithinShare {
            self.share_out();
        }
        self.index(pool)
            .map_or(0, |index| self.allocatable_at(index, allocation))
    }

    fn allocatable_at(&self, index: usize, allocation: Allocation) -> u64 {
        let pool = &self.pools[index];
        match allocation {
            Allocation::WithinShare => self.shares[index],
            Allocation::Overflow => pool.free.min(self.headroom_of(pool.gateway)),
        }
    }

    /// The pools that match the filter, in the order in which to use them. `rotation` (any number) chooses the first one,
    /// each pool in proportion to the numbers that may be taken from it, so that all numbers are used equally.
    ///
    /// Call it with [`Allocation::WithinShare`] first, so that what is promised of other pools stays available. With
    /// [`Allocation::Overflow`] only the pools that have more than their share are returned.
    #[must_use]
    pub fn candidates(&mut self, filter: &StockFilter, rotation: u64, allocation: Allocation) -> Vec<PoolId> {
        self.share_out();
        let mut matching: Vec<(PoolId, u64)> = (0..self.pools.len())
            .filter(|index| filter.matches(&self.pools[*index]))
            .map(|index| (index, self.allocatable_at(index, allocation)))
            .filter(|(index, allocatable)| *allocatable > 0 && self.has_more(*index, allocation))
            .map(|(index, allocatable)| (self.pools[index].id, allocatable))
            .collect();
        let total = matching
            .iter()
            .fold(0_u64, |sum, (_, allocatable)| sum.saturating_add(*allocatable));
        let mut position = rotation.checked_rem(total).unwrap_or(0);
        let start = matching.iter().position(|(_, allocatable)| {
            let hit = position < *allocatable;
            position = position.saturating_sub(*allocatable);
            hit
        });
        matching.rotate_left(start.unwrap_or(0));
        matching.into_iter().map(|(pool, _)| pool).collect()
    }

    /// Whether an overflow can take more than the share.
    fn has_more(&self, index: usize, allocation: Allocation) -> bool {
        allocation == Allocation::WithinShare || self.allocatable_at(index, allocation) > self.shares[index]
    }

    /// Takes `count` numbers from a pool; `cursor` is where the search continues, if that changed.
    ///
    /// What is taken within a pool's share leaves all other shares as they are (see [`max_min_shares`]). Only what is taken
    /// beyond it makes the gateway's headroom be shared out again, once, when the shares are needed next.
    pub fn take(&mut self, pool: PoolId, count: u64, cursor: Option<PhoneNumber>) {
        let Some(index) = self.index(pool) else {
            return;
        };
        let pool = &mut self.pools[index];
        pool.free = pool.free.saturating_sub(count);
        pool.rented = pool.rented.saturating_add(count);
        pool.last_number = cursor.or(pool.last_number);
        let kept = self.shares[index].checked_sub(count);
        self.shares[index] = kept.unwrap_or(0).min(pool.free);
        if let Some(headroom) = self.headroom.get_mut(&pool.gateway) {
            *headroom = headroom.saturating_sub(count);
            if kept.is_none() {
                self.outdated.insert(pool.gateway);
            }
        }
    }

    /// The numbers that GET_SERVICES promises (rule 4).
    #[must_use]
    pub fn available_counts(&mut self) -> AvailableCounts {
        self.share_out();
        let mut promise = AvailableCounts::new();
        for (pool, share) in self.pools.iter().zip(&self.shares).filter(|(_, share)| **share > 0) {
            let operators = promise.entry(pool.country.clone()).or_default();
            *operators.entry(pool.operator.clone()).or_default() += share;
        }
        promise
    }
}

#[cfg(test)]
mod tests;
