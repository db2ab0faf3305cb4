//! A GSM modem with one SIM, on a pseudo-terminal.

mod at;
mod pdu;
mod terminal;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::encoded_sms::EncodedPart;
use at::Sim;
use terminal::Terminal;

/// It is switched off when it is dropped.
pub struct Modem {
    path: PathBuf,
    sim: Arc<Mutex<Sim>>,
    stored: watch::Receiver<usize>,
    talk: JoinHandle<()>,
}

impl Drop for Modem {
    #[expect(clippy::print_stderr, reason = "a failing test shows it")]
    fn drop(&mut self) {
        self.talk.abort();
        if let (true, Ok(sim)) = (std::thread::panicking(), self.sim.lock()) {
            eprintln!("the modem's last words:\n{}", sim.last_words());
        }
    }
}

impl Modem {
    /// A modem whose SIM has that IMSI.
    pub fn start(imsi: &str) -> Self {
        let terminal = Terminal::open();
        let path = terminal.path().to_owned();
        let sim = Arc::new(Mutex::new(Sim::new(imsi)));
        let (counted, stored) = watch::channel(0);
        let talk = tokio::spawn(talk(terminal, Arc::clone(&sim), counted));
        Self {
            path,
            sim,
            stored,
            talk,
        }
    }

    /// The device that a program opens.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A message arrives and lies on the SIM until the program deletes it.
    pub fn receive(&self, sms: &EncodedPart) {
        self.sim.lock().unwrap().store(pdu::deliver(sms));
    }

    /// Returns when the program has taken everything off the SIM.
    pub async fn emptied(&self) {
        let mut stored = self.stored.clone();
        let is_empty = || self.sim.lock().unwrap().is_empty();
        while !is_empty() {
            stored.changed().await.expect("the modem is on");
        }
    }
}

async fn talk(mut terminal: Terminal, sim: Arc<Mutex<Sim>>, counted: watch::Sender<usize>) {
    loop {
        let octets = terminal.read().await;
        let (reply, count) = {
            let mut sim = sim.lock().unwrap();
            (sim.reply_to(&octets), sim.count())
        };
        terminal.write(&reply).await;
        let _nobody_waits = counted.send(count);
    }
}
