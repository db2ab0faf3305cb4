//! What surrounds the JSON: paths, methods, media types, sizes.

use std::io::Write as _;

use axum::body::Body;
use axum::http::{Method, Request};
use flate2::Compression;
use flate2::write::GzEncoder;
use insta::assert_snapshot;

use super::{finish_activation, get_number, get_services};
use crate::support::{Answer, KEY, TestServer, same};

pub(super) fn request(method: Method, path: &str) -> axum::http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {KEY}"))
}

pub(super) fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn the_root_serves_every_action() {
    let server = TestServer::build().await;
    server.stocked(1).await;
    let mut lines = Vec::new();
    for body in [get_services(), get_number(), finish_activation()] {
        lines.push(server.post_text("/", body.json()).await.line());
    }
    for change in [
        "no action",
        "action=\"PUSH_SMS\"",
        "action=1",
        "service=\"vk\"",
        "no key",
    ] {
        let answer = server.post_text("/", get_number().changed(change).json()).await;
        lines.push(format!("{change}\n  {}", answer.line()));
    }
    assert_snapshot!(lines.join("\n"), @r#"
    200 {"status":"SUCCESS","countryList":[{"country":"sweden","operatorMap":{"any":{"rent":1},"telia":{"rent":1}}}]}
    200 {"status":"SUCCESS","number":46700000001,"activationId":1}
    200 {"status":"SUCCESS"}
    no action
      400 {"status":"ERROR","error":"action is missing"}
    action="PUSH_SMS"
      400 {"status":"ERROR","error":"action must be GET_SERVICES, GET_NUMBER or FINISH_ACTIVATION"}
    action=1
      400 {"status":"ERROR","error":"action must be a string"}
    service="vk"
      400 {"status":"ERROR","error":"service must be rent"}
    no key
      400 {"status":"ERROR","error":"key is missing"}
    "#);
    server.close().await;
}

#[tokio::test]
async fn an_unknown_path_is_404() {
    let server = TestServer::build().await;
    let mut answers = Vec::new();
    for path in [
        "/getNumber",
        "/getnumberrent",
        "/getNumber/Rent",
        "/getNumberRent/1",
        "/v1/numbers",
        "/in/",
    ] {
        let answer = server.post_text(path, get_number().json()).await;
        answers.push((path, answer));
    }
    assert_snapshot!(same(&answers), @r#"
    HTTP 404
    content-type: application/json; charset=utf-8

    {"status":"ERROR","error":"no such path: use /getServicesRent, /getNumberRent, /finishActivationRent or /"}
    "#);
    server.close().await;
}

/// A base joined to a path may end with a slash; the address is the same.
#[tokio::test]
async fn more_slashes_than_needed_change_nothing() {
    let server = TestServer::build().await;
    server.stocked(2).await;
    for path in ["/getServicesRent/", "//getServicesRent", "///getServicesRent//", "//"] {
        let answer = server.post_text(path, get_services().json()).await;
        assert_eq!(answer.code(), 200, "{path}");
    }
    for (path, id) in [("/getNumberRent/", 1), ("//getNumberRent?a=b", 2)] {
        let answer = server.post_text(path, get_number().json()).await;
        assert_eq!(answer.json()["activationId"], id, "{path}");
        let path = path.replace("getNumberRent", "finishActivationRent");
        let finish = finish_activation().changed(&format!("activationId={id}"));
        assert_eq!(server.post_text(&path, finish.json()).await.code(), 200, "{path}");
    }
    let get = request(Method::GET, "//getNumberRent").body(Body::empty()).unwrap();
    assert_eq!(server.ask(get).await.header("allow"), "POST");
    server.close().await;
}

#[tokio::test]
async fn another_method_is_405_and_names_the_allowed_one() {
    let server = TestServer::build().await;
    let mut answers = Vec::new();
    for path in ["/", "/getServicesRent", "/getNumberRent", "/finishActivationRent"] {
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
            let asked = format!("{method} {path}");
            let answer = server
                .ask(request(method, path).body(Body::from(get_number().json())).unwrap())
                .await;
            answers.push((asked, answer));
        }
    }
    assert_snapshot!(same(&answers), @r#"
    HTTP 405
    allow: POST
    content-type: application/json; charset=utf-8

    {"status":"ERROR","error":"the method must be POST"}
    "#);
    server.close().await;
}

#[tokio::test]
async fn only_json_is_read() {
    let server = TestServer::build().await;
    let ask = async |media_type: Option<&str>| {
        let mut request = request(Method::POST, "/getServicesRent");
        if let Some(media_type) = media_type {
            request = request.header("content-type", media_type);
        }
        server
            .ask(request.body(Body::from(get_services().json())).unwrap())
            .await
    };
    let mut answers = Vec::new();
    for media_type in [
        Some("application/x-www-form-urlencoded"),
        Some("application/jsonp"),
        Some("multipart/form-data"),
    ] {
        answers.push((media_type, ask(media_type).await));
    }
    assert_snapshot!(same(&answers), @r#"
    HTTP 415
    content-type: application/json; charset=utf-8

    {"status":"ERROR","error":"the header Content-Type must be application/json, text/plain or missing"}
    "#);
    for media_type in [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "Application/JSON",
        "text/plain",
        "text/plain; charset=utf-8",
        "",
    ] {
        assert_eq!(ask(Some(media_type)).await.code(), 200, "{media_type}");
    }
    assert_eq!(ask(None).await.code(), 200);
    server.close().await;
}

#[tokio::test]
async fn rule_12_a_body_above_the_bound_is_413() {
    let server = TestServer::with(&[("ONLINESIM__BODY_BYTES_MAX", "2048")]).await;
    let padded = |bytes: usize| {
        let empty = get_services().changed("padding=\"\"").json();
        let padding = "x".repeat(bytes - empty.len());
        get_services().changed(&format!("padding=\"{padding}\"")).json()
    };
    let fits = padded(2048);
    assert_eq!(fits.len(), 2048);
    assert_eq!(server.post_text("/getServicesRent", fits).await.code(), 200);
    let too_large = r#"
    HTTP 413
    content-type: application/json; charset=utf-8

    {"status":"ERROR","error":"the body is too large"}
    "#;
    let expected = too_large.trim().lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let answer = server.post_text("/getServicesRent", padded(2049)).await;
    assert_eq!(answer.golden(), expected);

    // A bound on what is unpacked, too: 4 MB that travel as 4 KB.
    let bomb = request(Method::POST, "/getServicesRent")
        .header("content-type", "application/json")
        .header("content-encoding", "gzip")
        .body(Body::from(gzipped(padded(4_000_000).as_bytes())))
        .unwrap();
    assert_eq!(server.ask(bomb).await.golden(), expected);
    server.close().await;
}

#[tokio::test]
async fn health_is_public_and_the_admins_paths_are_not_here() {
    let server = TestServer::build().await;
    let get = async |path: &str| -> Answer { server.ask(Request::get(path).body(Body::empty()).unwrap()).await };
    let version = env!("CARGO_PKG_VERSION");
    let healthy = get("/healthz").await;
    assert_eq!(healthy.code(), 200);
    assert_eq!(healthy.text(), format!(r#"{{"status":"ok","version":"{version}"}}"#));
    assert_snapshot!(get("/readyz").await.golden(), @r#"
    HTTP 200
    content-type: application/json

    {"status":"ready","database":"writable"}
    "#);
    // Which workers run is for the admin alone.
    let at_admin = server
        .admin_raw(Request::get("/readyz").body(Body::empty()).unwrap())
        .await;
    assert_eq!(
        at_admin.text(),
        r#"{"status":"ready","database":"writable","stopped_workers":[]}"#
    );
    assert_eq!(get("/v1/balance").await.code(), 404);
    server.close().await;
}

#[tokio::test]
async fn an_error_carries_the_id_under_which_it_stands_in_the_log() {
    let server = TestServer::build().await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let answer = server.ask(Request::get("/nowhere").body(Body::empty()).unwrap()).await;
        assert_eq!(answer.code(), 404);
        ids.push(answer.header("x-request-id").parse::<u64>().unwrap());
    }
    assert!(ids[0] < ids[1], "{ids:?}");
    let healthy = server.ask(Request::get("/healthz").body(Body::empty()).unwrap()).await;
    assert_eq!(healthy.header("x-request-id"), "");
    server.close().await;
}
