//! An admin API whose answers the test has written, and `leaseline supplier` with the real binary.

use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use serde_json::{Value, json};

use super::gateway_new::stderr;
use crate::crash::process::BINARY;
use crate::support::counterpart::{Answered, Counterpart};
use crate::support::test_server::ADMIN_TOKEN;

type Script = Arc<Mutex<VecDeque<(u16, Value)>>>;
/// The method and the path, and the body.
type Calls = Arc<Mutex<Vec<(String, Value)>>>;

/// An admin API that gives one answer after the other. The status 0 stands for a broken connection.
pub(super) struct Admin {
    server: Counterpart,
    calls: Calls,
}

impl Admin {
    pub(super) async fn answering(answers: impl IntoIterator<Item = (u16, Value)>) -> Self {
        let script: Script = Arc::new(Mutex::new(answers.into_iter().collect()));
        let calls = Calls::default();
        let written = Arc::clone(&calls);
        let server =
            Counterpart::start(move |request| answer(Arc::clone(&script), Arc::clone(&written), request)).await;
        Self { server, calls }
    }

    /// What `leaseline supplier` does with these arguments, separated by blanks.
    pub(super) async fn run(&self, arguments: &str, input: &'static str) -> Output {
        run(&self.server.address.to_string(), arguments, input).await
    }

    /// What it prints when it succeeds.
    pub(super) async fn prints(&self, arguments: &str) -> String {
        let output = self.run(arguments, "").await;
        assert!(output.status.success(), "{arguments}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    pub(super) fn calls(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    pub(super) fn paths(&self) -> Vec<String> {
        self.calls().into_iter().map(|(path, _)| path).collect()
    }
}

pub(super) async fn run(address: &str, arguments: &str, input: &'static str) -> Output {
    let mut command = Command::new(BINARY);
    command
        .arg("supplier")
        .args(arguments.split(' '))
        .env_clear()
        .env("LEASELINE_ADMIN__LISTEN", address)
        .env("LEASELINE_ADMIN__TOKEN", ADMIN_TOKEN)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let ended = tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        // It may end before it reads.
        let _written = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    });
    ended.await.unwrap()
}

async fn answer(script: Script, calls: Calls, request: Request<Incoming>) -> Answered {
    assert_eq!(request.headers()["authorization"], format!("Bearer {ADMIN_TOKEN}"));
    let called = format!("{} {}", request.method(), request.uri());
    let body = request.into_body().collect().await.map_err(io::Error::other)?;
    let body = serde_json::from_slice(&body.to_bytes()).unwrap_or_default();
    calls.lock().unwrap().push((called, body));
    let (status, answer) = script.lock().unwrap().pop_front().expect("an answer is left");
    if status == 0 {
        return Err(io::Error::other("broken"));
    }
    let mut response = Response::new(Full::from(answer.to_string()));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap();
    Ok(response)
}

/// An order of those lines: id, state and number.
pub(super) fn order(state: &str, lines: &[(i64, &str, Option<&str>)]) -> Value {
    let line = |(id, state, number): &(i64, &str, Option<&str>)| json!({"id": id, "number": number, "state": state, "code": null, "reason": null, "attempts": 1, "deviation": null});
    let stocked = lines.iter().filter(|(_, state, _)| *state == "stocked").count();
    json!({
        "id": 7, "reference": "may-1", "supplier": "carrierx", "state": state, "wanted": lines.len(), "stocked": stocked,
        "highest_cost": "2.00", "currency": "USD", "created_at": "2026-11-20T12:00:00Z",
        "lines": lines.iter().map(line).collect::<Vec<_>>(),
    })
}

pub(super) const PLANNED: [(i64, &str, Option<&str>); 2] = [(31, "planned", None), (32, "planned", None)];
pub(super) const BUY: &str =
    "buy carrierx --country sweden --prefix 4670 --quantity 2 --max-monthly 1.00 --reference may-1";
