//! From the order to the rental.

use leaseline::domain::purchase::SupplierName;
use serde_json::json;

use super::{AMERICAN, FRENCH, Market, POLL, id, multitel_order};
use crate::support::suppliers::WholesalerControl as _;

#[tokio::test]
async fn numbers_are_found_bought_wired_stocked_rented_and_sold() {
    let market = Market::open().await;
    let order = json!({"supplier": "carrierx", "reference": "may-1", "country": "united states", "prefix": "1516",
                       "quantity": 2, "max_monthly": "1.00", "operator": "cx"});
    let placed = market.order(order.clone()).await;
    assert_eq!((&placed["state"], &placed["wanted"]), (&json!("open"), &json!(2)));
    market.work().await;
    let bought = market.read(id(&placed)).await;
    assert_eq!(market.states(id(&placed)).await, ["wiring", "wiring"], "{bought}");
    // The first one that is for sale is voice only.
    assert_eq!(market.carrierx.sold(), ["15162065571", "15162065572"]);
    assert_eq!(market.server.promised().await, 0, "their SMS do not come yet");
    let url = market.carrierx.api(|api| api.rented[0]["callback_url"].clone());
    let token = market.gateway(SupplierName::CarrierX).token;
    assert_eq!(url, format!("https://numbers.example.org/in/{token}"));

    market.carrierx.api(|api| api.finish_messaging("enabled"));
    market.work_after(POLL).await;
    assert_eq!(market.states(id(&placed)).await, ["stocked", "stocked"]);
    assert_eq!(market.read(id(&placed)).await["state"], "done");
    assert_eq!(market.server.promised().await, 2);

    let again = market.server.admin_post("/v1/orders", order).await;
    assert_eq!(
        (again.code(), id(&again.json())),
        (200, id(&placed)),
        "the same reference"
    );
    market.work().await;
    assert_eq!(market.carrierx.sold().len(), 2);

    let mut rented = market.server.rent().await;
    if rented.number.to_string() != AMERICAN {
        rented = market.server.rent().await;
    }
    let answer = market.carrierx_sms("m1", "Your code is 4321").await;
    assert_eq!(answer.code(), 200);
    market.server.tick().await;
    assert_eq!(market.server.onlinesim.texts(), ["Your code is 4321"]);
    market.server.finish(rented.id, 3, "320").await;
    for one in market.server.open_operations().await {
        market.server.finish(one["id"].as_i64().unwrap(), 4, "0").await;
    }
    market.close().await;
}

#[tokio::test]
async fn a_number_of_multitel_is_bought_with_its_address_for_sms() {
    let market = Market::open().await;
    for (order, number) in [
        (multitel_order(FRENCH), FRENCH),
        (
            json!({"supplier": "multitel-v3", "number": "33554530001", "operator": "mt",
                   "price_uuid": "4f79d0a734aa3ce0d9f127f66a3d80a3", "expected_monthly": "2.00", "expected_setup": "1.00"}),
            "33554530001",
        ),
    ] {
        let placed = id(&market.order(order).await);
        market.work().await;
        let shown = market.read(placed).await;
        assert_eq!(market.states(placed).await, ["stocked"], "{shown}");
        assert_eq!(shown["lines"][0]["number"], number);
    }
    let fields = market.multitel.api(|api| api.owned[FRENCH].clone());
    let address = fields.iter().find(|(name, _)| name == "SMSURI").unwrap().1.clone();
    let token = market.gateway(SupplierName::Multitel).token;
    assert_eq!(address, format!("https://numbers.example.org/in/{token}"));
    assert_eq!(market.server.promised().await, 2);
    market.close().await;
}

/// CM.com: one request for all lines, filled later; voice numbers, so each is proven.
#[tokio::test]
async fn rule_15_a_voice_number_is_issued_only_after_an_sms_reached_it() {
    let market = Market::open().await;
    let order = json!({"supplier": "cm", "area_code": "20", "quantity": 2, "operator": "cm"});
    let placed = id(&market.order(order).await);
    market.work().await;
    assert_eq!(market.states(placed).await, ["waiting", "waiting"]);
    assert_eq!(market.cm.sold().len(), 1, "one request for both");
    market.work_after(POLL).await;
    assert_eq!(market.states(placed).await, ["waiting", "waiting"]);
    market.cm.api(|api| api.fill(0, &["31201234567", "31201234568"]));
    market.work_after(POLL).await;
    assert_eq!(market.states(placed).await, ["unproven", "unproven"]);
    assert_eq!(market.server.promised().await, 0);
    let gateway = market.gateway(SupplierName::Cm);
    market.server.sms(&gateway, 31_201_234_567, "hello").await;
    market.work_after(POLL).await;
    assert_eq!(market.states(placed).await, ["stocked", "unproven"]);
    assert_eq!(market.server.promised().await, 1);
    market.close().await;
}

#[tokio::test]
async fn a_request_that_the_staff_refuses_keeps_its_reason() {
    let market = Market::open().await;
    let order = json!({"supplier": "cm", "city": "AMSTERDAM", "quantity": 2, "operator": "cm"});
    let placed = id(&market.order(order).await);
    market.work().await;
    market.cm.api(|api| api.refuse(0, "no numbers of this city"));
    market.work_after(POLL).await;
    let shown = market.read(placed).await;
    assert_eq!(
        (&shown["state"], &shown["lines"][1]["state"]),
        (&json!("failed"), &json!("refused"))
    );
    assert!(
        shown["lines"][1]["reason"]
            .as_str()
            .unwrap()
            .contains("no numbers of this city")
    );
    market.close().await;
}

#[tokio::test]
async fn another_secret_sets_the_sms_of_all_numbers_up_again() {
    let mut market = Market::open().await;
    market.stocked().await;
    let multitel = id(&market.order(multitel_order(FRENCH)).await);
    market.work().await;
    let old = market.gateway(SupplierName::CarrierX).token;
    let secret = [("SUPPLIERS__WEBHOOK_SECRET", "another-secret-of-the-test")];
    market.server.restart_with(&secret).await;
    market.work().await;
    let token = market.gateway(SupplierName::CarrierX).token;
    assert_ne!(token, old);
    let url = market.carrierx.api(|api| api.rented[0]["callback_url"].clone());
    assert_eq!(url, format!("https://numbers.example.org/in/{token}"));
    assert_eq!(market.server.promised().await, 2, "they stay on sale");
    let line = market.line(multitel).await;
    assert!(
        line["reason"].as_str().unwrap().contains("an earlier address"),
        "{line}"
    );
    assert_eq!(
        market.carrierx_sms("m1", "hello").await.code(),
        200,
        "at the new address"
    );
    market.close().await;
}
