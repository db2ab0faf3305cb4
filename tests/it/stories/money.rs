//! FINISH_ACTIVATION and the ledger: rules 5 and 6.

use crate::support::{House, minutes};

#[tokio::test]
async fn rule_6_a_rental_is_credited_with_the_total_of_all_periods() {
    let house = House::build().await;
    let gateway = house.stocked(1).await;
    let rented = house.rent().await;
    assert_eq!(house.balance().await, "320.00 0.00 0.00 0.00");
    house.sms(&gateway, rented.number, "code 4711").await;
    house.tick().await;
    assert_eq!(house.fate(rented.id).await, "receiving");
    // The renter prolonged twice; there was no request for it.
    house.finish(rented.id, 3, "870.50").await;
    assert_eq!(house.balance().await, "0.00 870.50 0.00 0.00");
    let operation = house.operation(rented.id).await;
    assert_eq!(operation["state"], "closed");
    assert_eq!(operation["outcome"], "sold");
    assert_eq!(operation["sum"], "320.00");
    assert_eq!(operation["posted"], "870.50");
    assert_eq!(house.number_state(rented.number).await, "available");
    house.close().await;
}

#[tokio::test]
async fn rule_6_less_than_the_first_price_is_credited_and_the_rest_voided() {
    let house = House::build().await;
    house.stocked(1).await;
    let rented = house.rent().await;
    house.finish(rented.id, 3, "100").await;
    assert_eq!(house.balance().await, "0.00 100.00 0.00 220.00");
    house.close().await;
}

#[tokio::test]
async fn rule_6_finish_repeated_moves_no_money() {
    let house = House::build().await;
    house.stocked(4).await;
    for status in [1, 3, 4, 5] {
        let rented = house.rent().await;
        house.finish(rented.id, status, "320").await;
        let balance = house.balance().await;
        let fate = house.fate(rented.id).await;
        for _ in 0..3 {
            house.tick_after(minutes(30)).await;
            house.finish(rented.id, status, "320").await;
        }
        assert_eq!(house.balance().await, balance, "status {status}");
        assert_eq!(house.fate(rented.id).await, fate);
        assert_eq!(house.operation(rented.id).await["discrepancies"], 0, "status {status}");
    }
    house.close().await;
}

#[tokio::test]
async fn rule_6_a_crowd_of_the_same_finish_credits_once() {
    let house = House::build().await;
    house.stocked(1).await;
    let rented = house.rent().await;
    let answers = (0..20).map(|_| house.finish_answer(rented.id, 3, "320"));
    for answer in futures_util::future::join_all(answers).await {
        assert_eq!(answer.line(), r#"200 {"status":"SUCCESS"}"#);
    }
    assert_eq!(house.balance().await, "0.00 320.00 0.00 0.00");
    house.close().await;
}

#[tokio::test]
async fn rule_6_a_refund_takes_back_exactly_what_was_credited_once() {
    let house = House::build().await;
    house.stocked(2).await;
    let refunded = house.rent().await;
    let kept = house.rent().await;
    house.finish(refunded.id, 3, "870").await;
    house.finish(kept.id, 3, "500").await;
    // The sum of the refund is not asked for: what was posted is what comes back.
    house.finish(refunded.id, 5, "1").await;
    assert_eq!(house.balance().await, "0.00 1370.00 870.00 0.00");
    assert_eq!(house.fate(refunded.id).await, "refunded");
    house.finish(refunded.id, 5, "870").await;
    // A late repetition of the sale changes nothing either.
    house.finish(refunded.id, 3, "870").await;
    assert_eq!(house.balance().await, "0.00 1370.00 870.00 0.00");
    assert_eq!(house.fate(refunded.id).await, "refunded");
    assert_eq!(
        house.operation(refunded.id).await["discrepancies"],
        0,
        "nobody contradicts anybody"
    );
    assert_eq!(house.fate(kept.id).await, "sold");
    house.close().await;
}

#[tokio::test]
async fn rule_6_a_refund_after_the_number_has_a_new_renter_leaves_the_renter_alone() {
    let house = House::build().await;
    house.stocked(1).await;
    let first = house.rent().await;
    house.finish(first.id, 3, "320").await;
    let second = house.rent().await;
    house.finish(first.id, 5, "320").await;
    assert_eq!(house.fate(second.id).await, "waiting");
    assert_eq!(house.number_state(second.number).await, "rented");
    assert_eq!(house.balance().await, "320.00 320.00 320.00 0.00");
    house.close().await;
}

/// Onlinesim is the judge: what we gave up is credited when it says sold, both outcomes stay in the history, and the
/// admin sees that our books differed.
#[tokio::test]
async fn rule_6_sold_after_all_is_credited_and_counted_as_a_discrepancy() {
    let house = House::build().await;
    house.stocked(2).await;
    let starved = house.rent().await;
    house.tick_after(minutes(21)).await;
    assert_eq!(house.fate(starved.id).await, "no_sms");
    assert_eq!(house.balance().await, "0.00 0.00 0.00 320.00");
    let cancelled = house.rent().await;
    house.finish(cancelled.id, 4, "0").await;

    for rented in [starved, cancelled] {
        for _ in 0..2 {
            house.finish(rented.id, 3, "870").await;
        }
        let operation = house.operation(rented.id).await;
        assert_eq!(operation["outcome"], "sold");
        assert_eq!(operation["posted"], "870.00");
        assert_eq!(operation["discrepancies"], 1, "{operation}");
    }
    let history = house.operation(starved.id).await["history"].to_string();
    assert!(history.contains("no_sms") && history.contains("sold"), "{history}");
    assert_eq!(house.balance().await, "0.00 1740.00 0.00 640.00");
    // And then it is refunded, as any other sale.
    house.finish(starved.id, 5, "870").await;
    assert_eq!(house.balance().await, "0.00 1740.00 870.00 640.00");
    house.close().await;
}

#[tokio::test]
async fn rule_6_a_contradiction_moves_nothing_and_is_shown() {
    let house = House::build().await;
    house.stocked(1).await;
    let rented = house.rent().await;
    house.finish(rented.id, 3, "320").await;
    house.finish(rented.id, 4, "0").await;
    house.finish(rented.id, 3, "999").await;
    assert_eq!(house.fate(rented.id).await, "sold");
    assert_eq!(house.balance().await, "0.00 320.00 0.00 0.00");
    assert_eq!(house.operation(rented.id).await["discrepancies"], 2);
    house.close().await;
}

#[tokio::test]
async fn rule_5_an_unknown_operation_is_not_finished_and_not_made() {
    let house = House::build().await;
    house.stocked(1).await;
    assert_eq!(house.finish_answer(355, 3, "320").await.code(), 404);
    assert_eq!(house.balance().await, "0.00 0.00 0.00 0.00");
    assert!(house.admin_list("/v1/operations").await.is_empty());
    house.close().await;
}
