//! Gateways: their tokens, whether they are enabled, and what a deleted one leaves.

use leaseline::domain::delivery::MessageId;
use leaseline::domain::gateway::token::TokenHash;
use leaseline::domain::gateway::{GatewaySettings, OLD_TOKENS_MAX};
use leaseline::domain::stock::delta::StockDelta;
use leaseline::domain::stock::{GatewayId, PoolId};
use leaseline::domain::time::Timestamp;
use leaseline::storage::gateways::tokens::{owner_of, replace};
use leaseline::storage::stock::KnownPools;
use leaseline::storage::{Error, gateways, messages, pools};

use super::store::{NOW, Store, after, generic, new, number, rent, seconds, sms};

const BANK1: GatewayId = GatewayId(1);

async fn owner(store: &Store, token: TokenHash, now: Timestamp) -> Option<(GatewayId, Option<Timestamp>)> {
    let mut session = store.database.read().await.unwrap();
    let owner = owner_of(&mut session, &token, now).await.unwrap();
    owner.map(|owner| (owner.id, owner.good_until))
}

/// A token is that byte, 32 times.
async fn rotate(store: &Store, byte: u8, keep_for: Option<u64>, now: Timestamp) -> Result<(), Error> {
    let mut tx = store.write().await;
    let keep_until = keep_for.map(|count| now + seconds(count));
    replace(&mut tx, BANK1, &[byte; 32], keep_until, now);
    tx.commit().await
}

pub async fn a_token_is_good_until_it_is_replaced_and_for_as_long_as_it_is_kept(store: Store) {
    store.stock(1, None, &[]).await;
    store.stock(2, None, &[]).await;
    assert_eq!(owner(&store, [9; 32], NOW).await, None);
    rotate(&store, 10, Some(60), NOW).await.unwrap();
    let until = Some(after(seconds(60)));
    for (token, later, good) in [
        ([1; 32], 59, Some((BANK1, until))),
        ([1; 32], 60, None),
        ([10; 32], 60, Some((BANK1, None))),
        ([2; 32], 60, Some((GatewayId(2), None))),
    ] {
        assert_eq!(
            owner(&store, token, after(seconds(later))).await,
            good,
            "{later} s later"
        );
    }
    // The older ones end with the last word, and the rows of those that ended go.
    rotate(&store, 11, Some(5), after(seconds(10))).await.unwrap();
    assert_eq!(
        store.column("SELECT good_until FROM old_tokens").await,
        [NOW.as_ms() + 15_000; 2]
    );
    rotate(&store, 12, None, after(seconds(11))).await.unwrap();
    assert_eq!(store.rows("old_tokens").await, 0);
    for gone in [1, 10, 11] {
        assert_eq!(owner(&store, [gone; 32], after(seconds(11))).await, None);
    }
    let mut session = store.database.read().await.unwrap();
    let listed = gateways::by_name(&mut session, NOW, "bank1").await.unwrap().unwrap();
    assert_eq!(listed.old_tokens, []);
}

pub async fn rule_12_a_gateway_has_few_old_tokens(store: Store) {
    store.stock(1, None, &[]).await;
    for byte in 0..u8::try_from(OLD_TOKENS_MAX).unwrap() {
        rotate(&store, 10 + byte, Some(60), NOW).await.unwrap();
    }
    let refused = rotate(&store, 20, Some(60), NOW).await.unwrap_err();
    assert!(refused.is_refused(), "{refused}");
    let mut session = store.database.read().await.unwrap();
    let listed = gateways::by_name(&mut session, NOW, "bank1").await.unwrap().unwrap();
    assert_eq!(listed.old_tokens, vec![after(seconds(60)); OLD_TOKENS_MAX]);
    drop(session);
    rotate(&store, 20, Some(60), after(seconds(60))).await.unwrap();
    assert_eq!(store.rows("old_tokens").await, 1);
}

async fn enable(store: &Store, enabled: bool) {
    let settings = GatewaySettings {
        enabled,
        ..GatewaySettings::default()
    };
    let mut tx = store.write().await;
    gateways::save(&mut tx, BANK1, &settings, &generic());
    tx.commit().await.unwrap();
}

async fn promised(store: &Store) -> u64 {
    let mut session = store.database.read().await.unwrap();
    let mut stock = KnownPools::default().read(&mut session, NOW).await.unwrap();
    stock
        .available_counts()
        .values()
        .flat_map(|operators| operators.values())
        .sum()
}

pub async fn rule_3_the_stock_leaves_out_disabled_gateways(store: Store) {
    let pool = store.stock(1, None, &["46701", "46702"]).await;
    store.stock(2, None, &["46703"]).await;
    store.rent(pool, "46701").await;
    for (enabled, count) in [(true, 2), (false, 1)] {
        enable(&store, enabled).await;
        assert_eq!(promised(&store).await, count);
    }
    // A caller that saw it in the stock before comes too late.
    let mut tx = store.write().await;
    let refused = rent(&mut tx, pool, number("46702")).await.unwrap_err();
    assert!(refused.is_refused(), "{refused}");
    tx.rollback().await.unwrap();
    // What is rented may end.
    let mut shifts = StockDelta::default();
    shifts.end_rental(pool);
    let mut tx = store.write().await;
    pools::apply(&mut tx, &shifts);
    tx.flush().await.unwrap();
    tx.rollback().await.unwrap();
    enable(&store, true).await;
    store.rent(pool, "46702").await;
}

async fn delete(store: &Store) -> Result<(), Error> {
    let mut tx = store.write().await;
    gateways::delete(&mut tx, BANK1);
    tx.commit().await
}

pub async fn a_deleted_gateway_leaves_its_messages_and_its_name(store: Store) {
    let pool = store.stock(1, None, &["46701"]).await;
    let other = store.stock(2, None, &[]).await;
    rotate(&store, 10, Some(60), NOW).await.unwrap();
    let mut tx = store.write().await;
    let one = sms(number("46701"), Some("a"), "text");
    messages::insert(&mut tx, &[new(MessageId(1), BANK1, None, &one)]);
    tx.commit().await.unwrap();
    let refused = delete(&store).await.unwrap_err();
    assert!(refused.is_refused(), "it has a number: {refused}");

    let PoolId(other) = other;
    store
        .sql(&format!(
            "DELETE FROM available_numbers; UPDATE pools SET free = 0; UPDATE numbers SET pool_id = {other}"
        ))
        .await
        .unwrap();
    delete(&store).await.unwrap();
    assert!(delete(&store).await.is_err(), "it is deleted");
    assert_eq!(
        store
            .count(&format!("SELECT count(*) FROM pools WHERE id = {}", pool.0))
            .await,
        0
    );
    for token in [1, 10] {
        assert_eq!(owner(&store, [token; 32], NOW).await, None);
    }
    let mut session = store.database.read().await.unwrap();
    for name in ["bank1", "#1"] {
        assert!(gateways::by_name(&mut session, NOW, name).await.unwrap().is_none());
        assert!(gateways::named(&mut session, &[name]).await.unwrap().is_empty());
    }
    assert_eq!(gateways::list(&mut session, NOW, "", 9).await.unwrap().len(), 1);
    let listed = messages::list(
        &mut session,
        &leaseline::domain::listed::MessageFilter::default(),
        None,
        9,
    )
    .await
    .unwrap();
    assert_eq!(listed[0].gateway, "bank1");
    drop(session);
    // Nothing comes back to it, and its name is another one's.
    let lost = "INSERT INTO pools (gateway_id, country, operator) VALUES (1, 'sweden', 'telia')";
    assert!(store.sql(lost).await.is_err());
    assert!(store.sql("UPDATE gateways SET enabled = 1 WHERE id = 1").await.is_err());
    let again = "INSERT INTO gateways (name, token_hash, created_at) VALUES ('bank1', zeroblob(32), 1)";
    store.sql(again).await.unwrap();
}
