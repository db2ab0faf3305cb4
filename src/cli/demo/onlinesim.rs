//! The pretend Onlinesim: takes PUSH_SMS like the real one, and shows what it got.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};

/// A push as it arrived.
#[derive(Debug)]
pub(super) struct Push {
    /// The header Authorization.
    pub(super) authorization: String,
    /// The body.
    pub(super) body: Value,
}

/// Listens on loopback until the process ends.
#[derive(Debug)]
pub(super) struct Onlinesim {
    /// What the server gets as `push.url`.
    pub(super) url: String,
    pushes: Mutex<mpsc::Receiver<Push>>,
}

/// More pushes than a play causes.
const PUSHES_MAX: usize = 1000;

impl Onlinesim {
    pub(super) async fn start() -> Result<Self, String> {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .map_err(|error| format!("no loopback: {error}"))?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let (sender, pushes) = mpsc::channel(PUSHES_MAX);
        let router = Router::new().route("/pushSmsRent", post(push)).with_state(sender);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self {
            url: format!("http://{address}"),
            pushes: Mutex::new(pushes),
        })
    }

    /// The next push that arrives.
    pub(super) async fn next(&self) -> Option<Push> {
        self.pushes.lock().await.recv().await
    }
}

async fn push(State(sender): State<mpsc::Sender<Push>>, headers: HeaderMap, body: Bytes) -> Json<Value> {
    let authorization = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    // After the play nobody listens; the SMS is accepted all the same.
    let _played = sender.try_send(Push { authorization, body });
    Json(json!({ "status": "SUCCESS" }))
}
