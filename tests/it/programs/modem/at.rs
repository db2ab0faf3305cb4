//! What the modem answers to AT commands, and what lies on its SIM.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;

/// Places on the SIM.
const PLACES: usize = 100;
/// Commands that are remembered for a failing test.
const WORDS_MAX: usize = 30;
/// Of an answer.
const WORD_CHARS_MAX: usize = 60;

pub struct Sim {
    imsi: String,
    /// By place, from 1 on: the PDU and its length.
    messages: BTreeMap<usize, (String, usize)>,
    echo: bool,
    /// A command that has not ended yet.
    command: Vec<u8>,
    words: VecDeque<String>,
}

impl Sim {
    pub fn new(imsi: &str) -> Self {
        Self {
            imsi: imsi.to_owned(),
            messages: BTreeMap::new(),
            echo: true,
            command: Vec::new(),
            words: VecDeque::new(),
        }
    }

    pub fn store(&mut self, message: (String, usize)) {
        let free = (1..=PLACES).find(|place| !self.messages.contains_key(place));
        self.messages.insert(free.expect("a place on the SIM"), message);
    }

    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    pub fn count(&self) -> usize {
        self.messages.len()
    }

    pub fn last_words(&self) -> String {
        self.words.iter().fold(String::new(), |mut all, word| {
            let _infallible = writeln!(all, "{word}");
            all
        })
    }

    /// What is answered to these octets, which may end in the middle of a command.
    pub fn reply_to(&mut self, octets: &[u8]) -> Vec<u8> {
        let mut reply = Vec::new();
        for octet in octets {
            if self.echo {
                reply.push(*octet);
            }
            match octet {
                b'\r' => {
                    let command = String::from_utf8_lossy(&std::mem::take(&mut self.command)).into_owned();
                    let answer = self.answer(command.trim());
                    reply.extend(answer.into_bytes());
                }
                // Escape and Ctrl-Z end a text that was begun; here none ever is.
                b'\n' | 0x1a | 0x1b => {}
                _ => self.command.push(*octet),
            }
        }
        reply
    }

    fn answer(&mut self, command: &str) -> String {
        if command.is_empty() {
            return String::new();
        }
        let answer = self.act(&command.to_ascii_uppercase());
        if self.words.len() == WORDS_MAX {
            self.words.pop_front();
        }
        let start: String = answer.chars().take(WORD_CHARS_MAX).collect();
        self.words.push_back(format!("{command} -> {start:?}"));
        answer
    }

    fn act(&mut self, command: &str) -> String {
        let used = self.messages.len();
        let place = |text: &str| text.split(',').next().and_then(|place| place.parse::<usize>().ok());
        if let Some(at) = command.strip_prefix("AT+CMGR=") {
            return match place(at).and_then(|at| self.messages.get(&at)) {
                Some((pdu, length)) => info(&format!("+CMGR: 0,,{length}\r\n{pdu}")),
                None => "\r\n+CMS ERROR: 321\r\n".to_owned(),
            };
        }
        if let Some(at) = command.strip_prefix("AT+CMGD=") {
            return match place(at).and_then(|at| self.messages.remove(&at)) {
                Some(_) => ok(),
                None => "\r\n+CMS ERROR: 321\r\n".to_owned(),
            };
        }
        match command {
            "ATE0" => self.echo = false,
            "ATE1" => self.echo = true,
            _ => {}
        }
        match command {
            "AT+CPIN?" => info("+CPIN: READY"),
            "AT+CSQ" => info("+CSQ: 20,99"),
            "AT+CREG?" => info("+CREG: 0,1"),
            "AT+CGMI" => info("Pretend"),
            "AT+CGMM" => info("Modem"),
            "AT+CGMR" => info("1.0"),
            "AT+CGSN" => info("356938035643809"),
            "AT+CIMI" => info(&self.imsi.clone()),
            "AT+CMGF?" => info("+CMGF: 0"),
            "AT+CSCS?" => info("+CSCS: \"GSM\""),
            "AT+CSCS=?" => info("+CSCS: (\"GSM\",\"UCS2\",\"HEX\")"),
            "AT+CSCA?" => info("+CSCA: \"+79037011111\",145"),
            "AT+CPMS=?" => info("+CPMS: (\"SM\"),(\"SM\"),(\"SM\")"),
            "AT+CPMS?" => info(&format!(
                "+CPMS: \"SM\",{used},{PLACES},\"SM\",{used},{PLACES},\"SM\",{used},{PLACES}"
            )),
            "AT+CMGL=4" => self.list(),
            _ if command.starts_with("AT+CPMS=") => {
                info(&format!("+CPMS: {used},{PLACES},{used},{PLACES},{used},{PLACES}"))
            }
            _ if command.ends_with('?') || !command.starts_with("AT") => "\r\nERROR\r\n".to_owned(),
            _ => ok(),
        }
    }

    fn list(&self) -> String {
        let mut all = String::new();
        for (place, (pdu, length)) in &self.messages {
            let _infallible = write!(all, "\r\n+CMGL: {place},0,,{length}\r\n{pdu}");
        }
        format!("{all}\r\n\r\nOK\r\n")
    }
}

fn ok() -> String {
    "\r\nOK\r\n".to_owned()
}

fn info(text: &str) -> String {
    format!("\r\n{text}\r\n\r\nOK\r\n")
}
