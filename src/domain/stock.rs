//! What can be rented at this moment: the one account from which GET_SERVICES promises and GET_NUMBER takes (rules 3, 4).
//!
//! Numbers that are alike (same gateway, country and operator) form a *pool*. A pool knows how many of its numbers are
//! free, a gateway how many of its numbers may still be rented; what is rentable follows from the two.

use std::collections::{BTreeMap, HashMap};

use super::phone::PhoneNumber;
use super::wire_name::{CountryName, OperatorName};

/// A pool's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PoolId(pub i64);

/// A gateway's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GatewayId(pub i64);

/// One pool of an on-line gateway.
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
    /// How many of them lie on the shelf.
    pub free: u64,
    /// The number issued last to somebody who excluded nothing; the next one is looked for after it.
    pub last_number: Option<PhoneNumber>,
}

/// What GET_NUMBER may filter by. `None` filters nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// The country asked for.
    pub country: Option<CountryName>,
    /// The operator asked for.
    pub operator: Option<OperatorName>,
}

impl Filter {
    /// Whether the pool's numbers fit (rule 3).
    #[must_use]
    pub fn matches(&self, pool: &Pool) -> bool {
        self.country.as_ref().is_none_or(|country| *country == pool.country)
            && self.operator.as_ref().is_none_or(|operator| *operator == pool.operator)
    }
}

/// How many numbers of each operator of each country can be rented, all at once.
pub type Promise = BTreeMap<CountryName, BTreeMap<OperatorName, u64>>;

/// The pools of the gateways that are on line, and what their gateways can still carry.
#[derive(Debug, Clone, Default)]
pub struct Stock {
    pools: Vec<Pool>,
    /// How many more numbers of a gateway may be rented; gateways without a bound are missing.
    room: HashMap<GatewayId, u64>,
}

impl Stock {
    /// Takes the account. `room` holds the gateways that have a capacity: capacity less what is rented.
    #[must_use]
    pub fn new(pools: Vec<Pool>, room: HashMap<GatewayId, u64>) -> Self {
        Self { pools, room }
    }

    fn room_of(&self, gateway: GatewayId) -> u64 {
        self.room.get(&gateway).copied().unwrap_or(u64::MAX)
    }

    /// How many numbers of the pool can be rented now, when nothing else is.
    #[must_use]
    pub fn rentable(&self, pool: &Pool) -> u64 {
        pool.free.min(self.room_of(pool.gateway))
    }

    /// The pools that fit the filter and have something to rent, in the order in which to ask them. `turn` (any number)
    /// decides where to start, each pool as often as it has rentable numbers, so that all numbers get their turn.
    #[must_use]
    pub fn candidates(&self, filter: &Filter, turn: u64) -> Vec<Pool> {
        let mut fitting: Vec<&Pool> = self
            .pools
            .iter()
            .filter(|pool| filter.matches(pool) && self.rentable(pool) > 0)
            .collect();
        let total = fitting
            .iter()
            .fold(0_u64, |sum, pool| sum.saturating_add(self.rentable(pool)));
        let mut ticket = turn.checked_rem(total).unwrap_or(0);
        let start = fitting.iter().position(|pool| {
            let rentable = self.rentable(pool);
            let hit = ticket < rentable;
            ticket = ticket.saturating_sub(rentable);
            hit
        });
        fitting.rotate_left(start.unwrap_or(0));
        fitting.into_iter().cloned().collect()
    }

    /// Books `count` numbers out of a pool; `cursor` is where the search goes on, when that changed.
    pub fn take(&mut self, pool: PoolId, count: u64, cursor: Option<PhoneNumber>) {
        let Some(pool) = self.pools.iter_mut().find(|candidate| candidate.id == pool) else {
            return;
        };
        pool.free = pool.free.saturating_sub(count);
        pool.last_number = cursor.or(pool.last_number);
        if let Some(room) = self.room.get_mut(&pool.gateway) {
            *room = room.saturating_sub(count);
        }
    }

    /// What GET_SERVICES may say (rule 4). A gateway that cannot carry all its free numbers shares its room among its
    /// pools in proportion, whole numbers only and none lost.
    #[must_use]
    pub fn promise(&self) -> Promise {
        let mut by_gateway: BTreeMap<GatewayId, Vec<&Pool>> = BTreeMap::new();
        for pool in &self.pools {
            by_gateway.entry(pool.gateway).or_default().push(pool);
        }
        let mut promise = Promise::new();
        for (gateway, pools) in by_gateway {
            let shares = share(
                &pools.iter().map(|pool| pool.free).collect::<Vec<_>>(),
                self.room_of(gateway),
            );
            for (pool, share) in pools.into_iter().zip(shares).filter(|(_, share)| *share > 0) {
                let operators = promise.entry(pool.country.clone()).or_default();
                *operators.entry(pool.operator.clone()).or_default() += share;
            }
        }
        promise
    }
}

/// Shares `room` among `free` in proportion (largest remainders first), each at most what it has.
fn share(free: &[u64], room: u64) -> Vec<u64> {
    let total: u64 = free.iter().sum();
    if total <= room {
        return free.to_vec();
    }
    let exact = |count: u64| u128::from(count) * u128::from(room);
    let whole = |count: u64| u64::try_from(exact(count) / u128::from(total)).unwrap_or(u64::MAX);
    let mut shares: Vec<u64> = free.iter().map(|count| whole(*count)).collect();
    let mut left = room - shares.iter().sum::<u64>();
    let mut order: Vec<usize> = (0..free.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(exact(free[*index]) % u128::from(total)));
    for index in order {
        if left > 0 && shares[index] < free[index] {
            shares[index] += 1;
            left -= 1;
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pool(id: i64, gateway: i64, country: &str, operator: &str, free: u64) -> Pool {
        Pool {
            id: PoolId(id),
            gateway: GatewayId(gateway),
            country: CountryName::parse(country).unwrap(),
            operator: OperatorName::parse(operator).unwrap(),
            free,
            last_number: None,
        }
    }

    proptest! {
        #[test]
        fn rule_4_a_gateways_room_is_shared_out_whole(free in prop::collection::vec(0_u64..600, 1..8), room in 0_u64..2000) {
            let shares = share(&free, room);
            prop_assert_eq!(shares.iter().sum::<u64>(), room.min(free.iter().sum()));
            prop_assert!(shares.iter().zip(&free).all(|(share, free)| share <= free));
        }
    }

    #[test]
    fn rule_4_a_sim_bank_of_512_cards_on_64_modules_counts_64() {
        let pools = vec![pool(1, 1, "sweden", "telia", 300), pool(2, 1, "sweden", "tele2", 212)];
        let stock = Stock::new(pools, HashMap::from([(GatewayId(1), 64)]));
        let sweden = &stock.promise()[&CountryName::parse("sweden").unwrap()];
        assert_eq!(sweden.values().sum::<u64>(), 64);
        assert_eq!(sweden.len(), 2);
    }

    #[test]
    fn rule_3_only_pools_that_fit_and_have_room_are_asked() {
        let pools = vec![
            pool(1, 1, "sweden", "telia", 5),
            pool(2, 2, "sweden", "tele2", 5),
            pool(3, 3, "germany", "o2", 5),
            pool(4, 3, "sweden", "telia", 0),
        ];
        let mut stock = Stock::new(pools, HashMap::from([(GatewayId(2), 1)]));
        let sweden = Filter {
            country: Some(CountryName::parse("sweden").unwrap()),
            operator: None,
        };
        let ids = |stock: &Stock, turn| {
            stock
                .candidates(&sweden, turn)
                .iter()
                .map(|pool| pool.id.0)
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(&stock, 0), [1, 2]);
        assert_eq!(ids(&stock, 5), [2, 1]);
        stock.take(PoolId(2), 1, None);
        assert_eq!(ids(&stock, 5), [1], "the gateway's room is used up");
    }
}
