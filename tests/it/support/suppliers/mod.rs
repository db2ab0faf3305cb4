//! Wholesalers of a test's own: each keeps books of what it sold, and does what is documented; the tests script what goes
//! wrong on the way.

pub mod body;
pub mod carrierx;
pub mod cm;
mod did_filter;
pub mod multitel;
pub mod multitel_v3;

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderMap;
use hyper::{Request, Response};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use tokio::sync::watch;

use super::counterpart::{Answered, Counterpart};

/// A call as it arrived.
#[derive(Debug, Clone, Default)]
pub struct ApiCall {
    pub method: String,
    /// Decoded; an empty last one stands for a slash at the end.
    pub segments: Vec<String>,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl ApiCall {
    /// `POST /v3/bulk_restore?a=b`, with the headers and the body that are added.
    pub fn new(method: &str, path_and_query: &str) -> Self {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let segments = path.trim_start_matches('/').split('/');
        Self {
            method: method.to_owned(),
            segments: segments
                .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
                .collect(),
            query: body::urlencoded(query),
            ..Self::default()
        }
    }

    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    #[must_use]
    pub fn with_body(self, content_type: &str, body: &str) -> Self {
        let mut call = self.with_header("content-type", content_type);
        call.body = body.as_bytes().to_vec();
        call
    }

    pub fn path(&self) -> Vec<&str> {
        let segments = self.segments.iter().map(String::as_str);
        segments.filter(|segment| !segment.is_empty()).collect()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub struct ApiAnswer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl ApiAnswer {
    pub fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json", &body.to_string())
    }

    pub fn text(status: u16, content_type: &str, body: &str) -> Self {
        Self {
            status,
            headers: vec![("content-type", content_type.to_owned())],
            body: body.to_owned(),
        }
    }

    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: String::new(),
        }
    }

    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn value(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// What a wholesaler does with a call.
pub trait WholesaleApi: Send + 'static {
    /// Acts, and answers.
    fn answer(&mut self, call: &ApiCall) -> ApiAnswer;

    /// The mark or the number of each purchase that was ever carried out, in their order.
    fn sold(&self) -> Vec<String>;
}

/// What goes wrong with the answer to a call.
#[derive(Debug, Clone)]
pub enum Trouble {
    /// The connection ends.
    HangsUp,
    /// The answer never comes.
    Hangs,
    /// Something else is answered.
    Answers(ApiAnswer),
}

impl Trouble {
    /// The call is not carried out.
    #[must_use]
    pub fn instead(self) -> Option<Fault> {
        let (acts, trouble) = (false, self);
        Some(Fault { acts, trouble })
    }

    /// The call is carried out, and its answer lost.
    #[must_use]
    pub fn afterwards(self) -> Option<Fault> {
        let (acts, trouble) = (true, self);
        Some(Fault { acts, trouble })
    }
}

/// What happens to one call.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Whether the call is carried out before its answer is lost.
    pub acts: bool,
    pub trouble: Trouble,
}

struct Shared<A> {
    api: A,
    faults: VecDeque<Option<Fault>>,
    calls: Vec<ApiCall>,
    called: watch::Sender<usize>,
}

/// The server of a wholesaler. Gone when dropped.
pub struct Wholesaler<A> {
    pub address: SocketAddr,
    shared: Arc<Mutex<Shared<A>>>,
    called: watch::Receiver<usize>,
    _server: Counterpart,
}

impl<A: WholesaleApi> Wholesaler<A> {
    pub async fn start(api: A) -> Self {
        let (sender, called) = watch::channel(0);
        let shared = Arc::new(Mutex::new(Shared {
            api,
            faults: VecDeque::new(),
            calls: Vec::new(),
            called: sender,
        }));
        let served = Arc::clone(&shared);
        let server = Counterpart::start(move |request| serve(Arc::clone(&served), request)).await;
        Self {
            address: server.address,
            shared,
            called,
            _server: server,
        }
    }

    /// Returns when so many calls have arrived.
    pub async fn wait_for(&self, calls: usize) {
        let mut called = self.called.clone();
        called.wait_for(|now| *now >= calls).await.expect("the server runs");
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Looks into the books, or changes them.
    pub fn api<T>(&self, action: impl FnOnce(&mut A) -> T) -> T {
        action(&mut self.shared.lock().unwrap().api)
    }
}

/// What the suites that are the same for all wholesalers need of their servers.
pub trait WholesalerControl {
    /// What happens to the next calls; `None`: nothing.
    fn faults(&self, faults: Vec<Option<Fault>>);
    /// Nothing happens to the next calls.
    fn forget_faults(&self);
    fn calls(&self) -> Vec<ApiCall>;
    fn sold(&self) -> Vec<String>;
}

impl<A: WholesaleApi> WholesalerControl for Wholesaler<A> {
    fn faults(&self, faults: Vec<Option<Fault>>) {
        self.shared.lock().unwrap().faults.extend(faults);
    }

    fn forget_faults(&self) {
        self.shared.lock().unwrap().faults.clear();
    }

    fn calls(&self) -> Vec<ApiCall> {
        self.shared.lock().unwrap().calls.clone()
    }

    fn sold(&self) -> Vec<String> {
        self.shared.lock().unwrap().api.sold()
    }
}

async fn serve<A: WholesaleApi>(shared: Arc<Mutex<Shared<A>>>, request: Request<Incoming>) -> Answered {
    let (parts, body) = request.into_parts();
    let path_and_query = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut call = ApiCall::new(parts.method.as_str(), path_and_query);
    call.headers = parts.headers;
    call.body = body.collect().await.map_err(io::Error::other)?.to_bytes().to_vec();
    let (fault, answer) = {
        let mut shared = shared.lock().unwrap();
        shared.calls.push(call.clone());
        shared.called.send_modify(|calls| *calls += 1);
        let fault = shared.faults.pop_front().flatten();
        let acts = fault.as_ref().is_none_or(|fault| fault.acts);
        (fault, acts.then(|| shared.api.answer(&call)))
    };
    let answer = match (fault.map(|fault| fault.trouble), answer) {
        (None, Some(answer)) | (Some(Trouble::Answers(answer)), _) => answer,
        (Some(Trouble::Hangs), _) => std::future::pending().await,
        (Some(Trouble::HangsUp) | None, _) => return Err(io::Error::other("told to hang up")),
    };
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response
        .body(Full::new(Bytes::from(answer.body)))
        .map_err(io::Error::other)
}
