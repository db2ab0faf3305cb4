//! The partner's listener over real TCP, and clients for it.

use std::net::SocketAddr;

use axum::Router;
use leaseline::http::server;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::KEY;

/// A router that listens on loopback, as in production.
pub struct Listening {
    pub address: SocketAddr,
    stop: CancellationToken,
    server: JoinHandle<()>,
}

impl Listening {
    pub async fn start(router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let server = tokio::spawn(server::serve(listener, router, stop.clone()));
        Self { address, stop, server }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Stops as the server does on SIGTERM; returns when all connections are done.
    pub async fn stop(self) {
        self.stop.cancel();
        self.server.await.unwrap();
    }
}

/// The bytes of a POST of JSON with the key; `more` has further header lines, each with its end.
pub fn raw_post(path: &str, more: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {KEY}\r\ncontent-type: application/json\r\n{more}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A client such as Onlinesim's.
pub fn client() -> reqwest::Client {
    let _installed = rustls::crypto::ring::default_provider().install_default();
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are clients, too; this is where they get one"
    )]
    reqwest::Client::builder().no_proxy().build().unwrap()
}
