//! What can be rented at this moment: the one account from which GET_SERVICES promises and GET_NUMBER takes (rules 3, 4).
//!
//! Numbers that are alike (same gateway, country and operator) form a *pool*. A pool knows how many of its numbers are
//! free, a gateway how many of its numbers may still be rented; what is rentable follows from the two.

use std::collections::{BTreeMap, HashMap};

use super::phone::PhoneNumber;
use super::share::{Holding, share};
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
    /// How many of them are rented.
    pub rented: u64,
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

/// How far a request may reach into a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// What is promised of it: its share of its gateway's room.
    Promised,
    /// Whatever its gateway can carry; a promise to others may break, if they call it in.
    Beyond,
}

/// How many numbers of each operator of each country can be rented, all at once.
pub type Promise = BTreeMap<CountryName, BTreeMap<OperatorName, u64>>;

/// The pools of the gateways that are on line, and what their gateways can still carry.
#[derive(Debug, Clone, Default)]
pub struct Stock {
    pools: Vec<Pool>,
    /// What is promised of each pool, in their order: its share of its gateway's room.
    shares: Vec<u64>,
    /// How many more numbers of a gateway may be rented; gateways without a bound are missing.
    room: HashMap<GatewayId, u64>,
}

impl Stock {
    /// Takes the account. `room` holds the gateways that have a capacity: capacity less what is rented.
    #[must_use]
    pub fn new(pools: Vec<Pool>, room: HashMap<GatewayId, u64>) -> Self {
        let mut stock = Self {
            pools,
            shares: Vec::new(),
            room,
        };
        stock.share_out();
        stock
    }

    fn share_out(&mut self) {
        self.shares = self.pools.iter().map(|pool| pool.free).collect();
        for (gateway, room) in &self.room {
            let own: Vec<usize> = (0..self.pools.len())
                .filter(|index| self.pools[*index].gateway == *gateway)
                .collect();
            let holding = |index: &usize| Holding {
                free: self.pools[*index].free,
                rented: self.pools[*index].rented,
            };
            let shares = share(&own.iter().map(holding).collect::<Vec<_>>(), *room);
            own.into_iter()
                .zip(shares)
                .for_each(|(index, share)| self.shares[index] = share);
        }
    }

    fn room_of(&self, gateway: GatewayId) -> u64 {
        self.room.get(&gateway).copied().unwrap_or(u64::MAX)
    }

    /// How many numbers of the pool may be taken now.
    #[must_use]
    pub fn takeable(&self, pool: PoolId, reach: Reach) -> u64 {
        let Some(index) = self.pools.iter().position(|candidate| candidate.id == pool) else {
            return 0;
        };
        let pool = &self.pools[index];
        match reach {
            Reach::Promised => self.shares[index],
            Reach::Beyond => pool.free.min(self.room_of(pool.gateway)),
        }
    }

    /// The pools that fit the filter, in the order in which to ask them. `turn` (any number) decides where to start, each
    /// pool as often as it has numbers to take, so that all numbers get their turn.
    ///
    /// Ask within the promise first, so that none is broken because the wrong gateway's numbers were taken; beyond it, only
    /// the pools that have more than their share are worth asking.
    #[must_use]
    pub fn candidates(&self, filter: &Filter, turn: u64, reach: Reach) -> Vec<Pool> {
        let mut fitting: Vec<(&Pool, u64)> = self
            .pools
            .iter()
            .filter(|pool| filter.matches(pool))
            .map(|pool| (pool, self.takeable(pool.id, reach)))
            .filter(|(pool, takeable)| *takeable > 0 && self.is_worth_asking(pool, reach))
            .collect();
        let total = fitting
            .iter()
            .fold(0_u64, |sum, (_, takeable)| sum.saturating_add(*takeable));
        let mut ticket = turn.checked_rem(total).unwrap_or(0);
        let start = fitting.iter().position(|(_, takeable)| {
            let hit = ticket < *takeable;
            ticket = ticket.saturating_sub(*takeable);
            hit
        });
        fitting.rotate_left(start.unwrap_or(0));
        fitting.into_iter().map(|(pool, _)| pool.clone()).collect()
    }

    fn is_worth_asking(&self, pool: &Pool, reach: Reach) -> bool {
        let promised = self.takeable(pool.id, Reach::Promised);
        reach == Reach::Promised || self.takeable(pool.id, reach) > promised
    }

    /// Books `count` numbers out of a pool; `cursor` is where the search goes on, when that changed.
    pub fn take(&mut self, pool: PoolId, count: u64, cursor: Option<PhoneNumber>) {
        let Some(pool) = self.pools.iter_mut().find(|candidate| candidate.id == pool) else {
            return;
        };
        pool.free = pool.free.saturating_sub(count);
        pool.rented = pool.rented.saturating_add(count);
        pool.last_number = cursor.or(pool.last_number);
        if let Some(room) = self.room.get_mut(&pool.gateway) {
            *room = room.saturating_sub(count);
        }
        self.share_out();
    }

    /// What GET_SERVICES may say (rule 4).
    #[must_use]
    pub fn promise(&self) -> Promise {
        let mut promise = Promise::new();
        for (pool, share) in self.pools.iter().zip(&self.shares).filter(|(_, share)| **share > 0) {
            let operators = promise.entry(pool.country.clone()).or_default();
            *operators.entry(pool.operator.clone()).or_default() += share;
        }
        promise
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(id: i64, gateway: i64, country: &str, operator: &str, free: u64) -> Pool {
        Pool {
            id: PoolId(id),
            gateway: GatewayId(gateway),
            country: CountryName::parse(country).unwrap(),
            operator: OperatorName::parse(operator).unwrap(),
            free,
            rented: 0,
            last_number: None,
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
    fn what_has_no_free_number_is_not_promised() {
        let pools = vec![pool(1, 1, "sweden", "telia", 1), pool(2, 1, "sweden", "tele2", 0)];
        let stock = Stock::new(pools, HashMap::new());
        assert_eq!(stock.promise()[&CountryName::parse("sweden").unwrap()].len(), 1);
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
                .candidates(&sweden, turn, Reach::Promised)
                .iter()
                .map(|pool| pool.id.0)
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(&stock, 0), [1, 2]);
        assert_eq!(ids(&stock, 5), [2, 1]);
        let tele2 = Filter {
            country: None,
            operator: Some(OperatorName::parse("tele2").unwrap()),
        };
        assert_eq!(stock.candidates(&tele2, 0, Reach::Promised)[0].id, PoolId(2));
        assert_eq!(stock.candidates(&tele2, 0, Reach::Promised).len(), 1);
        stock.take(PoolId(2), 1, None);
        assert_eq!(ids(&stock, 5), [1], "the gateway's room is used up");
    }

    #[test]
    fn beyond_the_promise_only_pools_with_more_than_their_share_are_asked() {
        let pools = vec![
            pool(1, 1, "sweden", "telia", 5),
            pool(2, 1, "sweden", "tele2", 5),
            pool(3, 2, "sweden", "telia", 4),
        ];
        let stock = Stock::new(pools, HashMap::from([(GatewayId(1), 4)]));
        let takeable = |pool: i64| {
            (
                stock.takeable(PoolId(pool), Reach::Promised),
                stock.takeable(PoolId(pool), Reach::Beyond),
            )
        };
        assert_eq!([1, 2, 3, 4].map(takeable), [(2, 4), (2, 4), (4, 4), (0, 0)]);
        let ids = |turn| {
            let candidates = stock.candidates(&Filter::default(), turn, Reach::Beyond);
            candidates.iter().map(|pool| pool.id.0).collect::<Vec<_>>()
        };
        assert_eq!((ids(3), ids(4), ids(8)), (vec![1, 2], vec![2, 1], vec![1, 2]));
    }

    #[test]
    fn what_is_taken_moves_from_the_shelf_to_the_renters() {
        let mut stock = Stock::new(
            vec![pool(1, 1, "sweden", "telia", 5)],
            HashMap::from([(GatewayId(1), 4)]),
        );
        let last: PhoneNumber = "46701234567".parse().unwrap();
        stock.take(PoolId(1), 2, Some(last));
        stock.take(PoolId(1), 1, None);
        stock.take(PoolId(7), 1, None);
        let left = stock.candidates(&Filter::default(), 0, Reach::Promised);
        assert_eq!((left[0].free, left[0].rented, left[0].last_number), (2, 3, Some(last)));
        assert_eq!(stock.takeable(PoolId(1), Reach::Beyond), 1, "the gateway's room");
    }
}
