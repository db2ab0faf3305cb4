//! Numbers whose address for SMS only a person can change, and the gateways that SMS of suppliers come to.

use std::time::Duration;

use axum::http::{Method, Request};
use leaseline::domain::purchase::SupplierName;
use leaseline::flow::rotate_token::RotateTokenError;
use serde_json::{Value, json};

use super::{FRENCH, Market, POLL, id};

const SECOND: &str = "33554530001";
const REWIRE: &str = "/v1/suppliers/multitel/rewire";

impl Market {
    /// Two numbers of Multitel, whose API cannot change the address.
    async fn with_french_numbers() -> (Self, i64) {
        let market = Self::open().await;
        let order = json!({"supplier": "multitel", "numbers": [FRENCH, SECOND], "max_monthly": "2", "max_setup": "1",
                           "operator": "mt"});
        let order = id(&market.order(order).await);
        market.work().await;
        assert_eq!(market.states(order).await, ["stocked", "stocked"]);
        (market, order)
    }

    /// An SMS as Multitel delivers it, which has to be accepted.
    async fn multitel_sms(&self, token: &str, to: &str, text: &str) {
        let request = Request::post(format!("/in/{token}")).header("content-type", "application/x-www-form-urlencoded");
        let form = format!("from=15550001111&to={to}&text={text}");
        let answer = self.server.ask(request.body(form.into()).unwrap()).await;
        assert_eq!(answer.code(), 200, "{}", answer.line());
        self.work_after(POLL).await;
    }

    async fn to_rewire(&self) -> Vec<String> {
        let listed = self.server.admin_list(REWIRE).await;
        listed
            .iter()
            .map(|one| one["number"].as_str().unwrap().to_owned())
            .collect()
    }
}

#[tokio::test]
async fn what_a_person_has_to_rewire_is_listed_until_an_sms_or_the_person_proves_it() {
    let (mut market, order) = Market::with_french_numbers().await;
    let lines = market.read(order).await["lines"].clone();
    assert_eq!(market.to_rewire().await, Vec::<String>::new());
    let old = market.gateway(SupplierName::Multitel).token;
    let secret = [("SUPPLIERS__WEBHOOK_SECRET", "another-secret-of-the-test")];
    market.server.restart_with(&secret).await;
    market.work().await;
    let token = market.gateway(SupplierName::Multitel).token;
    let listed = market.server.admin_list(REWIRE).await;
    assert_eq!(
        (&listed[0]["number"], &listed[0]["line"]),
        (&json!(FRENCH), &lines[0]["id"])
    );
    assert_eq!(market.troubles().await, ["numbers_to_rewire multitel 2"]);
    let setup = market.server.admin_get("/v1/suppliers/multitel/setup").await;
    assert_eq!(setup["url"], format!("https://numbers.example.org/in/{token}"));

    market.multitel_sms(&old, FRENCH, "the-earlier-way").await;
    assert_eq!(market.to_rewire().await, [FRENCH, SECOND]);
    market.multitel_sms(&token, FRENCH, "at-the-new-address").await;
    assert_eq!(market.to_rewire().await, [SECOND]);
    let prove = format!("/v1/order-lines/{}/prove", lines[1]["id"]);
    let proven = market.server.admin(Method::POST, &prove, None).await;
    assert_eq!(
        (proven.code(), &proven.json()["reason"], &proven.json()["state"]),
        (200, &Value::Null, &json!("stocked"))
    );
    assert_eq!(market.server.admin(Method::POST, &prove, None).await.code(), 409);
    assert_eq!(market.to_rewire().await, Vec::<String>::new());
    assert_eq!(market.server.promised().await, 2, "they were on sale all the time");
    market.troubles().await;
    let later = market.troubles_after(Duration::from_secs(60)).await;
    assert_eq!(later, Vec::<String>::new());
    market.server.restart().await;
    assert_eq!(market.to_rewire().await, Vec::<String>::new());
    market.close().await;
}

#[tokio::test]
async fn an_sms_does_not_show_which_public_url_it_came_by() {
    let (mut market, order) = Market::with_french_numbers().await;
    let url = |url: &'static str| [("ONLINESIM__PUBLIC_URL", url)];
    market.server.restart_with(&url("https://sms.example.org")).await;
    let token = market.gateway(SupplierName::Multitel).token;
    market.multitel_sms(&token, FRENCH, "by-which-address").await;
    assert_eq!(market.to_rewire().await, [FRENCH, SECOND]);
    let line = market.read(order).await["lines"][0].clone();
    let prove = format!("/v1/order-lines/{}/prove", line["id"]);
    assert_eq!(market.server.admin(Method::POST, &prove, None).await.code(), 200);
    assert_eq!(market.to_rewire().await, [SECOND]);
    // Back again: the second number has that address already, the first one does not any more.
    market.server.restart_with(&url("https://numbers.example.org")).await;
    assert_eq!(market.to_rewire().await, [FRENCH]);
    market.close().await;
}

#[tokio::test]
async fn the_gateway_of_a_supplier_is_not_deleted_and_keeps_its_token() {
    let market = Market::open().await;
    market.order_american().await;
    let delete = async || {
        let deleted = market.server.admin(Method::DELETE, "/v1/gateways/carrierx", None);
        deleted.await.code()
    };
    assert_eq!(delete().await, 409, "it is planned");
    market.work().await;
    assert_eq!(delete().await, 409, "it is wired");
    // As the command does, which does not know that suppliers are on.
    let rotated = market
        .server
        .in_another_process(async |flows| flows.rotate_token("carrierx", Duration::ZERO).await)
        .await;
    assert!(matches!(rotated, Err(RotateTokenError::OfSupplier)), "{rotated:?}");
    market.close().await;
}
