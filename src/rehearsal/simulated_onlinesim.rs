//! The simulated Onlinesim: accepts PUSH_SMS like the real one, and keeps what it received.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, USER_AGENT};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use tower_http::decompression::RequestDecompressionLayer;

/// A push as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Push {
    /// When.
    pub(crate) at: Instant,
    /// The header Authorization.
    pub(crate) authorization: String,
    /// The header Content-Type.
    pub(crate) content_type: String,
    /// The header User-Agent.
    pub(crate) user_agent: String,
    /// The body.
    pub(crate) body: Value,
    /// The `status` that it was answered with.
    pub(crate) answered: &'static str,
}

/// Listens until it is dropped.
#[derive(Debug)]
pub(crate) struct SimulatedOnlinesim {
    /// What the server gets as `push.url`.
    pub(crate) url: String,
    pushes: Mutex<mpsc::Receiver<Push>>,
    /// Requests other than pushes.
    others: Others,
    _listening: AbortOnDropHandle<()>,
}

/// Methods and paths.
type Others = Arc<std::sync::Mutex<BTreeSet<String>>>;

#[derive(Clone)]
struct PushRecorder {
    sender: mpsc::Sender<Push>,
    answer: Arc<dyn Fn(&Value) -> &'static str + Send + Sync>,
}

/// More pushes than a scenario causes.
const PUSHES_MAX: usize = 1000;
/// The most requests besides pushes that are kept.
const OTHERS_MAX: usize = 3;

impl SimulatedOnlinesim {
    /// Listens for pushes to that path; `answer` makes the `status` of the answer from the body of a push.
    pub(crate) async fn start(
        address: SocketAddr,
        path: &str,
        answer: impl Fn(&Value) -> &'static str + Send + Sync + 'static,
    ) -> Result<Self, String> {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| format!("cannot listen on {address}: {error}"))?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let (sender, pushes) = mpsc::channel(PUSHES_MAX);
        let answer = Arc::new(answer);
        let others = Others::default();
        let noted = Arc::clone(&others);
        let router = Router::new()
            .route(path, post(push))
            .with_state(PushRecorder { sender, answer })
            .fallback(move |method: Method, uri: Uri| async move {
                let mut others = noted.lock().unwrap_or_else(PoisonError::into_inner);
                if others.len() < OTHERS_MAX {
                    others.insert(format!("{method} {}", uri.path()));
                }
                StatusCode::NOT_FOUND
            })
            .layer(RequestDecompressionLayer::new());
        let listening = tokio::spawn(async move {
            let _ended = axum::serve(listener, router).await;
        });
        Ok(Self {
            url: format!("http://{address}"),
            pushes: Mutex::new(pushes),
            others,
            _listening: AbortOnDropHandle::new(listening),
        })
    }

    /// The end of a sentence that lists the requests other than pushes; empty without any.
    pub(crate) fn elsewhere(&self) -> String {
        let others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        others
            .iter()
            .fold(String::new(), |all, other| format!("{all}; it did send {other}"))
    }

    /// The next push that arrives.
    pub(crate) async fn next(&self) -> Option<Push> {
        self.pushes.lock().await.recv().await
    }
}

async fn push(State(api): State<PushRecorder>, headers: HeaderMap, body: Bytes) -> Json<Value> {
    let at = Instant::now();
    let header = |name: HeaderName| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let answered = (api.answer)(&body);
    // Nobody reads them after the scenario; the SMS is answered all the same.
    let _sent = api.sender.try_send(Push {
        at,
        authorization: header(AUTHORIZATION),
        content_type: header(CONTENT_TYPE),
        user_agent: header(USER_AGENT),
        body,
        answered,
    });
    Json(json!({ "status": answered }))
}
