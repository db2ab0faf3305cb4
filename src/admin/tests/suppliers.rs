//! The wholesalers that are on.

use super::orders::{order, with_suppliers};
use super::*;
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::pause::{Pause, SupplierPause};
use crate::domain::time::Timestamp;
use crate::storage::supplier_pauses;

#[tokio::test]
async fn a_server_without_wholesalers_lists_none() {
    let server = AdminServer::new().await;
    let list = server.get("/v1/suppliers").await.expect(200);
    assert_eq!(list, json!({ "items": [], "next": null }));
    server.get("/v1/suppliers?all=true").await.problem(400);
    server.audit().await;
}

#[tokio::test]
async fn suppliers_are_listed_with_what_they_can_and_cost() {
    let server = with_suppliers().await;
    server.post("/v1/orders", order()).await.expect(202);
    server.attempt(1).await;
    let items = server.get("/v1/suppliers").await.expect(200)["items"].clone();
    let names: Vec<&Value> = items.as_array().unwrap().iter().map(|item| &item["name"]).collect();
    assert_eq!(names, ["multitel-v3", "multitel", "cm", "carrierx"]);
    let carrierx = &items[3];
    assert_eq!(carrierx["spent_today"], "1.03", "with a month of SMS");
    assert_eq!(
        (&carrierx["budget_per_day"], &carrierx["currency"]),
        (&json!("20.00"), &json!("USD"))
    );
    assert_eq!(
        (&carrierx["stocked"], &carrierx["waiting"], &carrierx["unknown"]),
        (&json!(0), &json!(0), &json!(0))
    );
    for ability in ["search", "choose", "random", "filter", "owned", "give_back"] {
        assert!(
            carrierx["can"].as_array().unwrap().contains(&json!(ability)),
            "{ability}"
        );
    }
    let now = server.clock.now();
    server
        .change_line(1, |attempted| attempted.lose_answer(now).unwrap())
        .await;
    let items = server.get("/v1/suppliers").await.expect(200)["items"].clone();
    assert_eq!(
        (&items[3]["unknown"], &items[3]["spent_today"]),
        (&json!(1), &json!("1.03"))
    );
    server.audit().await;
}

async fn pause(server: &AdminServer, pause: Pause) {
    let mut tx = server.app.database.write().await.unwrap();
    let paused = SupplierPause {
        failures: 3,
        pauses: 1,
        pause,
    };
    supplier_pauses::save(&mut tx, SupplierName::CarrierX, &paused);
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_paused_supplier_is_shown_and_resumed() {
    let server = with_suppliers().await;
    server.post("/v1/orders", order()).await.expect(202);
    let resume = |body| server.post("/v1/suppliers/carrierx/resume", body);
    let reason = "401: the token is wrong".to_owned();
    pause(&server, Pause::UntilResumed { reason: reason.clone() }).await;
    server
        .change_line(1, |line| line.postpone("later", Timestamp::from_ms(i64::MAX)))
        .await;
    let items = server.get("/v1/suppliers").await.expect(200)["items"].clone();
    assert_eq!(
        (&items[3]["paused_until"], &items[3]["reason"]),
        (&Value::Null, &json!(reason))
    );

    let resumed = resume(json!({ "reason": "a new token" })).await.expect(200);
    assert_eq!(
        (&resumed["name"], &resumed["reason"]),
        (&json!("carrierx"), &Value::Null)
    );
    assert_eq!(
        server.app.flows.next_purchase().await.unwrap(),
        Some(std::time::Duration::ZERO)
    );
    let detail = resume(json!({})).await.problem(409);
    assert_eq!(detail, "carrierx is not paused");

    let until = server.clock.now() + std::time::Duration::from_secs(60);
    pause(&server, Pause::Until { until, reason }).await;
    let items = server.get("/v1/suppliers").await.expect(200)["items"].clone();
    assert_eq!(items[3]["paused_until"], "2026-11-20T22:01:00.000Z");
    server
        .call("POST", "/v1/suppliers/carrierx/resume", None)
        .await
        .expect(200);

    resume(json!({ "reason": "" })).await.problem(400);
    resume(json!({ "until": "now" })).await.problem(400);
    server.post("/v1/suppliers/twilio/resume", json!({})).await.problem(404);
    let server = AdminServer::new().await;
    server
        .post("/v1/suppliers/carrierx/resume", json!({}))
        .await
        .problem(409);
}
