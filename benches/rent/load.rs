//! The load: keep-alive connections that each send a request, read the whole answer, and send the next.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

/// What is sent: the n-th request of a run as bytes.
pub type Requests = Arc<dyn Fn(u64) -> Vec<u8> + Send + Sync>;

/// What came of a run.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Answers for each second.
    pub per_second: f64,
    /// Half of the answers came within this.
    pub p50: Duration,
    /// 99 of 100 did.
    pub p99: Duration,
    /// All of them did.
    pub worst: Duration,
    /// Answers that did not hold the wanted word.
    pub unexpected: u64,
    /// The numbers that were rented.
    pub numbers: Vec<u64>,
}

/// One HTTP/1.1 request with a JSON body.
pub fn post(path: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}",
        key = super::KEY,
        length = body.len()
    )
    .into_bytes()
}

/// One HTTP/1.1 request of the admin.
pub fn get(path: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n",
        token = super::ADMIN_TOKEN
    )
    .into_bytes()
}

/// A load on one address.
#[derive(Clone)]
pub struct Load {
    /// Where to.
    pub server: SocketAddr,
    /// How many connections at a time.
    pub connections: usize,
    /// How many requests all together.
    pub count: u64,
    /// What every answer must hold; others are counted as unexpected.
    pub wanted: &'static str,
    /// The requests.
    pub requests: Requests,
}

impl Load {
    /// Drives it from a thread of its own.
    pub fn start(&self) -> JoinHandle<Measured> {
        on_a_thread(run(self.clone()))
    }

    /// Drives it over TLS and waits for its end; the handshakes are not measured.
    pub fn drive_over(&self, tls: TlsConnector, name: ServerName<'static>) -> Measured {
        on_a_thread(run_over(self.clone(), tls, name)).join().unwrap()
    }

    /// Drives it and waits for its end.
    pub fn drive(&self) -> Measured {
        self.start().join().unwrap()
    }
}

fn on_a_thread(run: impl Future<Output = Measured> + Send + 'static) -> JoinHandle<Measured> {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(run)
    })
}

async fn connect(load: &Load) -> TcpStream {
    let socket = TcpStream::connect(load.server).await.unwrap();
    socket.set_nodelay(true).unwrap();
    socket
}

async fn run(load: Load) -> Measured {
    let mut sockets = Vec::new();
    for _ in 0..load.connections {
        sockets.push(connect(&load).await);
    }
    measure(load, sockets).await
}

async fn run_over(load: Load, tls: TlsConnector, name: ServerName<'static>) -> Measured {
    let mut sockets = Vec::new();
    for _ in 0..load.connections {
        sockets.push(tls.connect(name.clone(), connect(&load).await).await.unwrap());
    }
    measure(load, sockets).await
}

async fn measure<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(load: Load, sockets: Vec<S>) -> Measured {
    let counter = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let tasks: Vec<_> = sockets
        .into_iter()
        .map(|socket| tokio::spawn(connection(socket, load.clone(), Arc::clone(&counter))))
        .collect();
    let mut took = Vec::new();
    let (mut unexpected, mut numbers) = (0, Vec::new());
    for task in tasks {
        let (times, odd, rented) = task.await.unwrap();
        took.extend(times);
        numbers.extend(rented);
        unexpected += odd;
    }
    let seconds = started.elapsed().as_secs_f64();
    took.sort_unstable();
    let at = |share: usize| {
        took.get((took.len() * share / 100).min(took.len().saturating_sub(1)))
            .copied()
    };
    Measured {
        per_second: took.len() as f64 / seconds,
        p50: at(50).unwrap_or_default(),
        p99: at(99).unwrap_or_default(),
        worst: took.last().copied().unwrap_or_default(),
        unexpected,
        numbers,
    }
}

async fn connection<S: AsyncRead + AsyncWrite + Unpin>(
    mut socket: S,
    load: Load,
    counter: Arc<AtomicU64>,
) -> (Vec<Duration>, u64, Vec<u64>) {
    let (mut took, mut numbers) = (Vec::new(), Vec::new());
    let mut unexpected = 0;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let turn = counter.fetch_add(1, Ordering::Relaxed);
        if turn >= load.count {
            return (took, unexpected, numbers);
        }
        let request = (load.requests)(turn);
        let sent = Instant::now();
        socket.write_all(&request).await.unwrap();
        let length = answer(&mut socket, &mut buffer).await;
        took.push(sent.elapsed());
        unexpected += u64::from(!holds(&buffer[..length], load.wanted.as_bytes()));
        numbers.extend(number(&buffer[..length]));
    }
}

/// Reads one answer into the buffer, which grows with it; returns its length.
async fn answer(socket: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> usize {
    let mut filled = 0;
    loop {
        if filled == buffer.len() {
            buffer.resize(2 * filled, 0);
        }
        let read = socket.read(&mut buffer[filled..]).await.unwrap();
        assert!(read > 0, "the server closed a kept-alive connection");
        filled += read;
        if let Some(whole) = whole_length(&buffer[..filled])
            && filled >= whole
        {
            return filled;
        }
    }
}

/// How long the answer is, once its head is there.
fn whole_length(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head]).unwrap();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    Some(head + length.map_or(0, |length| length.trim().parse().unwrap()))
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// The number in an answer to GET_NUMBER.
fn number(answer: &[u8]) -> Option<u64> {
    let label = br#""number":"#;
    let from = answer.windows(label.len()).position(|window| window == label)? + label.len();
    let digits = answer[from..].iter().take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |value, digit| value * 10 + u64::from(digit - b'0')))
}
