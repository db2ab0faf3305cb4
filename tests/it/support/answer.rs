//! A whole answer of the server, and its text that golden tests compare.

use std::fmt::Debug;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Response, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;

/// The headers that the protocol defines; the others may change.
const GOLDEN_HEADERS: [&str; 5] = [
    "www-authenticate",
    "allow",
    "content-encoding",
    "content-type",
    "location",
];

#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("the body of an answer comes whole");
        Self {
            status: parts.status,
            headers: parts.headers,
            body: body.to_bytes(),
        }
    }

    pub fn code(&self) -> u16 {
        self.status.as_u16()
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("answers are UTF-8")
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().expect("our headers are ASCII"))
            .unwrap_or_default()
    }

    /// The answer if it is a 2xx; otherwise the test has failed.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert!(self.status.is_success(), "{}", self.golden());
        self
    }

    /// Status line, the headers that matter, body.
    pub fn golden(&self) -> String {
        let headers: String = GOLDEN_HEADERS
            .iter()
            .filter(|name| self.headers.contains_key(**name))
            .map(|name| format!("{name}: {}\n", self.header(name)))
            .collect();
        format!("HTTP {}\n{headers}\n{}", self.code(), self.text())
    }

    /// `200 {"status":"SUCCESS"}`, for tables; the header that every JSON answer of the protocol has is checked here.
    #[track_caller]
    pub fn line(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            "application/json; charset=utf-8",
            "{}",
            self.golden()
        );
        format!("{} {}", self.code(), self.text())
    }
}

/// The golden text of answers that must all be the same; a failure names the request that differs.
#[track_caller]
pub fn same<T: Debug>(answers: &[(T, Answer)]) -> String {
    let (_, first) = answers.first().expect("something was asked");
    for (asked, answer) in answers {
        assert_eq!(answer.golden(), first.golden(), "{asked:?}");
    }
    first.golden()
}
