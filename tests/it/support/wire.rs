//! The partner's listener over real TCP, and clients for it.

use std::net::SocketAddr;

use axum::Router;
use leaseline::http::server::Transport;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::KEY;

/// A router that listens on loopback, as in production.
pub struct Listening {
    pub address: SocketAddr,
    scheme: &'static str,
    stop: CancellationToken,
    server: JoinHandle<()>,
}

impl Listening {
    pub async fn start(router: Router) -> Self {
        Self::start_with(Transport::default(), router).await
    }

    /// The same with TLS or trusted proxies.
    pub async fn start_with(transport: Transport, router: Router) -> Self {
        Self::start_at(0, transport, router).await
    }

    /// The same at that port.
    pub async fn start_at(port: u16, transport: Transport, router: Router) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let scheme = if transport.tls.is_some() { "https" } else { "http" };
        let server = tokio::spawn(transport.serve(listener, router, stop.clone()));
        Self {
            address,
            scheme,
            stop,
            server,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
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
    client_trusting(Vec::new())
}

/// The same; it trusts these certificates besides the system's.
pub fn client_trusting(certificates: Vec<reqwest::Certificate>) -> reqwest::Client {
    let _installed = rustls::crypto::ring::default_provider().install_default();
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are clients, too; this is where they get one"
    )]
    let client = reqwest::Client::builder().no_proxy().tls_certs_merge(certificates);
    client.build().unwrap()
}
