//! Max-min fairness: how a gateway whose capacity is lower than its free numbers shares its headroom among its pools
//! (rule 4).
//!
//! Each free number has a rank: in a pool with `rented` rented numbers the first free number has the rank `rented + 1`, and
//! so on. The headroom goes to the numbers with the lowest ranks in relation to the size of their pool. So pools are used in
//! proportion, and shares are stable: renting a number within a share reduces that share by one and changes no other share,
//! in whatever order numbers are rented.

/// How many numbers of a pool are free, and how many are rented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUsage {
    /// Available.
    pub free: u64,
    /// With renters.
    pub rented: u64,
}

/// Ranks are compared in these fractions of the size of their pool.
const SCALE: u128 = 1 << 40;

impl PoolUsage {
    fn size(self) -> u128 {
        u128::from(self.free) + u128::from(self.rented)
    }

    /// How many of its free numbers have a rank below `level` (in relation to its size).
    fn below(self, level: u128) -> u64 {
        let ranks = (level * self.size()).div_ceil(SCALE).saturating_sub(1);
        let free = ranks.saturating_sub(u128::from(self.rented));
        u64::try_from(free).unwrap_or(u64::MAX).min(self.free)
    }
}

/// Shares `headroom` among the pools: whole numbers, none lost, each pool at most what it has free.
#[must_use]
pub fn max_min_shares(pools: &[PoolUsage], headroom: u64) -> Vec<u64> {
    let free = pools.iter().fold(0_u64, |sum, pool| sum.saturating_add(pool.free));
    if free <= headroom {
        return pools.iter().map(|pool| pool.free).collect();
    }
    let filled = |level: u128| pools.iter().map(|pool| u128::from(pool.below(level))).sum::<u128>();
    // The highest level up to which the headroom lasts; above SCALE + 1 all numbers lie below it.
    let (mut low, mut high) = (0, SCALE + 1);
    while high - low > 1 {
        let middle = u128::midpoint(low, high);
        if filled(middle) <= u128::from(headroom) {
            low = middle
        } else {
            high = middle
        }
    }
    let mut shares: Vec<u64> = pools.iter().map(|pool| pool.below(low)).collect();
    let mut left = headroom - shares.iter().sum::<u64>();
    // Numbers on the same level are shared out in the order of the pools.
    for (share, pool) in shares.iter_mut().zip(pools) {
        let more = (pool.below(high) - *share).min(left);
        *share += more;
        left -= more;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn usages() -> impl Strategy<Value = Vec<PoolUsage>> {
        let usage = (0_u64..60, 0_u64..30).prop_map(|(free, rented)| PoolUsage { free, rented });
        prop::collection::vec(usage, 1..7)
    }

    proptest! {
        #[test]
        fn rule_4_the_headroom_is_shared_out_whole(pools in usages(), headroom in 0_u64..300) {
            let shares = max_min_shares(&pools, headroom);
            prop_assert_eq!(shares.iter().sum::<u64>(), headroom.min(pools.iter().map(|pool| pool.free).sum()));
            prop_assert!(shares.iter().zip(&pools).all(|(share, pool)| *share <= pool.free));
        }

        #[test]
        fn rule_4_a_promise_that_is_kept_changes_no_other(
            mut pools in usages(), headroom in 1_u64..300, order in prop::collection::vec(any::<prop::sample::Index>(), 40),
        ) {
            let mut shares = max_min_shares(&pools, headroom);
            for (taken, index) in (1..=headroom).zip(order) {
                let index = index.index(pools.len());
                if shares[index] == 0 {
                    break;
                }
                pools[index].free -= 1;
                pools[index].rented += 1;
                shares[index] -= 1;
                prop_assert_eq!(&max_min_shares(&pools, headroom - taken), &shares);
            }
        }
    }

    #[test]
    fn pools_are_used_in_proportion() {
        let pools = [PoolUsage { free: 300, rented: 0 }, PoolUsage { free: 212, rented: 0 }];
        assert_eq!(max_min_shares(&pools, 64), [38, 26]);
        let used = [PoolUsage { free: 262, rented: 38 }, PoolUsage { free: 212, rented: 0 }];
        assert_eq!(max_min_shares(&used, 26), [0, 26]);
    }
}
