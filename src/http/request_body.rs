//! The body of a request, also when it is answered before it was read: what is left of it would be taken for the next
//! request. A small rest is read and dropped, so that the connection goes on; a larger one ends it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::http::header::{CONNECTION, EXPECT};
use axum::http::{HeaderValue, Request, Response};
use futures_util::StreamExt as _;
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

use super::connection_slots::SlotState;

/// A rest of at most so many bytes is read, so that the connection goes on.
const REST_BYTES_MAX: u64 = 64 * 1024;
/// Until so long after its head a request's rest is waited for before it is answered.
const REST_TIMEOUT: Duration = Duration::from_millis(500);
/// The same for an answer that comes later: time to take what is there already.
const REST_TIMEOUT_MIN: Duration = Duration::from_millis(50);
/// How long a client that goes on sending is listened to after its answer: a connection closed with bytes unread is reset,
/// and the client may lose the answer.
const LINGER: Duration = Duration::from_secs(1);

/// The body of a request; until it has come to its end, its connection is waiting.
pub(super) struct TrackedRequestBody {
    /// Gone when this is dropped.
    body: Option<Incoming>,
    state: Arc<SlotState>,
    unread: UnreadBody,
}

impl TrackedRequestBody {
    pub(super) fn new(body: Incoming, state: &Arc<SlotState>, unread: &UnreadBody) -> Self {
        let asked = Self {
            body: Some(body),
            state: Arc::clone(state),
            unread: unread.clone(),
        };
        asked.note();
        asked
    }

    fn note(&self) {
        if self.is_end_stream() {
            self.state.request_began();
        }
    }
}

impl Drop for TrackedRequestBody {
    fn drop(&mut self) {
        let rest = self.body.take().filter(|body| !body.is_end_stream());
        if rest.is_some() {
            self.unread.put(rest);
        }
    }
}

impl http_body::Body for TrackedRequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(body).poll_frame(context);
        match polled {
            Poll::Ready(None) => self.state.request_began(),
            _ => self.note(),
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Incoming::size_hint).unwrap_or_default()
    }
}

/// What the handler of a connection's request left unread.
#[derive(Clone, Default)]
pub(super) struct UnreadBody(Arc<Mutex<Option<Incoming>>>);

impl UnreadBody {
    fn put(&self, rest: Option<Incoming>) -> Option<Incoming> {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut place, rest)
    }

    /// For a request that begins now.
    pub(super) fn of(&self, request: &Request<Incoming>) -> BodyRest {
        BodyRest {
            unread: self.clone(),
            until: Instant::now() + REST_TIMEOUT,
            // Whoever waits to be asked for the body does not send it any more after another answer.
            is_withheld: request.headers().contains_key(EXPECT),
        }
    }
}

/// The rest of one request's body.
pub(super) struct BodyRest {
    unread: UnreadBody,
    until: Instant,
    is_withheld: bool,
}

impl BodyRest {
    /// Reads the rest, if it is small and comes in time; otherwise the answer says that the connection ends.
    pub(super) async fn settle(&self, answer: &mut Response<Body>) {
        let Some(rest) = self.unread.put(None) else {
            return;
        };
        let close = HeaderValue::from_static("close");
        if self.is_withheld {
            answer.headers_mut().insert(CONNECTION, close);
            return;
        }
        let is_small = rest.size_hint().lower() <= REST_BYTES_MAX;
        let mut rest = Body::new(rest).into_data_stream();
        let most = if is_small { REST_BYTES_MAX } else { 0 };
        let until = self.until.max(Instant::now() + REST_TIMEOUT_MIN);
        match drain(&mut rest, most, until).await {
            Drained::Whole => return,
            Drained::TooLong => {
                tokio::spawn(async move { drain(&mut rest, u64::MAX, Instant::now() + LINGER).await });
            }
            Drained::TooLate => {}
        }
        answer.headers_mut().insert(CONNECTION, close);
    }
}

/// How far a body was read.
enum Drained {
    Whole,
    /// It has more bytes.
    TooLong,
    /// It did not come in time, or broke off.
    TooLate,
}

/// Reads the body and drops it: at most so many bytes, until that moment.
async fn drain(body: &mut BodyDataStream, bytes_max: u64, until: Instant) -> Drained {
    let reading = async {
        let mut bytes: u64 = 0;
        while let Some(chunk) = body.next().await {
            let Ok(chunk) = chunk else {
                return Drained::TooLate;
            };
            bytes = bytes.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            if bytes > bytes_max {
                return Drained::TooLong;
            }
        }
        Drained::Whole
    };
    timeout_at(until, reading).await.unwrap_or(Drained::TooLate)
}
