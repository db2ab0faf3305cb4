//! Giving numbers back: rule 16.

use axum::http::Method;
use serde_json::json;

use super::{AMERICAN, FRENCH, Market, POLL, id};
use crate::support::suppliers::{ApiAnswer, Fault, Trouble, WholesalerControl as _};

#[tokio::test]
async fn rule_16_a_number_is_off_sale_before_the_supplier_is_asked_to_take_it() {
    let market = Market::open().await;
    market.stocked().await;
    let asked = market.give_back(AMERICAN, json!({"reason": "too dear"})).await;
    let expected = json!({"number": AMERICAN, "state": "giving_back"});
    assert_eq!((asked.code(), asked.json()), (202, expected));
    assert_eq!(market.server.promised().await, 0, "before the supplier knows of it");
    assert_eq!(market.carrierx.api(|api| api.rented.len()), 1);
    market.work().await;
    assert_eq!(market.carrierx.api(|api| api.rented.len()), 0);
    let number = market.server.number(AMERICAN.parse().unwrap()).await;
    assert_eq!(number["state"], "given_back");
    let again = market.give_back(AMERICAN, json!({"reason": "again"})).await;
    assert_eq!(again.code(), 409);
    let path = format!("/v1/numbers/{AMERICAN}");
    let enabled = market
        .server
        .admin(Method::PATCH, &path, Some(json!({"enabled": true})))
        .await;
    assert_eq!(enabled.code(), 409);
    market.close().await;
}

#[tokio::test]
async fn rule_16_a_rented_number_is_given_back_after_the_rental() {
    let market = Market::open().await;
    market.stocked().await;
    let rented = market.server.rent().await;
    let refused = market.give_back(AMERICAN, json!({"reason": "too dear"})).await;
    assert_eq!(refused.code(), 409);
    let later = json!({"reason": "too dear", "when_free": true});
    assert_eq!(market.give_back(AMERICAN, later).await.code(), 202);
    market.work_after(POLL).await;
    assert_eq!(market.carrierx.api(|api| api.rented.len()), 1, "somebody rents it");
    assert_eq!(market.carrierx_sms("m1", "Your code is 4321").await.code(), 200);
    market.server.tick().await;
    market.server.finish(rented.id, 3, "320").await;
    market.work_after(POLL).await;
    assert_eq!(market.carrierx.api(|api| api.rented.len()), 0);
    market.close().await;
}

#[tokio::test]
async fn rule_16_a_give_back_whose_answer_is_lost_is_repeated_until_it_is_known() {
    // What a proxy answers is no yes either.
    let page = Trouble::Answers(ApiAnswer::text(200, "text/html", "<html>"));
    for (acts, trouble) in [
        (true, Trouble::HangsUp),
        (false, Trouble::HangsUp),
        (true, page.clone()),
        (false, page),
    ] {
        let market = Market::open().await;
        market.stocked().await;
        market.carrierx.faults(vec![Some(Fault { acts, trouble })]);
        market.give_back(AMERICAN, json!({"reason": "too dear"})).await.ok();
        market.work().await;
        let number = market.server.number(AMERICAN.parse().unwrap()).await;
        assert_eq!(
            (&number["state"], &number["hold"]),
            (&json!("disabled"), &json!("giving_back"))
        );
        market.work_after(POLL).await;
        let number = market.server.number(AMERICAN.parse().unwrap()).await;
        assert_eq!(number["state"], "given_back", "{acts}");
        assert_eq!(market.carrierx.api(|api| api.rented.len()), 0, "{acts}");
        market.close().await;
    }
}

/// Another change is at work, perhaps the give-back whose answer was lost: the number is not ours again.
#[tokio::test]
async fn rule_16_a_conflict_does_not_refuse_a_give_back() {
    let market = Market::open().await;
    market.stocked().await;
    let lost = Some(Fault {
        acts: true,
        trouble: Trouble::HangsUp,
    });
    let conflict = Some(Fault {
        acts: false,
        trouble: Trouble::Answers(ApiAnswer::empty(409)),
    });
    market.carrierx.faults(vec![lost, conflict]);
    market.give_back(AMERICAN, json!({"reason": "too dear"})).await.ok();
    market.work().await;
    for state in ["disabled", "given_back"] {
        market.work_after(2 * POLL).await;
        let number = market.server.number(AMERICAN.parse().unwrap()).await;
        assert_eq!(number["state"], state, "{number}");
    }
    market.close().await;
}

#[tokio::test]
async fn only_what_was_bought_is_given_back() {
    let market = Market::open().await;
    market.server.stocked(1).await;
    let body = || json!({"reason": "too dear"});
    assert_eq!(market.give_back("46700000001", body()).await.code(), 409, "imported");
    assert_eq!(market.give_back("46700000009", body()).await.code(), 404);
    assert_eq!(market.give_back("46700000001", json!({})).await.code(), 400);
    for (body, field) in [
        (json!({"reason": "x", "when": true}), "when"),
        (json!({"reason": "x", "when_free": "yes"}), "when_free"),
        (json!({"reason": ""}), "reason"),
        (json!({"reason": "x".repeat(501)}), "reason"),
    ] {
        let answer = market.give_back("46700000001", body).await;
        assert_eq!(answer.code(), 400, "{field}");
        assert!(
            answer.json()["detail"].as_str().unwrap().starts_with(field),
            "{}",
            answer.line()
        );
    }
    let restore = Some(json!({"reason": ""}));
    let restored = market
        .server
        .admin(Method::POST, "/v1/numbers/46700000001/restore", restore)
        .await;
    assert_eq!(restored.code(), 400);
    assert_eq!(market.server.promised().await, 1, "it stays on sale");
    market.close().await;
}

#[tokio::test]
async fn a_number_that_was_given_back_is_restored_where_the_supplier_offers_that() {
    let market = Market::open().await;
    let order = json!({"supplier": "multitel-v3", "number": FRENCH, "price_uuid": "4f79d0a734aa3ce0d9f127f66a3d80a3",
                       "expected_monthly": "2", "expected_setup": "1", "operator": "mt"});
    market.order(order).await;
    market.work().await;
    let path = format!("/v1/numbers/{FRENCH}/restore");
    let reason = json!({"reason": "asked for again"});
    let restore = async || market.server.admin(Method::POST, &path, Some(reason.clone())).await;
    assert_eq!(restore().await.code(), 409, "it was not given back");
    market.give_back(FRENCH, json!({"reason": "too dear"})).await.ok();
    market.work().await;
    assert_eq!(
        market.server.number(FRENCH.parse().unwrap()).await["state"],
        "given_back"
    );
    let order = restore().await;
    assert_eq!(order.code(), 202, "{}", order.json());
    market.work().await;
    // Where its SMS go now, nobody knows.
    assert_eq!(market.states(id(&order.json())).await, ["unproven"]);
    let history = market.read(id(&order.json())).await["history"].clone();
    assert_eq!(
        (&history[1]["action"], &history[1]["detail"]),
        (&json!("restore requested"), &json!("asked for again"))
    );
    let line = order.json()["lines"][0]["id"].clone();
    let path = format!("/v1/order-lines/{line}/prove");
    market.server.admin(Method::POST, &path, None).await.ok();
    assert_eq!(
        market.server.number(FRENCH.parse().unwrap()).await["state"],
        "available"
    );
    market.close().await;
}
