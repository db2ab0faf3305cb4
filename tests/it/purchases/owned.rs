//! Numbers that are ours at CarrierX already.

use leaseline::worker::Worker as _;
use serde_json::{Value, json};

use super::{AMERICAN, Market, POLL, id};
use crate::support::hours;
use crate::support::suppliers::carrierx::did;
use crate::support::suppliers::{ApiAnswer, Trouble, WholesalerControl as _};

const PATH: &str = "/v1/suppliers/carrierx/owned";
/// Rented at CarrierX by hand, a year ago.
const OLD: &str = "15005550001";

impl Market {
    async fn with_old_number() -> Self {
        let market = Self::open().await;
        let mut old = did("old-1", OLD, "USA", 7, "assigned");
        old["messaging"] = json!("disabled");
        market.carrierx.api(|api| api.rented.push(old));
        market
    }

    async fn compare(&self) {
        self.server.app().owned.pass().await.unwrap();
    }

    async fn number_state(&self, number: &str) -> Value {
        self.server.admin_get(&format!("/v1/numbers/{number}")).await["state"].clone()
    }
}

fn owned(number: &str, at_supplier: bool, here: Option<&str>) -> Value {
    json!({"number": number, "at_supplier": at_supplier, "here": here})
}

#[tokio::test]
async fn a_number_that_was_rented_by_hand_is_adopted_wired_and_stocked() {
    let market = Market::with_old_number().await;
    assert_eq!(market.server.admin_list(PATH).await, [owned(OLD, true, None)]);
    let adopt = |number: &str| {
        let body = json!({"numbers": [number]});
        market.server.admin_post("/v1/suppliers/carrierx/adopt", body)
    };
    let unlisted = adopt(AMERICAN).await;
    assert_eq!(unlisted.code(), 409, "{}", unlisted.line());
    let adopted = adopt(OLD).await;
    assert_eq!(adopted.code(), 202, "{}", adopted.line());
    let order = id(&adopted.json());
    assert_eq!(adopted.json()["lines"][0]["state"], "wiring");
    market.work().await;
    assert_eq!(market.server.promised().await, 0, "its SMS do not come yet");
    let address = market.carrierx.api(|api| api.rented[0]["callback_url"].clone());
    assert!(address.as_str().unwrap().starts_with("https://numbers.example.org/in/"));
    market.carrierx.api(|api| api.finish_messaging("enabled"));
    market.work_after(POLL).await;
    assert_eq!(market.states(order).await, ["stocked"]);
    assert_eq!(market.server.promised().await, 1);
    assert_eq!(
        market.server.admin_list(PATH).await,
        [owned(OLD, true, Some("stocked"))]
    );
    assert_eq!(market.carrierx.sold(), Vec::<String>::new(), "nothing was bought");
    assert_eq!(market.spent_today().await, "0.03", "a month of SMS");
    market.close().await;
}

#[tokio::test]
async fn the_list_is_compared_once_a_day() {
    let market = Market::with_old_number().await;
    let order = market.stocked().await;
    let lists = || {
        let calls = market.carrierx.calls();
        calls
            .iter()
            .filter(|call| call.method == "GET" && call.path().ends_with(&["dids"]))
            .count()
    };
    let before = lists();
    for _ in 0..2 {
        market.compare().await;
    }
    assert_eq!(lists(), before + 1);
    assert_eq!(market.number_state(AMERICAN).await, "available");

    let rented = market.carrierx.api(|api| std::mem::take(&mut api.rented));
    market.server.advance(hours(24));
    market.compare().await;
    assert_eq!(market.number_state(AMERICAN).await, "disabled");
    assert_eq!(market.server.promised().await, 0);
    let line = market.line(order).await;
    assert_eq!(line["state"], "stocked");
    assert!(
        line["deviation"].as_str().unwrap().contains("does not have it"),
        "{line}"
    );
    assert_eq!(
        market.server.admin_list(PATH).await,
        [owned(AMERICAN, false, Some("stocked"))]
    );
    let prove = format!("/v1/order-lines/{}/prove", line["id"]);
    let proven = market.server.admin(axum::http::Method::POST, &prove, None).await;
    assert_eq!(proven.code(), 409, "{}", proven.line());

    // It was a fault of the list.
    market.carrierx.api(|api| api.rented = rented);
    market.server.advance(hours(24));
    market.compare().await;
    assert_eq!(market.number_state(AMERICAN).await, "available");
    assert_eq!(market.line(order).await["deviation"], Value::Null);
    market.close().await;
}

#[tokio::test]
async fn a_list_that_cannot_be_read_changes_nothing() {
    let market = Market::with_old_number().await;
    market.stocked().await;
    let broken = |status| Trouble::Answers(ApiAnswer::empty(status)).instead();
    market.carrierx.faults(vec![broken(500), broken(500), broken(503)]);
    market.compare().await;
    market.compare().await;
    let calls = market.carrierx.calls().len();
    assert_eq!(market.number_state(AMERICAN).await, "available");
    // The partner sees the reason; after three failures the supplier is left alone.
    for (status, called) in [(502, 1), (502, 2), (503, 2)] {
        let answer = market.server.admin(axum::http::Method::GET, PATH, None).await;
        assert_eq!(answer.code(), status, "{}", answer.line());
        assert_eq!(market.carrierx.calls().len(), calls + called);
    }
    market.close().await;
}

#[tokio::test]
async fn what_cannot_be_adopted_is_named_and_nothing_is_stored() {
    let market = Market::with_old_number().await;
    let many: Vec<String> = (0..1001_u64)
        .map(|index| (15_005_550_000 + index).to_string())
        .collect();
    for (body, field) in [
        (json!({}), "numbers is missing"),
        (json!({"numbers": []}), "numbers must have 1 to 1000"),
        (json!({ "numbers": many }), "numbers must have 1 to 1000"),
        (json!({"numbers": OLD}), "numbers must be"),
        (json!({"numbers": ["me"]}), "numbers[0] "),
        (json!({"numbers": [OLD, OLD]}), "numbers[1] is in the list twice"),
        (json!({"numbers": [OLD], "prove": true}), "prove is not a field"),
    ] {
        let answer = market.server.admin_post("/v1/suppliers/carrierx/adopt", body).await;
        let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
        assert!(
            answer.code() == 400 && detail.starts_with(field),
            "{field}: {} {detail}",
            answer.code()
        );
    }
    for (name, code) in [("twilio", 404), ("cm", 409), ("multitel", 409), ("multitel-v3", 409)] {
        let path = format!("/v1/suppliers/{name}");
        let adopted = market
            .server
            .admin_post(&format!("{path}/adopt"), json!({"numbers": [OLD]}))
            .await;
        let listed = market
            .server
            .admin(axum::http::Method::GET, &format!("{path}/owned"), None)
            .await;
        assert_eq!((adopted.code(), listed.code()), (code, code), "{name}");
    }
    assert!(market.server.admin_list("/v1/orders").await.is_empty());
    assert!(market.carrierx.calls().is_empty(), "a wrong request calls nobody");
    market.close().await;
}
