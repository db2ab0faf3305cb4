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
    let mut stock = Stock::new(pools, HashMap::from([(GatewayId(1), 64)]));
    let sweden = &stock.available_counts()[&CountryName::parse("sweden").unwrap()];
    assert_eq!(sweden.values().sum::<u64>(), 64);
    assert_eq!(sweden.len(), 2);
}

#[test]
fn what_has_no_free_number_is_not_promised() {
    let pools = vec![pool(1, 1, "sweden", "telia", 1), pool(2, 1, "sweden", "tele2", 0)];
    let mut stock = Stock::new(pools, HashMap::new());
    assert_eq!(
        stock.available_counts()[&CountryName::parse("sweden").unwrap()].len(),
        1
    );
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
    let sweden = StockFilter {
        country: Some(CountryName::parse("sweden").unwrap()),
        operator: None,
    };
    let ids = |stock: &mut Stock, turn| {
        let candidates = stock.candidates(&sweden, turn, Allocation::WithinShare);
        candidates.iter().map(|pool| pool.0).collect::<Vec<_>>()
    };
    assert_eq!(ids(&mut stock, 0), [1, 2]);
    assert_eq!(ids(&mut stock, 5), [2, 1]);
    let tele2 = StockFilter {
        country: None,
        operator: Some(OperatorName::parse("tele2").unwrap()),
    };
    assert_eq!(stock.candidates(&tele2, 0, Allocation::WithinShare), [PoolId(2)]);
    stock.take(PoolId(2), 1, None);
    assert_eq!(ids(&mut stock, 5), [1], "the gateway's headroom is used up");
}

#[test]
fn beyond_the_promise_only_pools_with_more_than_their_share_are_asked() {
    let pools = vec![
        pool(1, 1, "sweden", "telia", 5),
        pool(2, 1, "sweden", "tele2", 5),
        pool(3, 2, "sweden", "telia", 4),
    ];
    let mut stock = Stock::new(pools, HashMap::from([(GatewayId(1), 4)]));
    let allocatable = |pool: i64| {
        (
            stock.allocatable(PoolId(pool), Allocation::WithinShare),
            stock.allocatable(PoolId(pool), Allocation::Overflow),
        )
    };
    assert_eq!([1, 2, 3, 4].map(allocatable), [(2, 4), (2, 4), (4, 4), (0, 0)]);
    let mut ids = |turn| {
        let candidates = stock.candidates(&StockFilter::default(), turn, Allocation::Overflow);
        candidates.iter().map(|pool| pool.0).collect::<Vec<_>>()
    };
    assert_eq!((ids(3), ids(4), ids(8)), (vec![1, 2], vec![2, 1], vec![1, 2]));
}

#[test]
fn what_is_taken_is_rented_and_no_longer_available() {
    let mut stock = Stock::new(
        vec![pool(1, 1, "sweden", "telia", 5)],
        HashMap::from([(GatewayId(1), 4)]),
    );
    let last: PhoneNumber = "46701234567".parse().unwrap();
    stock.take(PoolId(1), 2, Some(last));
    stock.take(PoolId(1), 1, None);
    stock.take(PoolId(7), 1, None);
    let left = stock.pool(PoolId(1)).unwrap();
    assert_eq!((left.free, left.rented, left.last_number), (2, 3, Some(last)));
    assert_eq!(
        stock.allocatable(PoolId(1), Allocation::Overflow),
        1,
        "the gateway's headroom"
    );
}

/// Pools of three gateways and two countries, with one to four numbers each.
fn many(count: i64) -> Vec<Pool> {
    let country = ["sweden", "norway"];
    (1..=count)
        .map(|id| {
            pool(
                id,
                id % 3,
                country[usize::from(id % 2 == 0)],
                &format!("op{id}"),
                1 + id.unsigned_abs() % 4,
            )
        })
        .collect()
}

#[test]
fn rule_4_shares_that_are_kept_up_are_those_of_a_fresh_account() {
    let mut stock = Stock::new(many(60), HashMap::from([(GatewayId(1), 17), (GatewayId(2), 9)]));
    for turn in 0..40_u64 {
        let allocation = [Allocation::WithinShare, Allocation::Overflow][usize::from(turn % 3 == 2)];
        let Some(pool) = stock
            .candidates(&StockFilter::default(), turn * 7, allocation)
            .first()
            .copied()
        else {
            continue;
        };
        let count = stock.allocatable(pool, allocation).min(1 + turn % 2);
        stock.take(pool, count, None);
        let mut fresh = Stock::new(stock.pools.clone(), stock.headroom.clone());
        assert_eq!(stock.available_counts(), fresh.available_counts(), "after {turn}");
    }
}
