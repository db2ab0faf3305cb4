use axum::body::Body;
use axum::http::Request;
use insta::assert_snapshot;

use super::{get_number, get_services};
use crate::support::{Answer, KEY, TestServer, same};

/// GET_SERVICES with that header and that body key; `None` leaves it out.
async fn ask(server: &TestServer, header: Option<&str>, key: Option<&str>) -> Answer {
    let fields = match key {
        Some(key) => get_services().changed(&format!("key=\"{key}\"")),
        None => get_services().changed("no key"),
    };
    let mut request = Request::post("/getServicesRent").header("content-type", "application/json");
    if let Some(header) = header {
        request = request.header("authorization", header);
    }
    server.ask(request.body(Body::from(fields.json())).unwrap()).await
}

const BEARER: &str = "Bearer key-of-onlinesim";

#[tokio::test]
async fn without_a_valid_key_everything_is_401() {
    let server = TestServer::build().await;
    let mut answers = Vec::new();
    for path in ["/getServicesRent", "/getNumberRent", "/finishActivationRent", "/"] {
        let request = Request::post(path).header("content-type", "application/json");
        let answer = server.ask(request.body(Body::from(get_number().json())).unwrap()).await;
        answers.push((path, answer));
    }
    assert_snapshot!(same(&answers), @r#"
    HTTP 401
    www-authenticate: Bearer
    content-type: application/json; charset=utf-8

    {"status":"ERROR","error":"the header Authorization: Bearer <key> is missing"}
    "#);
    let mut answers = Vec::new();
    for header in [
        "Bearer wrong",
        "Bearer",
        "Bearer ",
        "",
        "key-of-onlinesim",
        "Basic a2V5LW9mLW9ubGluZXNpbQ==",
        "Bearer key-of-onlinesi",
        "Bearer key-of-onlinesim2",
        "Bearer KEY-OF-ONLINESIM",
        "Bearer key-of-onlinesim,key-of-onlinesim",
    ] {
        answers.push((header, ask(&server, Some(header), Some(KEY)).await));
    }
    assert_snapshot!(same(&answers), @r#"
    HTTP 401
    www-authenticate: Bearer
    content-type: application/json; charset=utf-8

    {"status":"ERROR","error":"the key in the header Authorization is wrong"}
    "#);
    server.close().await;
}

#[tokio::test]
async fn the_scheme_may_be_spelled_in_any_case() {
    let server = TestServer::build().await;
    for header in [BEARER, "bearer key-of-onlinesim", "BEARER  key-of-onlinesim"] {
        assert_eq!(ask(&server, Some(header), Some(KEY)).await.code(), 200, "{header}");
    }
    server.close().await;
}

#[tokio::test]
async fn a_key_in_the_body_that_differs_is_401() {
    let server = TestServer::build().await;
    let mut answers = Vec::new();
    for key in ["wrong", "", "key-of-onlinesim "] {
        answers.push((key, ask(&server, Some(BEARER), Some(key)).await));
    }
    assert_snapshot!(same(&answers), @r#"
    HTTP 401
    www-authenticate: Bearer
    content-type: application/json; charset=utf-8

    {"status":"ERROR","error":"key in the body is wrong"}
    "#);
    // The field is required by the protocol: leaving it out is a malformed request, not a wrong key.
    assert_snapshot!(ask(&server, Some(BEARER), None).await.golden(), @r#"
    HTTP 400
    content-type: application/json; charset=utf-8

    {"status":"ERROR","error":"key is missing"}
    "#);
    server.close().await;
}

#[tokio::test]
async fn every_key_of_the_list_is_accepted_and_the_first_one_pushes() {
    let server = TestServer::with(&[("ONLINESIM__KEYS", "key-of-onlinesim,key-of-last-year")]).await;
    assert_eq!(ask(&server, Some(BEARER), Some(KEY)).await.code(), 200);
    let old = "key-of-last-year";
    assert_eq!(
        ask(&server, Some("Bearer key-of-last-year"), Some(old)).await.code(),
        200
    );
    // Two keys of the list, but not the same one: the body's differs from the header's.
    assert_eq!(ask(&server, Some(BEARER), Some(old)).await.code(), 401);

    let gateway = server.stocked(1).await;
    let rented = server.rent().await;
    server.sms(&gateway, rented.number, "code 1").await;
    server.tick().await;
    let push = server.onlinesim.pushes().remove(0);
    assert_eq!(push.headers["authorization"], BEARER);
    assert_eq!(push.body["key"], KEY);
    server.close().await;
}

#[tokio::test]
async fn an_account_without_the_header_is_served_when_the_settings_allow_it() {
    let server = TestServer::with(&[("ONLINESIM__AUTH", "body")]).await;
    assert_eq!(ask(&server, None, Some(KEY)).await.code(), 200);
    assert_eq!(ask(&server, Some(BEARER), Some(KEY)).await.code(), 200);
    assert_snapshot!(ask(&server, None, Some("wrong")).await.golden(), @r#"
    HTTP 401
    www-authenticate: Bearer
    content-type: application/json; charset=utf-8

    {"status":"ERROR","error":"key in the body is wrong"}
    "#);
    assert_snapshot!(ask(&server, None, None).await.golden(), @r#"
    HTTP 401
    www-authenticate: Bearer
    content-type: application/json; charset=utf-8

    {"status":"ERROR","error":"key is missing"}
    "#);
    assert_eq!(ask(&server, Some("Bearer wrong"), Some(KEY)).await.code(), 401);
    assert_eq!(ask(&server, Some(BEARER), Some("wrong")).await.code(), 401);
    server.close().await;
}
