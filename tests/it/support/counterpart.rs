//! A small HTTP server: each request goes to a function, whose error ends the connection without an answer.

use std::io;
use std::net::SocketAddr;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub type Answered = io::Result<Response<Full<Bytes>>>;

/// Stops when dropped.
pub struct Counterpart {
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Counterpart {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Counterpart {
    pub async fn start<F, A>(answer: F) -> Self
    where
        F: Fn(Request<Incoming>) -> A + Clone + Send + 'static,
        A: Future<Output = Answered> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = service_fn(answer.clone());
                tokio::spawn(async move {
                    // A broken connection is an answer, too.
                    let _ended = http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self { address, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}
