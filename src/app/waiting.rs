//! Answers health checks while a server waits for PostgreSQL: it lives, and is not ready.

use std::io;
use std::net::TcpListener as StdListener;
use std::os::fd::AsFd as _;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::http::{health, server};

/// How long its last answers may take.
const END_TIMEOUT: Duration = Duration::from_secs(1);

/// Answers on the listeners of a server that is not there yet.
#[derive(Debug)]
pub struct WaitingServer {
    stop: CancellationToken,
    served: Vec<JoinHandle<()>>,
}

impl WaitingServer {
    /// Answers from now on. With a file there is nothing to wait for; a listener with HTTPS has no certificate yet.
    #[must_use]
    pub fn start(config: &Config, onlinesim: &TcpListener, admin: &TcpListener) -> Self {
        let is_plain = config.tls.source().is_none();
        let listeners = [Some(admin), Some(onlinesim).filter(|_| is_plain)];
        let stop = CancellationToken::new();
        let listeners = listeners
            .into_iter()
            .flatten()
            .filter(|_| config.storage.url.is_postgres());
        // The server itself takes what they do not: connections wait in the queue of the system.
        let served = listeners
            .filter_map(|listener| duplicate(listener).ok())
            .map(|listener| {
                let serving = server::serve(listener, health::waiting_routes(), stop.clone());
                tokio::spawn(serving)
            });
        let served = served.collect();
        Self { stop, served }
    }

    /// Leaves the listeners to the server.
    pub async fn end(self) {
        self.stop.cancel();
        for served in self.served {
            let _ended = timeout(END_TIMEOUT, served).await;
        }
    }
}

/// The same socket once more.
fn duplicate(listener: &TcpListener) -> io::Result<TcpListener> {
    let socket = listener.as_fd().try_clone_to_owned()?;
    TcpListener::from_std(StdListener::from(socket))
}
