//! Changes of the stock.

use std::collections::HashMap;

use super::PoolId;
use crate::domain::number::Number;
use crate::domain::phone::PhoneNumber;

/// Numbers that become available or unavailable, and the changes of the counters of their pools.
#[derive(Debug, Clone, Default)]
pub struct StockDelta {
    made_available: Vec<(PoolId, PhoneNumber)>,
    made_unavailable: Vec<(PoolId, PhoneNumber)>,
    counts: HashMap<PoolId, CountDelta>,
}

/// By how much the counters of a pool change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CountDelta {
    /// Available numbers.
    pub free: i64,
    /// Rented numbers.
    pub rented: i64,
}

impl StockDelta {
    /// The number becomes available.
    pub fn make_available(&mut self, pool: PoolId, number: PhoneNumber) {
        self.made_available.push((pool, number));
        self.counts.entry(pool).or_default().free += 1;
    }

    /// The number becomes unavailable without being rented.
    pub fn make_unavailable(&mut self, pool: PoolId, number: PhoneNumber) {
        self.made_unavailable.push((pool, number));
        self.counts.entry(pool).or_default().free -= 1;
    }

    /// A number has changed: its availability before and after is compared.
    pub fn change(&mut self, before: Option<&Number>, after: &Number) {
        if let Some(before) = before.filter(|before| before.is_available()) {
            self.make_unavailable(before.pool, before.number);
        }
        if after.is_available() {
            self.make_available(after.pool, after.number);
        }
    }

    /// A number of the pool is no longer rented.
    pub fn end_rental(&mut self, pool: PoolId) {
        self.counts.entry(pool).or_default().rented -= 1;
    }

    /// The numbers that become available.
    #[must_use]
    pub fn made_available(&self) -> &[(PoolId, PhoneNumber)] {
        &self.made_available
    }

    /// The numbers that become unavailable without being rented.
    #[must_use]
    pub fn made_unavailable(&self) -> &[(PoolId, PhoneNumber)] {
        &self.made_unavailable
    }

    /// The pools whose counters change.
    pub fn counts(&self) -> impl ExactSizeIterator<Item = (PoolId, CountDelta)> {
        self.counts.iter().map(|(pool, counts)| (*pool, *counts))
    }
}
