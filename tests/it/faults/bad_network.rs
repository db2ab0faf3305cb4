//! A TCP proxy before Onlinesim that can fail in every way in which a network fails.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The length in the head of the huge answer.
pub const HUGE: usize = 100 * 1024 * 1024;
const CHUNK: usize = 64 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Through,
    /// Onlinesim gets the push and answers; the answer is lost.
    AnswerLost,
    Reset,
    NoHttp,
    HalfAHead,
    HalfABody,
    /// Half an answer, and then silence.
    Stuck,
    Silent,
    Huge,
}

/// Its failures are chosen by the test.
pub struct Proxy {
    pub address: SocketAddr,
    state: Arc<State>,
    serving: JoinHandle<()>,
}

struct State {
    onlinesim: SocketAddr,
    mode: Mutex<Mode>,
    answered: Mutex<Vec<(String, bool)>>,
    spoilt: AtomicUsize,
    huge_sent: AtomicUsize,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Proxy {
    pub async fn to(onlinesim: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            onlinesim,
            mode: Mutex::new(Mode::Through),
            answered: Mutex::default(),
            spoilt: AtomicUsize::new(0),
            huge_sent: AtomicUsize::new(0),
        });
        let serving = tokio::spawn({
            let state = Arc::clone(&state);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let state = Arc::clone(&state);
                    tokio::spawn(async move { serve(stream, &state).await });
                }
            }
        });
        Self {
            address,
            state,
            serving,
        }
    }

    pub fn set(&self, mode: Mode) {
        *self.state.mode.lock().unwrap() = mode;
    }

    /// The texts whose answers were passed on, in their order, and whether each was an acceptance.
    pub fn answered(&self) -> Vec<(String, bool)> {
        self.state.answered.lock().unwrap().clone()
    }

    /// How many pushes did not get through.
    pub fn spoilt(&self) -> usize {
        self.state.spoilt.load(Ordering::SeqCst)
    }

    /// How much of the huge answer the other side took.
    pub fn huge_sent(&self) -> usize {
        self.state.huge_sent.load(Ordering::SeqCst)
    }
}

/// Reads a head and as many bytes as its content-length; `None` at the end of the connection.
async fn message(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.expect("a length").trim().parse().unwrap() {
            return Some(bytes);
        }
    }
}

async fn serve(mut stream: TcpStream, state: &State) {
    loop {
        // A connection that the other side closes is not a push.
        if !matches!(stream.peek(&mut [0]).await, Ok(1)) {
            return;
        }
        let mode = *state.mode.lock().unwrap();
        state
            .spoilt
            .fetch_add(usize::from(mode != Mode::Through), Ordering::SeqCst);
        if mode == Mode::Reset {
            // Closed with bytes that were not read: that is a reset.
            return;
        }
        let Some(push) = message(&mut stream).await else {
            return;
        };
        let ended = match mode {
            Mode::Through => through(&mut stream, &push, state).await,
            Mode::AnswerLost => {
                let _lost = ask(&push, state).await;
                None
            }
            Mode::NoHttp => cut_off(&mut stream, b"\0\xff\xfe not for you\r\n\r\n").await,
            Mode::HalfAHead => cut_off(&mut stream, b"HTTP/1.1 200 OK\r\ncontent-le").await,
            Mode::HalfABody => cut_off(&mut stream, HALF_AN_ANSWER).await,
            Mode::Stuck => {
                let _sent = stream.write_all(HALF_AN_ANSWER).await;
                message(&mut stream).await.map(|_| ())
            }
            Mode::Silent => message(&mut stream).await.map(|_| ()),
            Mode::Huge => {
                huge(&mut stream, state).await;
                None
            }
            Mode::Reset => None,
        };
        if ended.is_none() {
            return;
        }
    }
}

const HALF_AN_ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{\"status\":";

async fn cut_off(stream: &mut TcpStream, bytes: &[u8]) -> Option<()> {
    let _gone_already = stream.write_all(bytes).await;
    None
}

async fn ask(push: &[u8], state: &State) -> Option<Vec<u8>> {
    let mut onlinesim = TcpStream::connect(state.onlinesim).await.ok()?;
    onlinesim.write_all(push).await.ok()?;
    message(&mut onlinesim).await
}

async fn through(stream: &mut TcpStream, push: &[u8], state: &State) -> Option<()> {
    let answer = ask(push, state).await?;
    let body = push.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let body: Value = serde_json::from_slice(&push[body..]).ok()?;
    let accepted = String::from_utf8_lossy(&answer).contains("SUCCESS");
    let text = body["text"].as_str()?.to_owned();
    state.answered.lock().unwrap().push((text, accepted));
    stream.write_all(&answer).await.ok()
}

async fn huge(stream: &mut TcpStream, state: &State) {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {HUGE}\r\n\r\n");
    let chunk = vec![b' '; CHUNK];
    let mut sent = 0;
    if stream.write_all(head.as_bytes()).await.is_ok() {
        while sent < HUGE && stream.write_all(&chunk).await.is_ok() {
            sent += CHUNK;
        }
    }
    state.huge_sent.fetch_max(sent, Ordering::SeqCst);
}
