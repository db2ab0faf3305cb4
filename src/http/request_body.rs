//! The body of a request. If the request is answered before its body was read, the rest of the body must not be parsed as
//! the next request: a small rest is read and dropped, so that the connection stays open; a larger one closes it.

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

/// A rest of at most so many bytes is read, so that the connection stays open.
const REST_BYTES_MAX: u64 = 64 * 1024;
/// How long after its head the rest of a request is waited for before the answer is sent.
const REST_TIMEOUT: Duration = Duration::from_millis(500);
/// The same for a later answer: enough to read what has arrived already.
const REST_TIMEOUT_MIN: Duration = Duration::from_millis(50);
/// How long more bytes are read after the answer, if the client keeps sending: a connection that is closed with unread bytes
/// is reset, and the client may lose the answer.
const LINGER: Duration = Duration::from_secs(1);

/// The body of a request. Until it is complete, its connection counts as waiting.
pub(super) struct TrackedRequestBody {
    /// `None` only while this is dropped.
    body: Option<Incoming>,
    state: Arc<SlotState>,
    unread: UnreadBody,
}

impl TrackedRequestBody {
    pub(super) fn new(body: Incoming, state: &Arc<SlotState>, unread: &UnreadBody) -> Self {
        let tracked = Self {
            body: Some(body),
            state: Arc::clone(state),
            unread: unread.clone(),
        };
        tracked.update_state();
        tracked
    }

    fn update_state(&self) {
        if self.is_end_stream() {
            self.state.request_complete();
        }
    }
}

impl Drop for TrackedRequestBody {
    fn drop(&mut self) {
        let rest = self.body.take().filter(|body| !body.is_end_stream());
        if rest.is_some() {
            self.unread.replace(rest);
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
            Poll::Ready(None) => self.state.request_complete(),
            _ => self.update_state(),
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

/// The part of a request's body that its handler left unread.
#[derive(Clone, Default)]
pub(super) struct UnreadBody(Arc<Mutex<Option<Incoming>>>);

impl UnreadBody {
    fn replace(&self, rest: Option<Incoming>) -> Option<Incoming> {
        let mut unread = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut unread, rest)
    }

    /// For a request whose head is complete now.
    pub(super) fn of(&self, request: &Request<Incoming>) -> BodyRest {
        BodyRest {
            unread: self.clone(),
            until: Instant::now() + REST_TIMEOUT,
            // A client that waits for 100 Continue does not send the body after another answer.
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
    /// Reads the rest, if it is small and arrives in time; otherwise the answer closes the connection.
    pub(super) async fn settle(&self, answer: &mut Response<Body>) {
        let Some(rest) = self.unread.replace(None) else {
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
            Drained::Complete => return,
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
    Complete,
    /// It has more bytes.
    TooLong,
    /// It did not arrive in time, or the connection broke.
    TooLate,
}

/// Reads and drops the body: at most so many bytes, until that time.
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
        Drained::Complete
    };
    timeout_at(until, reading).await.unwrap_or(Drained::TooLate)
}
