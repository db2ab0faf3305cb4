//! A simulated Onlinesim: takes PUSH_SMS, records each as it arrives, and gives the answers that the test has set.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, Request, Response, StatusCode};
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use leaseline::clock::Clock;
use leaseline::domain::time::Timestamp;
use serde_json::Value;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::counterpart::{Answered, Counterpart};

/// A push that takes longer than this never comes.
const PUSH_TIMEOUT: Duration = Duration::from_secs(20);

/// One PUSH_SMS as it arrived.
#[derive(Debug, Clone)]
pub struct Push {
    /// By the server's clock.
    pub at: Timestamp,
    pub path: String,
    pub headers: HeaderMap,
    /// As it was sent; `body` is the same, parsed.
    pub raw: String,
    pub body: Value,
    /// Its answer.
    pub reply: Reply,
}

impl Push {
    pub fn text(&self) -> &str {
        self.body["text"].as_str().unwrap_or_default()
    }
}

/// The answer to one push.
#[derive(Debug, Clone)]
pub enum Reply {
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// The connection ends without an answer.
    Broken,
    /// The answer comes when the test opens the gate.
    Held(Gate, Box<Reply>),
}

impl Reply {
    pub fn new(status: u16, body: &str) -> Self {
        Self::Answer {
            status,
            headers: vec![("content-type", "application/json; charset=utf-8".to_owned())],
            body: body.as_bytes().to_vec(),
        }
    }

    /// Redirects.
    pub fn redirect(to: &str) -> Self {
        Self::Answer {
            status: 307,
            headers: vec![("location", to.to_owned())],
            body: Vec::new(),
        }
    }

    pub fn status(word: &str) -> Self {
        Self::new(200, &format!(r#"{{"status":"{word}"}}"#))
    }

    pub fn held(gate: &Gate, then: Self) -> Self {
        Self::Held(gate.clone(), Box::new(then))
    }
}

/// A 200 whose body is compressed.
pub fn gzipped(body: &str) -> Reply {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body.as_bytes()).unwrap();
    Reply::Answer {
        status: 200,
        headers: vec![("content-encoding", "gzip".to_owned())],
        body: encoder.finish().unwrap(),
    }
}

/// Holds answers back until it is opened.
#[derive(Debug, Clone, Default)]
pub struct Gate(CancellationToken);

impl Gate {
    pub fn open(&self) {
        self.0.cancel();
    }
}

struct State {
    clock: Clock,
    pushes: Mutex<Vec<Push>>,
    /// For the next pushes, whatever they carry.
    script: Mutex<VecDeque<Reply>>,
    /// For the next pushes of that text; asked first.
    by_text: Mutex<HashMap<String, VecDeque<Reply>>>,
    /// For all others.
    otherwise: Mutex<Reply>,
    arrived: Notify,
    under_way: AtomicUsize,
    most_at_once: AtomicUsize,
}

pub struct Onlinesim {
    pub address: SocketAddr,
    state: Arc<State>,
    _server: Counterpart,
}

impl Onlinesim {
    pub async fn start(clock: Clock) -> Self {
        let state = Arc::new(State {
            clock,
            pushes: Mutex::default(),
            script: Mutex::default(),
            by_text: Mutex::default(),
            otherwise: Mutex::new(Reply::status("SUCCESS")),
            arrived: Notify::new(),
            under_way: AtomicUsize::new(0),
            most_at_once: AtomicUsize::new(0),
        });
        let pushed = Arc::clone(&state);
        let server = Counterpart::start(move |request| answer(Arc::clone(&pushed), request)).await;
        Self {
            address: server.address,
            state,
            _server: server,
        }
    }

    /// The base URL for `push.url`.
    pub fn url(&self) -> String {
        format!("http://{}/api", self.address)
    }

    /// The answers to the next pushes, in their order; after them SUCCESS again.
    pub fn answers(&self, replies: impl IntoIterator<Item = Reply>) {
        self.state.script.lock().unwrap().extend(replies);
    }

    /// The answers to the next pushes with that text.
    pub fn answers_to(&self, text: &str, replies: impl IntoIterator<Item = Reply>) {
        let mut by_text = self.state.by_text.lock().unwrap();
        by_text.entry(text.to_owned()).or_default().extend(replies);
    }

    /// From now on the answer to all pushes that have none of their own.
    pub fn always_answers(&self, reply: Reply) {
        *self.state.otherwise.lock().unwrap() = reply;
    }

    /// All pushes since the start.
    pub fn pushes(&self) -> Vec<Push> {
        self.pushes_from(0)
    }

    /// Those after the first `start`.
    pub fn pushes_from(&self, start: usize) -> Vec<Push> {
        self.state.pushes.lock().unwrap()[start..].to_vec()
    }

    /// The texts in the order in which they were pushed.
    pub fn texts(&self) -> Vec<String> {
        self.pushes().iter().map(|push| push.text().to_owned()).collect()
    }

    /// The most pushes that ever waited for their answers at the same time.
    pub fn most_at_once(&self) -> usize {
        self.state.most_at_once.load(Ordering::SeqCst)
    }

    /// Returns when that many pushes have arrived since the start.
    pub async fn wait_for(&self, count: usize) {
        let waiting = async {
            loop {
                let arrived = self.state.arrived.notified();
                if self.state.pushes.lock().unwrap().len() >= count {
                    return;
                }
                arrived.await;
            }
        };
        let waited = tokio::time::timeout(PUSH_TIMEOUT, waiting).await;
        assert!(waited.is_ok(), "{count} pushes were waited for: {:?}", self.texts());
    }
}

async fn answer(state: Arc<State>, request: Request<Incoming>) -> Answered {
    let (parts, body) = request.into_parts();
    let raw = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let raw = String::from_utf8_lossy(&raw).into_owned();
    let body: Value = serde_json::from_str(&raw).unwrap_or_default();
    let reply = state.next_reply(body["text"].as_str().unwrap_or_default());
    let push = Push {
        at: state.clock.now(),
        path: format!("{} {}", parts.method, parts.uri.path()),
        headers: parts.headers,
        body,
        raw,
        reply: reply.clone(),
    };
    state.pushes.lock().unwrap().push(push);
    let under_way = state.under_way.fetch_add(1, Ordering::SeqCst) + 1;
    state.most_at_once.fetch_max(under_way, Ordering::SeqCst);
    state.arrived.notify_waiters();
    let answer = act(reply).await;
    state.under_way.fetch_sub(1, Ordering::SeqCst);
    answer
}

async fn act(mut reply: Reply) -> Answered {
    loop {
        match reply {
            Reply::Broken => return Err(io::Error::other("a broken connection was asked for")),
            Reply::Held(gate, then) => {
                gate.0.cancelled().await;
                reply = *then;
            }
            Reply::Answer { status, headers, body } => {
                let mut response = Response::new(Full::new(Bytes::from(body)));
                *response.status_mut() = StatusCode::from_u16(status).unwrap();
                for (name, value) in headers {
                    response.headers_mut().insert(name, value.parse().unwrap());
                }
                return Ok(response);
            }
        }
    }
}

impl State {
    fn next_reply(&self, text: &str) -> Reply {
        let for_text = self.by_text.lock().unwrap().get_mut(text).and_then(VecDeque::pop_front);
        for_text
            .or_else(|| self.script.lock().unwrap().pop_front())
            .unwrap_or_else(|| self.otherwise.lock().unwrap().clone())
    }
}
