//! Numbers that were bought and are held: rules 15 and 16 from the partner's side.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Answer, NUMBER, TestServer};

async fn patch(server: &TestServer, change: Value) -> Answer {
    let path = format!("/v1/numbers/{NUMBER}");
    server.admin(Method::PATCH, &path, Some(change)).await
}

/// The first reason for which an import of the number is refused, or how many rows were updated and unchanged.
async fn imported(server: &TestServer, operator: &str) -> Value {
    let row = json!([{"number": NUMBER.to_string(), "country": "sweden", "operator": operator, "gateway": "bank"}]);
    let report = server.admin_post("/v1/numbers", row).await.ok().json();
    match report["rejected"].get(0) {
        Some(rejected) => rejected["reason"].clone(),
        None => json!([report["updated"], report["unchanged"]]),
    }
}

/// Two numbers, the first of which is not issued.
async fn disabled() -> TestServer {
    let server = TestServer::build().await;
    server.stocked(2).await;
    server.enable(NUMBER, false).await;
    server
}

#[tokio::test]
async fn rule_15_a_held_number_is_not_issued_whatever_the_admin_sets() {
    let server = disabled().await;
    for (statement, hold, reason) in [
        (
            "UPDATE numbers SET hold = 'unproven' WHERE number = '46700000001'",
            "unproven",
            "is not proven",
        ),
        (
            "UPDATE numbers SET hold = 'refused' WHERE number = '46700000001'",
            "refused",
            "cannot be used",
        ),
        (
            "UPDATE numbers SET hold = 'giving_back' WHERE number = '46700000001'",
            "giving_back",
            "is being given back",
        ),
    ] {
        server.execute_sql(statement).await;
        let shown = server.number(NUMBER).await;
        assert_eq!((&shown["state"], &shown["hold"]), (&json!("disabled"), &json!(hold)));
        for change in [json!({"enabled": true}), json!({"enabled": true, "line": "7"})] {
            let refused = patch(&server, change).await;
            assert_eq!(refused.code(), 409, "{hold}");
            let detail = refused.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.contains(reason), "{hold}: {detail}");
        }
        patch(&server, json!({"enabled": false})).await.ok();
        assert_eq!(server.number(NUMBER).await, shown, "nothing of it was stored");
        assert_eq!(imported(&server, "telia").await, json!([0, 1]), "{hold}");
        assert_eq!(server.promised().await, 1);
        assert_ne!(server.rent().await.number, NUMBER);
        assert_eq!(server.get_number().await, None);
        let open = server.open_operations().await;
        server.finish(open[0]["id"].as_i64().unwrap(), 4, "0").await;
        assert_eq!(server.admin_list("/v1/numbers?state=disabled").await, [shown]);
    }
    // Only one that is given back has to stay where it is.
    assert_eq!(patch(&server, json!({"operator": "tele2"})).await.code(), 409);
    assert!(imported(&server, "tele2").await.is_string());
    server
        .execute_sql("UPDATE numbers SET hold = 'unproven' WHERE number = '46700000001'")
        .await;
    assert_eq!(imported(&server, "tele2").await, json!([1, 0]));
    patch(&server, json!({"operator": "telia"})).await.ok();
    assert_eq!(server.number(NUMBER).await["hold"], "unproven");
    server.close().await;
}

#[tokio::test]
async fn rule_16_a_number_that_was_given_back_is_not_imported_and_not_changed() {
    let server = disabled().await;
    server
        .execute_sql("UPDATE numbers SET hold = 'given_back' WHERE number = '46700000001'")
        .await;
    let shown = server.number(NUMBER).await;
    assert_eq!(
        (&shown["state"], &shown["hold"]),
        (&json!("given_back"), &json!("given_back"))
    );
    assert_eq!(
        imported(&server, "telia").await,
        "number was given back to its supplier: it comes back when it is bought again"
    );
    assert!(imported(&server, "tele2").await.is_string());
    for change in [
        json!({"enabled": true}),
        json!({"enabled": false}),
        json!({"operator": "tele2"}),
        json!({"line": "7"}),
    ] {
        let refused = patch(&server, change).await;
        assert_eq!(refused.code(), 409);
        let detail = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.starts_with("number was given back"), "{detail}");
    }
    assert_eq!(
        server.admin_list("/v1/numbers?state=disabled").await,
        Vec::<Value>::new()
    );
    assert_eq!(server.admin_list("/v1/numbers?state=given_back").await, [shown]);
    assert_eq!(server.promised().await, 1);
    server.close().await;
}
