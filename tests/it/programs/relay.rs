//! What stands between a program and the server, as a proxy does: it can be down, busy, or lose answers.

use std::io;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use tokio::sync::watch;

use crate::support::counterpart::{Answered, Counterpart};

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Road {
    /// The connection ends without an answer.
    Broken,
    /// A proxy whose server is away: 503, with a sentence for people.
    Away,
    /// The request reaches the server, its answer does not come back.
    OneWay,
    Open,
}

/// Requests that have ended, by how the program saw them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tries {
    pub failed: usize,
    pub taken: usize,
}

struct State {
    road: Mutex<Road>,
    server: Mutex<String>,
    tries: watch::Sender<Tries>,
    http: reqwest::Client,
}

pub struct Relay {
    state: Arc<State>,
    server: Counterpart,
}

impl Relay {
    pub async fn start(http: reqwest::Client) -> Self {
        let state = Arc::new(State {
            road: Mutex::new(Road::Broken),
            server: Mutex::default(),
            tries: watch::Sender::new(Tries::default()),
            http,
        });
        let passing = Arc::clone(&state);
        let server = Counterpart::start(move |request| pass(Arc::clone(&passing), request)).await;
        Self { state, server }
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Where the server listens from now on.
    pub fn leads_to(&self, server: &str) {
        server.clone_into(&mut self.state.server.lock().unwrap());
    }

    pub fn set(&self, road: Road) {
        *self.state.road.lock().unwrap() = road;
    }

    pub fn tries(&self) -> Tries {
        *self.state.tries.borrow()
    }

    /// Returns when the tries are as expected.
    pub async fn wait_for(&self, enough: impl Fn(Tries) -> bool) {
        let mut tries = self.state.tries.subscribe();
        tries.wait_for(|tries| enough(*tries)).await.expect("it stands");
    }
}

async fn pass(state: Arc<State>, request: Request<Incoming>) -> Answered {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let road = *state.road.lock().unwrap();
    let answer = match road {
        Road::Broken => Err(io::Error::other("broken")),
        Road::Away => {
            let mut answer = Response::new(Full::new(Bytes::from_static(b"the server is away")));
            *answer.status_mut() = hyper::StatusCode::SERVICE_UNAVAILABLE;
            Ok(answer)
        }
        Road::OneWay | Road::Open => forward(&state, &parts, body).await,
    };
    let answer = if road == Road::OneWay {
        answer.and(Err(io::Error::other("the answer is lost")))
    } else {
        answer
    };
    let is_taken = answer.as_ref().is_ok_and(|answer| answer.status().as_u16() == 200);
    state.tries.send_modify(|tries| {
        if is_taken {
            tries.taken += 1;
        } else {
            tries.failed += 1;
        }
    });
    answer
}

async fn forward(state: &State, parts: &hyper::http::request::Parts, body: Bytes) -> Answered {
    let server = state.server.lock().unwrap().clone();
    let mut headers = parts.headers.clone();
    // They are about the connection to us.
    for name in ["host", "connection", "content-length"] {
        headers.remove(name);
    }
    let asked = state
        .http
        .request(parts.method.clone(), format!("{server}{}", parts.uri));
    let response = asked
        .headers(headers)
        .body(body)
        .send()
        .await
        .map_err(io::Error::other)?;
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = response.status();
    if let Some(kind) = response.headers().get("content-type") {
        answer.headers_mut().insert("content-type", kind.clone());
    }
    *answer.body_mut() = Full::new(response.bytes().await.map_err(io::Error::other)?);
    Ok(answer)
}
