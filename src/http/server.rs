//! Serves connections: a limited number of them, TLS where it is set, a timeout for the head of a request, keep-alive, and a
//! graceful shutdown.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, Response};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;

use super::auth_failures::ClientAddress;
use super::connection_slots::{Answering, ConnectionSlot, ConnectionSlots, SlotState};
use super::proxies::TrustedProxies;
use super::request_body::{TrackedRequestBody, UnreadBody};
use super::tls::Tls;
use crate::lifecycle::open_files;
use crate::metrics::series::Level;

/// How long a client may take to send the head of a request; starts again for each request of a connection. A TLS handshake
/// may take as long.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// The largest head of a request.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// The most connections of one listener at a time (rule 12); for the next one another one is evicted: see `ConnectionSlots`.
pub const CONNECTIONS_MAX: usize = 8192;
/// The open files that are left for the database and for pushes.
pub const OTHER_FILES: usize = 256;
/// Connections that the system holds until they are accepted; it may hold fewer.
const BACKLOG: u32 = 4096;
/// The pause after an error of `accept` (too many open files), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Opens a listener; the error names the option of the address.
pub async fn bind(address: SocketAddr, setting: &str) -> Result<TcpListener, String> {
    listen(address).map_err(|error| format!("cannot listen on {address} ({setting}): {error}"))
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // A restarted server must not wait for the last connections of the previous process.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// How many connections one of the two listeners may have in a process with that limit of open files.
#[must_use]
pub fn connections_within(files: usize) -> usize {
    (files.saturating_sub(OTHER_FILES) / 2).clamp(1, CONNECTIONS_MAX)
}

/// The connections of one listener, for the metrics.
#[derive(Debug, Clone, Default)]
pub struct ConnectionLevels {
    /// How many are open.
    pub open: Level,
    /// How many may be.
    pub max: Level,
}

/// How the connections of a listener are treated. The default: plain HTTP, and no proxy is believed.
#[derive(Debug, Clone, Default)]
pub struct Transport {
    /// `None`: plain HTTP.
    pub tls: Option<Tls>,
    /// Whose `X-Forwarded-For` is believed.
    pub proxies: TrustedProxies,
    /// Shows how many connections there are.
    pub levels: ConnectionLevels,
}

/// Serves `router` over plain HTTP: see [`Transport::serve`].
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    Transport::default().serve(listener, router, stop).await;
}

impl Transport {
    /// Serves `router` until `stop`, then finishes the requests whose heads are complete; the caller limits the time for that.
    pub async fn serve(self, listener: TcpListener, router: Router, stop: CancellationToken) {
        let graceful = GracefulShutdown::new();
        let max = connections_within(open_files::limit());
        self.levels.max.set(i64::try_from(max).unwrap_or(i64::MAX));
        let slots = ConnectionSlots::new(max, self.levels.open.clone());
        while let Some((stream, address, slot)) = next(&listener, &slots, &stop).await {
            self.connection(stream, address, slot, router.clone(), graceful.watcher());
        }
        drop(listener);
        slots.close();
        graceful.shutdown().await;
    }

    /// Serves one connection in a task of its own, from the handshake on: the next one does not wait for it.
    fn connection(
        &self,
        stream: TcpStream,
        address: ClientAddress,
        slot: ConnectionSlot,
        router: Router,
        watcher: Watcher,
    ) {
        // Answers are small, and clients wait for them: they must not be delayed to be merged.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection was closed at once");
            return;
        }
        let tls = self.tls.clone();
        let service = answering(router, address, self.proxies.clone(), Arc::clone(&slot.state));
        tokio::spawn(async move {
            let served = async {
                match tls {
                    None => requests(stream, service, watcher).await,
                    Some(tls) => {
                        if let Some(stream) = tls.handshake(stream, HEAD_TIMEOUT).await {
                            requests(stream, service, watcher).await;
                        }
                    }
                }
            };
            tokio::select! {
                // What has arrived is read first: the head may be complete now.
                biased;
                () = served => {}
                () = slot.state.evicted() => tracing::debug!("a connection was evicted"),
            }
            drop(slot);
        });
    }
}

/// The next connection, its client and its slot; `None` when the server stops.
async fn next(
    listener: &TcpListener,
    slots: &ConnectionSlots,
    stop: &CancellationToken,
) -> Option<(TcpStream, ClientAddress, ConnectionSlot)> {
    let accepted = async {
        loop {
            match listener.accept().await {
                Ok((stream, client)) => return (stream, ClientAddress(client.ip()), slots.take().await),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    slots.evict_idle();
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    };
    tokio::select! {
        accepted = accepted => Some(accepted),
        () = stop.cancelled() => None,
    }
}

/// Answers the requests of one connection by the router.
fn answering(
    router: Router,
    address: ClientAddress,
    proxies: TrustedProxies,
    state: Arc<SlotState>,
) -> impl Service<Request<Incoming>, Response = Response<Answer>, Error = Infallible, Future: Send> + Send {
    let router = TowerToHyperService::new(router);
    let unread = UnreadBody::default();
    service_fn(move |mut request: Request<Incoming>| {
        let answering = state.answering();
        let rest = unread.of(&request);
        let client = proxies.client(address, request.headers());
        request.extensions_mut().insert(client);
        let answer = router.call(request.map(|body| TrackedRequestBody::new(body, &state, &unread)));
        async move {
            let mut answer = answer.await?;
            rest.settle(&mut answer).await;
            Ok::<_, Infallible>(answer.map(|body| Answer {
                body,
                _answering: answering,
            }))
        }
    })
}

/// Serves the requests of one connection until it ends.
async fn requests<I, S>(stream: I, service: S, watcher: Watcher)
where
    I: AsyncRead + AsyncWrite + Unpin + 'static,
    S: Service<Request<Incoming>, Response = Response<Answer>, Error = Infallible>,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// The body of an answer; until it is dropped, its connection does not count as waiting.
struct Answer {
    body: Body,
    _answering: Answering,
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
