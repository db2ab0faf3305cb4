//! What the tables of restores may not contain, and the ids that they keep from being issued again.

use leaseline::domain::purchase::{LineId, SupplierName};
use leaseline::domain::restore::RestoreRecord;
use leaseline::domain::time::Timestamp;
use leaseline::storage::{operations, restores};

use super::costs::owned;
use super::store::{NOW, Store};

/// The ids 2 to 10 may be lost, and those of lines up to 5.
async fn restored(store: &Store) {
    Store::with_rental(&["46701", "46702"], store).await;
    let mut tx = store.write().await;
    let record = RestoreRecord {
        restored_at: Timestamp::from_ms(5),
        first_id: 2,
        last_id: 10,
        last_message_id: 0,
        last_line_id: 5,
        rests_until: None,
    };
    restores::record(&mut tx, &record);
    tx.commit().await.unwrap();
}

pub async fn an_id_that_may_be_lost_is_not_issued_again(store: Store) {
    restored(&store).await;
    let mut tx = store.write().await;
    assert_eq!(tx.read(operations::next_id()).await.unwrap(), 11);
    drop(tx);
    for (id, is_taken) in [(2, false), (10, false), (11, true)] {
        let sql = format!(
            "INSERT INTO operations (id, number, sum_kopecks, opened_at, closed_at, outcome)
             VALUES ({id}, '46702', 1, 1, 5, 'forced')"
        );
        assert_eq!(store.sql(&sql).await.is_ok(), is_taken, "{id}");
    }
}

pub async fn the_id_of_a_line_that_may_be_lost_is_not_issued_again(store: Store) {
    restored(&store).await;
    for (number, id) in [("46703", 6), ("46704", 7)] {
        assert_eq!(owned(&store, SupplierName::CarrierX, number, NOW).await, LineId(id));
    }
    for (id, is_taken) in [("5", false), ("NULL", false), ("8", true)] {
        let sql = format!(
            "INSERT INTO order_lines (id, order_id, supplier, state, is_number_fixed, setup_max, monthly_max, state_since)
             VALUES ({id}, 1, 'carrierx', 'planned', 0, 0, 0, 1)"
        );
        assert_eq!(store.sql(&sql).await.is_ok(), is_taken, "{id}");
    }
}

pub async fn wrong_restores_and_lost_operations_are_refused(store: Store) {
    restored(&store).await;
    let restore = |values: &str| {
        format!(
            "INSERT INTO restores (first_id, last_id, last_message_id, rests_until, restored_at) VALUES ({values}, 5)"
        )
    };
    let lost = |values: &str| {
        format!(
            "INSERT INTO lost_operations (position, operation_id, outcome, kopecks, reported_at)
             SELECT coalesce(max(position), 0) + 1, {values}, 1 FROM lost_operations"
        )
    };
    for wrong in [
        restore("0, 5, 0, NULL"),
        restore("5, 4, 0, NULL"),
        restore("5, 9007199254740992, 0, NULL"),
        restore("5, 6, -1, NULL"),
        restore("5, 6, 9007199254740992, NULL"),
        restore("5, 6, 0, 5"),
        "UPDATE restores SET last_line_id = -1".to_owned(),
        "UPDATE restores SET last_line_id = 9007199254740992".to_owned(),
        lost("1, 'cancelled', NULL"),
        lost("11, 'cancelled', NULL"),
        lost("2, 'no_sms', NULL"),
        lost("2, 'sold', NULL"),
        lost("2, 'sold', -1"),
        lost("2, 'cancelled', 1"),
        "INSERT INTO lost_operations (position, operation_id, outcome, reported_at)
         VALUES (100001, 2, 'cancelled', 1)"
            .to_owned(),
    ] {
        assert!(store.sql(&wrong).await.is_err(), "{wrong}");
    }
    for right in [
        restore("5, 9007199254740991, 9007199254740991, 6"),
        lost("2, 'cancelled', NULL"),
        lost("3, 'sold', 0"),
        lost("4, 'refunded', 1"),
    ] {
        store
            .sql(&right)
            .await
            .unwrap_or_else(|error| panic!("{right}: {error:?}"));
    }
    assert!(store.sql(&lost("2, 'cancelled', NULL")).await.is_err(), "once");
}
