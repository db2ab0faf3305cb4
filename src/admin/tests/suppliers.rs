//! The wholesalers that are on.

use super::costs::price;
use super::orders::{order, with_suppliers};
use super::owned::FIRST;
use super::*;
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::line::OrderLine;
use crate::domain::purchase::line::steps::StepTimes;
use crate::domain::purchase::outcome::CallFailure;
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
        [
            &carrierx["stocked"],
            &carrierx["waiting"],
            &carrierx["unknown"],
            &carrierx["to_rewire"]
        ],
        [0; 4]
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

/// A number of Multitel whose address for SMS nobody knows.
async fn to_rewire(server: &AdminServer, number: &str) {
    let line = server.buy(SupplierName::Multitel, number, price("0", "1"), "USD").await;
    let times = StepTimes {
        now: server.clock.now(),
        poll: std::time::Duration::ZERO,
        backoff: std::time::Duration::ZERO,
    };
    let wired = |line: OrderLine| line.wired(Err(CallFailure::NotOffered), [1; 32], false, times).unwrap();
    server.change_line(line.0, wired).await;
}

#[tokio::test]
async fn numbers_that_a_person_has_to_rewire_are_listed() {
    let server = with_suppliers().await;
    let numbers = ["33554530000", "33554530001", "33554530002"];
    server.gateway("bank1").await;
    for number in numbers {
        server.import(&format!("number,gateway\n{number},bank1\n")).await;
        to_rewire(&server, number).await;
    }
    let path = "/v1/suppliers/multitel/rewire";
    let item =
        |index: usize| json!({ "number": numbers[index], "line": index + 1, "since": "2026-11-20T22:00:00.000Z" });
    assert_eq!(server.pages(path, "", 2).await, [item(0), item(1), item(2)]);
    let items = server.get("/v1/suppliers").await.expect(200)["items"].clone();
    assert_eq!((&items[1]["to_rewire"], &items[3]["to_rewire"]), (&json!(3), &json!(0)));
    let line = server.call("POST", "/v1/order-lines/2/prove", None).await.expect(200);
    assert_eq!((&line["state"], &line["reason"]), (&json!("stocked"), &Value::Null));
    assert_eq!(server.pages(path, "", 2).await, [item(0), item(2)]);
    server.get("/v1/suppliers/nobody/rewire").await.problem(404);
    server.get("/v1/suppliers/multitel/rewire?all=true").await.problem(400);
    server.get("/v1/suppliers/multitel/rewire?cursor=00").await.problem(400);
    server.audit().await;
}

#[tokio::test]
async fn the_address_for_sms_is_shown_with_its_instructions() {
    let server = with_suppliers().await;
    // printf %s multitel | openssl dgst -sha256 -hmac a-secret-of-32-characters-at-least
    let token = server.app.suppliers.gateway_token(SupplierName::Multitel);
    let shown = server.get("/v1/suppliers/multitel/setup").await.expect(200);
    let url = format!(
        "https://numbers.example.org/in/{}",
        secrecy::ExposeSecret::expose_secret(&token)
    );
    assert_eq!(shown["url"], url);
    let setup = shown["setup"].as_str().unwrap();
    assert!(
        setup.starts_with("Gateway multitel: ") && setup.contains(&url),
        "{setup}"
    );
    server.get("/v1/suppliers/nobody/setup").await.problem(404);
    server.audit().await;
    let off = AdminServer::new().await;
    let refused = off.get("/v1/suppliers/multitel/setup").await.problem(409);
    assert!(refused.starts_with("multitel is off"), "{refused}");
    off.audit().await;
}

#[tokio::test]
async fn the_gateway_of_a_supplier_stays_while_its_numbers_need_it() {
    let server = with_suppliers().await;
    server.post("/v1/orders", order()).await.expect(202);
    let delete = async || server.call("DELETE", "/v1/gateways/carrierx", None).await;
    let refused = delete().await.problem(409);
    assert!(refused.contains("orders from the supplier of its name"), "{refused}");
    server.post("/v1/gateways/carrierx/token", json!({})).await.problem(409);
    server
        .post("/v1/orders/1/cancel", json!({ "reason": "no" }))
        .await
        .expect(200);
    delete().await.expect(204);
    server.post("/v1/gateways/carrierx/token", json!({})).await.problem(404);
    server.audit().await;

    // Where suppliers are off, as on the command line, the orders show it.
    let off = AdminServer::new().await;
    for name in ["cm", "multitel"] {
        off.gateway(name).await;
    }
    off.buy(SupplierName::Cm, "31201234567", price("0", "1"), "USD").await;
    off.post("/v1/gateways/cm/token", json!({})).await.problem(409);
    off.post("/v1/gateways/multitel/token", json!({})).await.expect(201);
    off.audit().await;
}

#[tokio::test]
async fn only_suppliers_with_a_list_are_asked_for_it() {
    let server = with_suppliers().await;
    for supplier in ["cm", "multitel", "multitel-v3"] {
        let owned = server
            .get(&format!("/v1/suppliers/{supplier}/owned"))
            .await
            .problem(409);
        assert_eq!(owned, format!("{supplier} does not offer this"));
        let path = format!("/v1/suppliers/{supplier}/adopt");
        server.post(&path, json!({ "numbers": [FIRST] })).await.problem(409);
    }
    server.get("/v1/suppliers/nobody/owned").await.problem(404);
    for (body, detail) in [
        (json!({}), "numbers is missing"),
        (json!({ "numbers": [] }), "numbers must have 1 to 1000 numbers"),
        (json!({ "numbers": ["12"] }), "numbers[0] "),
        (json!({ "numbers": [FIRST, FIRST] }), "numbers[1] is in the list twice"),
        (json!({ "number": FIRST }), "number is not a field"),
    ] {
        let refused = server.post("/v1/suppliers/carrierx/adopt", body).await.problem(400);
        assert!(refused.starts_with(detail), "{refused}");
    }
    server.audit().await;
    let off = AdminServer::new().await;
    off.get("/v1/suppliers/carrierx/owned").await.problem(409);
    off.audit().await;
}
