//! Troubles of wholesalers: what the database shows, and what the purchases count.

use leaseline::domain::purchase::SupplierName;
use leaseline::domain::trouble::Trouble;

use super::*;

/// Wholesalers that nobody reaches: nothing listens at the port.
const SETTINGS: [(&str, &str); 5] = [
    ("TROUBLES__ONLINESIM_SILENT", "30d"),
    ("SUPPLIERS__WEBHOOK_SECRET", "webhook-5d20-0123456789"),
    ("CARRIERX__URL", "http://127.0.0.1:1/core/v2"),
    ("CARRIERX__TOKEN", "carrierx-token-e8d4"),
    ("ONLINESIM__PUBLIC_URL", "https://numbers.example.org"),
];

async fn with_carrierx() -> TestServer {
    TestServer::with(&SETTINGS).await
}

/// `kind supplier count` of the open troubles, the oldest first, after a look.
async fn seen(server: &TestServer) -> Vec<String> {
    server.watch().await;
    let mut listed = server.admin_list("/v1/troubles?state=open").await;
    listed.reverse();
    let line = |one: &Value| {
        let supplier = one["supplier"].as_str().unwrap_or("-");
        format!("{} {supplier} {}", one["kind"].as_str().unwrap(), one["count"])
    };
    listed.iter().map(line).collect()
}

#[tokio::test]
async fn a_supplier_is_a_trouble_as_long_as_it_is_paused() {
    let server = with_carrierx().await;
    let (log, _guard) = Log::listen();
    assert_eq!(seen(&server).await, Vec::<String>::new());
    // 2026-11-20T12:10:00Z; the other one is off.
    server
        .execute_sql(
            "INSERT INTO supplier_pauses (supplier, failures, pauses, paused_until, reason) VALUES
                 ('carrierx', 3, 1, 1795176600000, 'no answer'), ('cm', 0, 0, NULL, 'HTTP 401')",
        )
        .await;
    assert_eq!(seen(&server).await, ["supplier_paused carrierx 1"]);
    server.advance(minutes(10) - seconds(1));
    assert_eq!(seen(&server).await, ["supplier_paused carrierx 1"]);
    server.advance(seconds(1));
    seen(&server).await;
    server.advance(minutes(1));
    assert_eq!(seen(&server).await, Vec::<String>::new());
    // Until it is resumed.
    server
        .execute_sql("UPDATE supplier_pauses SET paused_until = NULL, reason = 'HTTP 403' WHERE supplier = 'carrierx'")
        .await;
    for _ in 0..3 {
        assert_eq!(seen(&server).await, ["supplier_paused carrierx 1"]);
        server.advance(hours(5));
    }
    server
        .execute_sql("UPDATE supplier_pauses SET reason = NULL WHERE supplier = 'carrierx'")
        .await;
    seen(&server).await;
    server.advance(minutes(1));
    assert_eq!(seen(&server).await, Vec::<String>::new());
    let lines = log.lines();
    let detail = "it is not called: GET /v1/suppliers has the reason, and until when";
    assert_eq!(
        lines[0],
        format!("a trouble began kind=\"supplier_paused\" supplier=\"carrierx\" count=1 detail=\"{detail}\"")
    );
    assert!(
        lines[1].starts_with("a trouble is over kind=\"supplier_paused\" supplier=\"carrierx\" count=1"),
        "{lines:?}"
    );
    assert_eq!(lines.len(), 4, "{lines:?}");
    server.close().await;
}

#[tokio::test]
async fn a_purchase_that_is_unknown_for_an_hour_is_a_trouble_until_it_is_known() {
    let server = with_carrierx().await;
    server
        .execute_sql(
            "INSERT INTO orders (id, supplier, numbers, options, operator, setup_max, monthly_max, prove, created_at)
             VALUES (1, 'carrierx', '{\"random\":{\"quantity\":4}}', '[]', 'other', 0, 1000000, 0, 1795176000000)",
        )
        .await;
    // Since the start, since ten minutes later, and two that are not unknown.
    server
        .execute_sql(
            "INSERT INTO order_lines (order_id, supplier, state, is_number_fixed, setup_max, monthly_max, state_since)
             VALUES (1, 'carrierx', 'unknown', 0, 0, 1000000, 1795176000000),
                    (1, 'carrierx', 'unknown', 0, 0, 1000000, 1795176600000),
                    (1, 'carrierx', 'waiting', 0, 0, 1000000, 1795176000000),
                    (1, 'carrierx', 'refused', 0, 0, 1000000, 1795176000000)",
        )
        .await;
    server.advance(hours(1) - seconds(1));
    assert_eq!(seen(&server).await, Vec::<String>::new());
    server.advance(seconds(1));
    assert_eq!(seen(&server).await, ["purchases_unknown carrierx 1"]);
    server.advance(minutes(10));
    assert_eq!(seen(&server).await, ["purchases_unknown carrierx 2"]);
    let listed = server.admin_list("/v1/troubles?state=open").await;
    assert_eq!(
        (&listed[0]["detail"], &listed[0]["gateway"], &listed[0]["country"]),
        (&json!("the oldest for 1h 10m"), &json!(null), &json!(null))
    );
    server
        .execute_sql("UPDATE order_lines SET state = 'refused' WHERE state = 'unknown'")
        .await;
    server.advance(minutes(1));
    assert_eq!(seen(&server).await, Vec::<String>::new());
    server.close().await;
}

#[tokio::test]
async fn a_list_that_differs_from_the_stock_is_a_trouble_until_the_next_one_does_not() {
    let server = with_carrierx().await;
    server
        .execute_sql(
            "INSERT INTO owned_comparisons (supplier, compared_at, gone, unlisted)
             VALUES ('carrierx', 1, 1, 2), ('multitel', 1, 7, 0)",
        )
        .await;
    assert_eq!(
        seen(&server).await,
        ["stock_differs carrierx 3"],
        "the other one is off"
    );
    let listed = server.admin_list("/v1/troubles").await;
    assert_eq!(
        listed[0]["detail"],
        "1 stocked numbers are not on its list, 2 numbers of its list are not known here"
    );
    server
        .execute_sql("UPDATE owned_comparisons SET gone = 0, unlisted = 0")
        .await;
    server.advance(minutes(1));
    assert_eq!(seen(&server).await, Vec::<String>::new());
    server.close().await;
}

#[tokio::test]
async fn numbers_that_are_not_what_was_ordered_are_a_trouble_of_their_supplier() {
    let server = with_carrierx().await;
    let flows = &server.app().flows;
    for supplier in [SupplierName::CarrierX, SupplierName::Cm, SupplierName::Cm] {
        let detail = "the last: order line 31: the price is above the highest that was allowed";
        flows.note_trouble(Trouble::PurchaseDeviates(supplier), 1, detail);
    }
    let both = ["purchase_deviates cm 2", "purchase_deviates carrierx 1"];
    assert_eq!(seen(&server).await, both, "each has its own");
    server.advance(minutes(5) - seconds(1));
    assert_eq!(seen(&server).await, both);
    server.advance(seconds(1));
    assert_eq!(seen(&server).await, Vec::<String>::new());
    server.close().await;
}
