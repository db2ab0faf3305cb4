//! FINISH_ACTIVATION and the ledger: rules 5 and 6.

use crate::support::{TestServer, minutes};

#[tokio::test]
async fn rule_6_a_rental_is_credited_with_the_total_of_all_periods() {
    let (server, gateway, rented) = TestServer::with_rental(&[]).await;
    assert_eq!(server.balance().await, "expected 320.00");
    server.sms(&gateway, rented.number, "code 4711").await;
    server.tick().await;
    assert_eq!(server.fate(rented.id).await, "receiving");
    // The renter prolonged twice; there was no request for it.
    server.finish(rented.id, 3, "870.50").await;
    assert_eq!(server.balance().await, "posted 870.50");
    let operation = server.operation(rented.id).await;
    assert_eq!(operation["state"], "closed");
    assert_eq!(operation["outcome"], "sold");
    assert_eq!(operation["sum"], "320.00");
    assert_eq!(operation["posted"], "870.50");
    assert_eq!(server.number_state(rented.number).await, "available");
    server.close().await;
}

#[tokio::test]
async fn rule_6_less_than_the_first_price_is_credited_and_the_rest_voided() {
    let (server, _, rented) = TestServer::with_rental(&[]).await;
    server.finish(rented.id, 3, "100").await;
    assert_eq!(server.balance().await, "posted 100.00, voided 220.00");
    server.close().await;
}

#[tokio::test]
async fn rule_6_finish_repeated_moves_no_money() {
    let server = TestServer::build().await;
    server.stocked(4).await;
    for status in [1, 3, 4, 5] {
        let rented = server.rent().await;
        server.finish(rented.id, status, "320").await;
        let balance = server.balance().await;
        let fate = server.fate(rented.id).await;
        for _ in 0..3 {
            server.tick_after(minutes(30)).await;
            server.finish(rented.id, status, "320").await;
        }
        assert_eq!(server.balance().await, balance, "status {status}");
        assert_eq!(server.fate(rented.id).await, fate);
        assert_eq!(server.operation(rented.id).await["discrepancies"], 0, "status {status}");
    }
    server.close().await;
}

#[tokio::test]
async fn rule_6_a_crowd_of_the_same_finish_credits_once() {
    let (server, _, rented) = TestServer::with_rental(&[]).await;
    let answers = (0..20).map(|_| server.finish_answer(rented.id, 3, "320"));
    for answer in futures_util::future::join_all(answers).await {
        assert_eq!(answer.line(), r#"200 {"status":"SUCCESS"}"#);
    }
    assert_eq!(server.balance().await, "posted 320.00");
    server.close().await;
}

#[tokio::test]
async fn rule_6_a_refund_takes_back_exactly_what_was_credited_once() {
    let server = TestServer::build().await;
    server.stocked(2).await;
    let refunded = server.rent().await;
    let kept = server.rent().await;
    server.finish(refunded.id, 3, "870").await;
    server.finish(kept.id, 3, "500").await;
    // The sum of the refund is not asked for: what was posted is what comes back.
    server.finish(refunded.id, 5, "1").await;
    assert_eq!(server.balance().await, "posted 1370.00, reversed 870.00");
    assert_eq!(server.fate(refunded.id).await, "refunded");
    server.finish(refunded.id, 5, "870").await;
    // A late repetition of the sale changes nothing either.
    server.finish(refunded.id, 3, "870").await;
    assert_eq!(server.balance().await, "posted 1370.00, reversed 870.00");
    assert_eq!(server.fate(refunded.id).await, "refunded");
    assert_eq!(
        server.operation(refunded.id).await["discrepancies"],
        0,
        "nobody contradicts anybody"
    );
    assert_eq!(server.fate(kept.id).await, "sold");
    server.close().await;
}

#[tokio::test]
async fn rule_6_a_refund_after_the_number_has_a_new_renter_leaves_the_renter_alone() {
    let (server, _, first) = TestServer::with_rental(&[]).await;
    server.finish(first.id, 3, "320").await;
    let second = server.rent().await;
    server.finish(first.id, 5, "320").await;
    assert_eq!(server.fate(second.id).await, "waiting");
    assert_eq!(server.number_state(second.number).await, "rented");
    assert_eq!(
        server.balance().await,
        "expected 320.00, posted 320.00, reversed 320.00"
    );
    server.close().await;
}

/// Onlinesim decides: an operation that we had given up is credited when it reports a sale, both outcomes stay in the history, and the
/// admin sees that our ledger differed.
#[tokio::test]
async fn rule_6_sold_after_all_is_credited_and_counted_as_a_discrepancy() {
    let server = TestServer::build().await;
    server.stocked(2).await;
    let expired = server.rent().await;
    server.tick_after(minutes(21)).await;
    assert_eq!(server.fate(expired.id).await, "no_sms");
    assert_eq!(server.balance().await, "voided 320.00");
    let cancelled = server.rent().await;
    server.finish(cancelled.id, 4, "0").await;

    for rented in [expired, cancelled] {
        for _ in 0..2 {
            server.finish(rented.id, 3, "870").await;
        }
        let operation = server.operation(rented.id).await;
        assert_eq!(operation["outcome"], "sold");
        assert_eq!(operation["posted"], "870.00");
        assert_eq!(operation["discrepancies"], 1, "{operation}");
    }
    let history = server.operation(expired.id).await["history"].to_string();
    assert!(history.contains("no_sms") && history.contains("sold"), "{history}");
    assert_eq!(server.balance().await, "posted 1740.00, voided 640.00");
    // And then it is refunded, as any other sale.
    server.finish(expired.id, 5, "870").await;
    assert_eq!(server.balance().await, "posted 1740.00, reversed 870.00, voided 640.00");
    server.close().await;
}

#[tokio::test]
async fn rule_6_a_contradiction_moves_nothing_and_is_shown() {
    let (server, _, rented) = TestServer::with_rental(&[]).await;
    server.finish(rented.id, 3, "320").await;
    server.finish(rented.id, 4, "0").await;
    server.finish(rented.id, 3, "999").await;
    assert_eq!(server.fate(rented.id).await, "sold");
    assert_eq!(server.balance().await, "posted 320.00");
    assert_eq!(server.operation(rented.id).await["discrepancies"], 2);
    server.close().await;
}
