//! A server that takes forms as the scripts post them, writes each down, and gives the answers that the test has set.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::crash::process::WAIT_MAX;
use crate::support::counterpart::{Answered, Counterpart};

/// What it answers.
#[derive(Clone)]
pub enum Reply {
    Status(u16),
    /// The connection ends without an answer.
    Broken,
    /// 200, when the test cancels the token.
    Held(CancellationToken),
}

/// The fields of one post, in the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post(Vec<(String, String)>);

impl Post {
    pub fn of<const N: usize>(fields: [(&str, &str); N]) -> Self {
        Self(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec())
    }

    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|(field, _)| field != name);
        self
    }

    pub fn field(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(field, _)| field == name);
        found.map_or("(missing)", |(_, value)| value)
    }
}

#[derive(Default)]
struct State {
    script: Mutex<VecDeque<Reply>>,
    posts: watch::Sender<Vec<Post>>,
    taken: watch::Sender<Vec<Post>>,
}

pub struct Server {
    state: Arc<State>,
    server: Counterpart,
}

impl Server {
    /// A server whose first answers are these; after them it answers 200.
    pub async fn answering(replies: impl IntoIterator<Item = Reply>) -> Self {
        let state = Arc::new(State::default());
        state.script.lock().unwrap().extend(replies);
        let asked = Arc::clone(&state);
        let server = Counterpart::start(move |request| answer(Arc::clone(&asked), request)).await;
        Self { state, server }
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    /// All posts, once there are as many.
    pub async fn posts(&self, count: usize) -> Vec<Post> {
        wait(self.state.posts.subscribe(), count).await
    }

    /// Those that were answered 200, once there are as many.
    pub async fn taken(&self, count: usize) -> Vec<Post> {
        wait(self.state.taken.subscribe(), count).await
    }
}

async fn wait(mut posts: watch::Receiver<Vec<Post>>, count: usize) -> Vec<Post> {
    let enough = timeout(WAIT_MAX, posts.wait_for(|posts| posts.len() >= count)).await;
    enough.expect("the script posts").expect("the server runs").clone()
}

async fn answer(state: Arc<State>, request: Request<Incoming>) -> Answered {
    assert_eq!(request.uri().path(), "/in/token");
    assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
    let body = request
        .into_body()
        .collect()
        .await
        .map_err(io::Error::other)?
        .to_bytes();
    let form = reqwest::Url::parse(&format!("http://a/?{}", std::str::from_utf8(&body).unwrap())).unwrap();
    let post = Post(form.query_pairs().into_owned().collect());
    let reply = state.script.lock().unwrap().pop_front().unwrap_or(Reply::Status(200));
    state.posts.send_modify(|posts| posts.push(post.clone()));
    let status = match reply {
        Reply::Status(status) => status,
        Reply::Broken => return Err(io::Error::other("broken")),
        Reply::Held(hold) => {
            hold.cancelled().await;
            200
        }
    };
    if status == 200 {
        state.taken.send_modify(|posts| posts.push(post));
    }
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = hyper::StatusCode::from_u16(status).unwrap();
    Ok(answer)
}
