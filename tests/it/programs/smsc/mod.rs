//! A small SMPP 3.4 SMSC: a program binds to it and is handed messages.

mod pdu;
mod session;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use super::encoded_sms::EncodedPart;
use super::scenario::WAIT_MAX;
use pdu::{Command, Pdu};

/// The receiver cannot take it just now (SMPP 3.4, ESME_RX_T_APPN).
const NOT_NOW: u32 = 0x64;

/// What all sessions share.
#[derive(Default)]
struct State {
    /// Answers that are waited for, by sequence number.
    waiting: Mutex<HashMap<u32, oneshot::Sender<u32>>>,
    sequence: Mutex<u32>,
    /// Texts that the program wanted to send to somebody.
    submitted: Mutex<Vec<String>>,
}

/// It hangs up when it is dropped.
pub struct Smsc {
    address: SocketAddr,
    state: Arc<State>,
    /// To the session that takes messages, while there is one.
    receiver: watch::Receiver<Option<session::Out>>,
    server: JoinHandle<()>,
}

impl Drop for Smsc {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Smsc {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let (bound, receiver) = watch::channel(None);
        let server = tokio::spawn(serve(listener, Arc::clone(&state), bound));
        Self {
            address,
            state,
            receiver,
            server,
        }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Hands one message over, as soon as somebody is bound who takes it. Returns when it is taken.
    pub async fn deliver(&self, sms: &EncodedPart) {
        let handing_over = async {
            // Like any SMSC it tries again: Kannel was seen to refuse the first one after its start.
            while self.hand_over(sms).await == NOT_NOW {}
        };
        timeout(WAIT_MAX, handing_over).await.expect("it is taken");
    }

    /// The status with which it is answered.
    async fn hand_over(&self, sms: &EncodedPart) -> u32 {
        let mut receiver = self.receiver.clone();
        let bound = receiver.wait_for(Option::is_some).await.expect("it listens").clone();
        let sequence = self.state.next_sequence();
        let (answered, answer) = oneshot::channel();
        self.state.waiting.lock().unwrap().insert(sequence, answered);
        let message = Pdu {
            command: Command::DeliverSm,
            status: 0,
            sequence,
            body: pdu::deliver_sm(sms),
        };
        bound.expect("somebody").send(message).expect("it stays bound");
        let status = answer.await.expect("it stays bound");
        assert!([0, NOT_NOW].contains(&status), "a message was not taken: {status}");
        status
    }

    /// What came the other way: nothing may.
    pub fn submitted(&self) -> Vec<String> {
        self.state.submitted.lock().unwrap().clone()
    }
}

impl State {
    fn next_sequence(&self) -> u32 {
        let mut sequence = self.sequence.lock().unwrap();
        *sequence += 1;
        *sequence
    }
}

async fn serve(listener: TcpListener, state: Arc<State>, bound: watch::Sender<Option<session::Out>>) {
    let mut sessions = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        sessions.spawn(session::run(stream, Arc::clone(&state), bound.clone()));
    }
}
