//! What stands between a program and the server, as a proxy does: it can be down, busy, or lose answers.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

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
    address: SocketAddr,
    state: Arc<State>,
    server: JoinHandle<()>,
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Relay {
    pub async fn start(http: reqwest::Client) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            road: Mutex::new(Road::Broken),
            server: Mutex::default(),
            tries: watch::Sender::new(Tries::default()),
            http,
        });
        let server = tokio::spawn(serve(listener, Arc::clone(&state)));
        Self { address, state, server }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
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

    /// Returns when the tries are as that says.
    pub async fn wait_for(&self, enough: impl Fn(Tries) -> bool) {
        let mut tries = self.state.tries.subscribe();
        tries.wait_for(|tries| enough(*tries)).await.expect("it stands");
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        let service = service_fn(move |request| pass(Arc::clone(&state), request));
        tokio::spawn(async move {
            // A broken connection is what Road::Broken is for.
            let _ended = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn pass(state: Arc<State>, request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
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

async fn forward(state: &State, parts: &hyper::http::request::Parts, body: Bytes) -> io::Result<Response<Full<Bytes>>> {
    let server = state.server.lock().unwrap().clone();
    let mut headers = parts.headers.clone();
    // They are about the connection to us.
    for name in ["host", "connection", "content-length"] {
        headers.remove(name);
    }
    let asked = state
        .http
        .request(parts.method.clone(), format!("{server}{}", parts.uri));
    let said = asked
        .headers(headers)
        .body(body)
        .send()
        .await
        .map_err(io::Error::other)?;
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = said.status();
    if let Some(kind) = said.headers().get("content-type") {
        answer.headers_mut().insert("content-type", kind.clone());
    }
    *answer.body_mut() = Full::new(said.bytes().await.map_err(io::Error::other)?);
    Ok(answer)
}
