//! One connection of a program.

use std::sync::Arc;

use tokio::io::BufReader;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};

use super::State;
use super::pdu::{Command, Pdu};

/// Where packets for the program go.
pub type Out = mpsc::UnboundedSender<Pdu>;

/// Our name in the answer to a bind, and the id of a message in the answer to another.
const NAME: &[u8] = b"smsc\0";
const NO_ID: &[u8] = b"\0";

pub async fn run(stream: TcpStream, state: Arc<State>, bound: watch::Sender<Option<Out>>) {
    let (read, mut write) = stream.into_split();
    let (out, mut packets) = mpsc::unbounded_channel::<Pdu>();
    let writing = tokio::spawn(async move {
        while let Some(packet) = packets.recv().await {
            if packet.write(&mut write).await.is_err() {
                return;
            }
        }
    });
    let mut read = BufReader::new(read);
    while let Ok(pdu) = Pdu::read(&mut read).await {
        match pdu.command {
            Command::BindReceiver | Command::BindTransceiver => {
                let _gone = out.send(pdu.answer(NAME));
                let _nobody_waits = bound.send(Some(out.clone()));
            }
            Command::BindTransmitter => {
                let _gone = out.send(pdu.answer(NAME));
            }
            Command::EnquireLink => {
                let _gone = out.send(pdu.answer(&[]));
            }
            Command::SubmitSm => {
                let _gone = out.send(pdu.answer(NO_ID));
                let text = String::from_utf8_lossy(&pdu.body).into_owned();
                state.submitted.lock().unwrap().push(text);
            }
            Command::Unbind => {
                let _gone = out.send(pdu.answer(&[]));
                break;
            }
            Command::Answer(_) => {
                if let Some(answered) = state.waiting.lock().unwrap().remove(&pdu.sequence) {
                    let _nobody_waits = answered.send(pdu.status);
                }
            }
            Command::DeliverSm | Command::Other(_) => {}
        }
    }
    bound.send_if_modified(|taker| taker.take_if(|taker| taker.same_channel(&out)).is_some());
    drop(out);
    // What was answered last, an unbind for instance, still goes out.
    let _written = writing.await;
}
