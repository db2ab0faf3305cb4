//! What wholesalers have for sale: shown, and what an order would choose from it. Nothing is bought.

use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::suppliers::carrierx::{self, CarrierXApi};
use crate::support::suppliers::{ApiAnswer, Fault, Trouble, Wholesaler, WholesalerControl as _};
use crate::support::test_server::TestServer;

const AVAILABLE: &str = "/v1/suppliers/carrierx/available?country=united%20states&prefix=1516";

async fn with_carrierx() -> (TestServer, Wholesaler<CarrierXApi>) {
    let wholesaler = Wholesaler::start(CarrierXApi::default()).await;
    let url = format!("{}/core/v2", wholesaler.url());
    let server = TestServer::with(&[
        ("SUPPLIERS__WEBHOOK_SECRET", "a-secret-of-32-characters-at-least"),
        ("SUPPLIERS__TIMEOUT", "1s"),
        ("ONLINESIM__PUBLIC_URL", "https://partner.example"),
        ("CARRIERX__URL", &url),
        ("CARRIERX__TOKEN", carrierx::TOKEN),
        ("CARRIERX__BUDGET_PER_DAY", "1.26"),
        ("CM__ACCOUNT", "6f0a7c1e-2b34-4d5e-8f90-1a2b3c4d5e6f"),
        ("CM__TOKEN", "token-of-cm"),
    ])
    .await;
    (server, wholesaler)
}

fn fault(trouble: Trouble) -> Vec<Option<Fault>> {
    vec![trouble.instead()]
}

fn column(items: &Value, name: &str) -> Vec<Value> {
    let items = items.as_array().expect("a list").iter();
    items.map(|item| item[name].clone()).collect()
}

#[tokio::test]
async fn numbers_for_sale_are_shown() {
    let (server, wholesaler) = with_carrierx().await;
    let found = server.admin_get(AVAILABLE).await;
    let first = json!({
        "number": "15162065571", "country": "united states", "area": "NEW YORK, NY", "sms": true, "setup": "0.00",
        "monthly": "0.60", "currency": "USD", "source": "own",
    });
    assert_eq!((&found["items"][0], &found["next"]), (&first, &Value::Null));
    // Another one is voice only, and not shown.
    assert_eq!(column(&found["items"], "sms"), [true, true, true]);

    let found = server.admin_get(&format!("{AVAILABLE}&limit=2")).await;
    assert_eq!(column(&found["items"], "number"), ["15162065571", "15162065572"]);
    let found = server.admin_get(&format!("{AVAILABLE}&contains=5573&external=")).await;
    assert_eq!(column(&found["items"], "number"), ["15162065573"]);
    let swedish = "/v1/suppliers/carrierx/available?country=sweden&external=true";
    let found = server.admin_get(swedish).await;
    assert_eq!(column(&found["items"], "source"), ["external"]);
    assert!(wholesaler.sold().is_empty());
    server.close().await;
}

#[tokio::test]
async fn a_search_that_is_not_possible_says_why() {
    let (server, wholesaler) = with_carrierx().await;
    for (query, field) in [
        ("", "country"),
        ("country=swedn", "country"),
        ("country=sweden&prefix=4770", "prefix"),
        ("country=sweden&contains=x", "contains"),
        ("country=sweden&external=yes", "external"),
        ("country=sweden&limit=0", "limit"),
        ("country=sweden&limit=1001", "limit"),
        ("country=sweden&sms=true", "sms"),
    ] {
        let path = format!("/v1/suppliers/carrierx/available?{query}");
        let answer = server.admin(Method::GET, &path, None).await;
        let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
        assert!(answer.code() == 400 && detail.starts_with(field), "{query}: {detail}");
    }
    let status = async |name: &str| {
        let path = format!("/v1/suppliers/{name}/available?country=sweden");
        server.admin(Method::GET, &path, None).await.code()
    };
    assert_eq!(
        (status("cm").await, status("multitel").await, status("twilio").await),
        (409, 409, 404)
    );
    assert!(wholesaler.calls().is_empty());
    server.close().await;
}

#[tokio::test]
async fn a_supplier_that_fails_is_named_and_left_alone() {
    let (server, wholesaler) = with_carrierx().await;
    let search = || server.admin(Method::GET, AVAILABLE, None);
    wholesaler.faults(fault(Trouble::Hangs));
    assert_eq!(search().await.code(), 503, "too slow");
    for _ in 0..2 {
        wholesaler.faults(fault(Trouble::Answers(ApiAnswer::empty(500))));
        let answer = search().await;
        assert_eq!(answer.code(), 502);
        assert_eq!(answer.json()["detail"], "carrierx failed: HTTP 500");
    }
    // Three calls without a usable answer.
    let calls = wholesaler.calls().len();
    let answer = search().await;
    assert_eq!(answer.code(), 503);
    let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
    assert_eq!(detail, "carrierx is paused: HTTP 500");
    assert_eq!(wholesaler.calls().len(), calls);
    server.advance(Duration::from_secs(60));
    search().await.ok();

    wholesaler.faults(fault(Trouble::Answers(ApiAnswer::empty(401))));
    let answer = search().await;
    assert_eq!(answer.code(), 502);
    assert!(answer.text().contains("credentials") && !answer.text().contains(carrierx::TOKEN));
    server.advance(Duration::from_secs(86_400));
    assert_eq!(search().await.code(), 503, "until it is resumed");
    server
        .admin(Method::POST, "/v1/suppliers/carrierx/resume", None)
        .await
        .ok();
    search().await.ok();
    server.close().await;
}

#[tokio::test]
async fn a_dry_run_shows_the_numbers_that_would_be_bought() {
    let (server, wholesaler) = with_carrierx().await;
    let order = json!({
        "supplier": "carrierx", "country": "united states", "prefix": "1516", "quantity": 4, "max_monthly": "0.6",
        "dry_run": true,
    });
    let preview = async || server.admin_post("/v1/orders", order.clone()).await.ok().json();
    let shown = preview().await;
    // The first number for sale is voice only, and the budget covers two.
    let numbers = [
        json!("15162065571"),
        json!("15162065572"),
        json!("15162065573"),
        Value::Null,
    ];
    assert_eq!(column(&shown["lines"], "number"), numbers);
    let missing = json!("no number that meets the order is for sale");
    assert_eq!(
        column(&shown["lines"], "reason"),
        [Value::Null, Value::Null, json!("budget_per_day"), missing]
    );
    assert_eq!(
        (&shown["forbidden"], &shown["highest_cost"]),
        (&Value::Null, &json!("2.52"))
    );

    wholesaler.faults(fault(Trouble::Answers(ApiAnswer::empty(500))));
    let shown = preview().await;
    assert_eq!(shown["lines"][0]["reason"], "carrierx failed: HTTP 500");
    assert!(wholesaler.sold().is_empty());
    assert_eq!(server.admin_list("/v1/orders").await, Vec::<Value>::new());
    server.close().await;
}
