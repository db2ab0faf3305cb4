//! Pools, available numbers, numbers and gateways.

use leaseline::domain::exclusion::{Exclusions, Prefix};
use leaseline::domain::number::{Ban, Hold, NumberState};
use leaseline::domain::phone::PhoneNumber;
use leaseline::domain::stock::delta::StockDelta;
use leaseline::domain::stock::{GatewayId, PoolId};
use leaseline::storage::pools::{RangeScan, TakenNumbers};
use leaseline::storage::{Error, gateways, numbers, pools};

use super::store::{NOW, Store, after, assert_conflict, number, rent, seconds};

fn taken(pool: PoolId, digits: &[&str]) -> [TakenNumbers; 1] {
    let numbers: Vec<_> = digits.iter().map(|digits| number(digits)).collect();
    [TakenNumbers {
        pool,
        cursor: numbers.last().copied(),
        numbers,
    }]
}

pub async fn rule_3_a_number_that_is_not_available_cannot_be_taken(store: Store) {
    let pool = store.stock(1, None, &["46701", "46702"]).await;
    let other = store.stock(1, None, &["46703"]).await;
    store.rent(pool, "46701").await;
    for wrong in [
        taken(pool, &["46701"]),
        taken(pool, &["46702", "46701"]),
        taken(other, &["46702"]),
        taken(pool, &["46799"]),
        taken(PoolId(99), &["46702"]),
    ] {
        let mut tx = store.write().await;
        pools::take(&mut tx, &wrong);
        let refused = tx.flush().await.unwrap_err();
        assert_conflict(&refused, "available_numbers");
        tx.rollback().await.unwrap();
    }
    let mut tx = store.write().await;
    let mut shifts = StockDelta::default();
    shifts.make_unavailable(pool, number("46701"));
    pools::apply(&mut tx, &shifts);
    let refused = tx.flush().await.unwrap_err();
    assert_conflict(&refused, "available_numbers");
}

pub async fn rule_3_a_gateway_is_never_over_capacity(store: Store) {
    let one = store.stock(1, Some(2), &["46701", "46702"]).await;
    let two = store.stock(1, Some(2), &["46703", "46704"]).await;
    let free = store.stock(2, None, &["46705"]).await;
    store.rent(one, "46701").await;
    let last = store.rent(two, "46703").await;
    for (pool, digits) in [(one, "46702"), (two, "46704")] {
        let mut tx = store.write().await;
        let refused = rent(&mut tx, pool, number(digits)).await.unwrap_err();
        assert!(matches!(refused, Error::Refused { .. }), "{refused}");
        tx.rollback().await.unwrap();
    }
    // Another gateway is not concerned, and a place that becomes free is a place.
    store.rent(free, "46705").await;
    store.close(last).await;
    let mut shifts = StockDelta::default();
    shifts.end_rental(two);
    let mut tx = store.write().await;
    pools::apply(&mut tx, &shifts);
    rent(&mut tx, one, number("46702")).await.unwrap();
    tx.commit().await.unwrap();
    // A capacity that was lowered stops new rentals; those that are there may end.
    store
        .sql("UPDATE gateways SET capacity = 0 WHERE id = 1")
        .await
        .unwrap();
    let mut shifts = StockDelta::default();
    shifts.end_rental(one);
    let mut tx = store.write().await;
    pools::apply(&mut tx, &shifts);
    assert!(rent(&mut tx, two, number("46704")).await.unwrap_err().is_refused());
}

pub async fn rests_that_are_over_are_found_in_their_order(store: Store) {
    store.stock(1, None, &["46701", "46702", "46703"]).await;
    let mut tx = store.write().await;
    assert_eq!(numbers::rest_range(&mut tx).await.unwrap(), None);
    let all = [number("46701"), number("46702"), number("46703")];
    let mut loaded = numbers::load(&mut tx, &all).await.unwrap();
    for (one, until) in loaded.iter_mut().zip([20, 10, 30]) {
        one.rests_until = Some(after(seconds(until)));
    }
    numbers::save(&mut tx, &loaded);
    let span = |first, last| Some((after(seconds(first)), after(seconds(last))));
    assert_eq!(numbers::rest_range(&mut tx).await.unwrap(), span(10, 30));
    let over = numbers::rest_over(&mut tx, after(seconds(20)), 10).await.unwrap();
    assert_eq!(over, [loaded[1].clone(), loaded[0].clone()]);
    assert_eq!(numbers::rest_over(&mut tx, after(seconds(9)), 10).await.unwrap(), []);
    assert_eq!(
        numbers::rest_over(&mut tx, after(seconds(99)), 1).await.unwrap().len(),
        1
    );
    numbers::shorten_rests(&mut tx, after(seconds(15)), after(seconds(15)), 1);
    numbers::shorten_rests(&mut tx, after(seconds(15)), after(seconds(15)), 9);
    assert_eq!(numbers::rest_range(&mut tx).await.unwrap(), span(10, 15));
}

pub async fn rule_4_counters_never_go_below_zero(store: Store) {
    let pool = store.stock(1, None, &["46701"]).await;
    // The number is available; the counter was wrong.
    store.sql("UPDATE pools SET free = 0").await.unwrap();
    let mut tx = store.write().await;
    pools::take(&mut tx, &taken(pool, &["46701"]));
    let refused = tx.flush().await.unwrap_err();
    assert!(matches!(refused, Error::Refused { .. }), "{refused}");
    tx.rollback().await.unwrap();
    let mut tx = store.write().await;
    let mut shifts = StockDelta::default();
    shifts.end_rental(pool);
    pools::apply(&mut tx, &shifts);
    let refused = tx.flush().await.unwrap_err();
    assert!(matches!(refused, Error::Refused { .. }), "{refused}");
}

pub async fn rule_4_wrong_counters_are_noticed(store: Store) {
    let one = store.stock(1, None, &["46701", "46702"]).await;
    let two = store.stock(1, None, &["46703"]).await;
    store.rent(one, "46701").await;
    for (statement, wrong) in [
        ("UPDATE pools SET free = free", vec![]),
        ("UPDATE pools SET free = free + 1 WHERE id = 1", vec![one]),
        ("UPDATE pools SET free = free - 1, rented = 0 WHERE id = 1", vec![one]),
        ("UPDATE pools SET rented = 1 WHERE id = 2", vec![one, two]),
        ("UPDATE pools SET rented = 1 WHERE id = 1", vec![two]),
    ] {
        store.sql(statement).await.unwrap();
        let mut session = store.database.read().await.unwrap();
        assert_eq!(pools::out_of_sync(&mut session).await.unwrap(), wrong, "{statement}");
    }
}

pub async fn rule_4_a_number_is_available_once(store: Store) {
    let pool = store.stock(1, None, &["46701"]).await;
    let mut shifts = StockDelta::default();
    shifts.make_available(pool, number("46701"));
    let mut tx = store.write().await;
    pools::apply(&mut tx, &shifts);
    let refused = tx.flush().await.unwrap_err();
    assert!(matches!(refused, Error::Refused { .. }), "{refused}");
}

async fn search(store: &Store, pool: PoolId, excluded: &[&str], last: &str, limit: usize) -> Vec<String> {
    let prefixes = excluded.iter().filter_map(|prefix| Prefix::parse(prefix).unwrap());
    let ranges = Exclusions::new(prefixes.collect()).ranges_after(last.parse().ok());
    let mut session = store.database.read().await.unwrap();
    let search = RangeScan { pool, ranges, limit };
    let found = session.read(pools::free_numbers(&search)).await.unwrap();
    found.into_iter().map(PhoneNumber::digits).collect()
}

pub async fn the_search_goes_on_after_the_last_number(store: Store) {
    let pool = store
        .stock(1, None, &["46701", "467011", "46702", "46710", "49151", "49152000"])
        .await;
    store.stock(1, None, &["46703"]).await;
    assert_eq!(
        search(&store, pool, &[], "", 10).await,
        ["46701", "467011", "46702", "46710", "49151", "49152000"]
    );
    assert_eq!(
        search(&store, pool, &[], "46702", 3).await,
        ["46710", "49151", "49152000"]
    );
    assert_eq!(search(&store, pool, &[], "49152000", 2).await, ["46701", "467011"]);
    // The last one comes last, also when it is the only one.
    assert_eq!(search(&store, pool, &[], "46701", 10).await.last().unwrap(), "46701");
    assert_eq!(search(&store, pool, &["467", "49152"], "", 10).await, ["49151"]);
    assert_eq!(search(&store, pool, &["467011"], "46701", 2).await, ["46702", "46710"]);
    assert_eq!(search(&store, pool, &["4"], "46701", 2).await, Vec::<String>::new());
    assert_eq!(search(&store, pool, &[], "", 0).await, Vec::<String>::new());
}

pub async fn numbers_are_saved_only_where_they_exist(store: Store) {
    let pool = store.stock(1, None, &["46701"]).await;
    store.rent(pool, "46701").await;
    let mut tx = store.write().await;
    let mut loaded = numbers::load(&mut tx, &[number("46701"), number("46702")])
        .await
        .unwrap();
    assert_eq!(loaded.len(), 1, "46702 is not ours");
    assert_eq!(loaded[0].state(), NumberState::Rented);
    loaded[0].strikes = 2;
    numbers::save(&mut tx, &loaded);
    assert_eq!(numbers::load(&mut tx, &[number("46701")]).await.unwrap(), loaded);
    loaded[0].number = number("46702");
    numbers::save(&mut tx, &loaded);
    let refused = tx.flush().await.unwrap_err();
    assert_conflict(&refused, "numbers");
}

pub async fn bans_that_are_over_are_found_in_their_order(store: Store) {
    store.stock(1, None, &["46701", "46702", "46703"]).await;
    let mut tx = store.write().await;
    assert_eq!(numbers::next_ban_over(&mut tx).await.unwrap(), None);
    let all = [number("46701"), number("46702"), number("46703")];
    let mut loaded = numbers::load(&mut tx, &all).await.unwrap();
    for (one, until) in loaded.iter_mut().zip([20, 10, 30]) {
        let until = after(seconds(until));
        let reason = "3 in a row".to_owned();
        one.ban = Some(Ban { until, reason });
    }
    numbers::save(&mut tx, &loaded);
    assert_eq!(numbers::next_ban_over(&mut tx).await.unwrap(), Some(after(seconds(10))));
    for (later, over) in [(9, vec![]), (10, vec![1]), (29, vec![1, 0]), (99, vec![1, 0, 2])] {
        let found = numbers::ban_over(&mut tx, after(seconds(later)), 10).await.unwrap();
        let expected: Vec<_> = over.into_iter().map(|index: usize| loaded[index].clone()).collect();
        assert_eq!(found, expected, "after {later} s");
    }
    assert_eq!(
        numbers::ban_over(&mut tx, after(seconds(99)), 1).await.unwrap().len(),
        1
    );
}

pub async fn a_heartbeat_follows_the_clock(store: Store) {
    store.stock(1, None, &[]).await;
    store.stock(2, None, &[]).await;
    store
        .sql("UPDATE gateways SET heartbeat_timeout_ms = 60000 WHERE id = 2")
        .await
        .unwrap();
    let mut tx = store.write().await;
    let both = [GatewayId(1), GatewayId(2)];
    for at in [after(seconds(5)), NOW] {
        gateways::touch(&mut tx, &both, at);
    }
    tx.commit().await.unwrap();
    let kept = "SELECT coalesce(heartbeat_at, -1) FROM gateways ORDER BY id";
    assert_eq!(store.column(kept).await, [-1, NOW.as_ms()]);
}

pub async fn rule_15_a_number_is_held_once_it_is_not_available(store: Store) {
    let pool = store.stock(1, None, &["46701"]).await;
    let mut tx = store.write().await;
    let before = numbers::load(&mut tx, &[number("46701")]).await.unwrap().remove(0);
    let held = before.clone().held(Hold::Unproven);
    numbers::save_holds(&mut tx, std::slice::from_ref(&held));
    let refused = tx.flush().await.unwrap_err();
    assert!(matches!(refused, Error::Refused { .. }), "{refused}");
    tx.rollback().await.unwrap();

    let mut tx = store.write().await;
    let mut delta = StockDelta::default();
    delta.change(Some(&before), &held);
    pools::apply(&mut tx, &delta);
    numbers::save_holds(&mut tx, std::slice::from_ref(&held));
    let stored = numbers::load(&mut tx, &[number("46701")]).await.unwrap().remove(0);
    assert_eq!((stored.state(), &stored), (NumberState::Disabled, &held));
    // What is saved at the end of a rental, a ban or a rest leaves it held.
    numbers::save(&mut tx, &[held.clone().unbanned()]);
    tx.flush().await.unwrap();
    let mut delta = StockDelta::default();
    delta.make_available(pool, number("46701"));
    pools::apply(&mut tx, &delta);
    let refused = tx.flush().await.unwrap_err();
    assert!(matches!(refused, Error::Refused { .. }), "{refused}");
}
