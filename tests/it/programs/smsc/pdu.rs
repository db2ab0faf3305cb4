//! The few SMPP 3.4 packets that an incoming SMS needs.

use tokio::io::{self, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::programs::encoded_sms::{Alphabet, EncodedPart, is_name};

const HEADER_BYTES: u32 = 16;
const BYTES_MAX: u32 = 65_536;
const RESPONSE: u32 = 0x8000_0000;
/// Types of a number: international, unknown, a name. Numbering plans: none, that of telephones.
const INTERNATIONAL: [u8; 2] = [1, 1];
const UNKNOWN: [u8; 2] = [0, 1];
const NAME: [u8; 2] = [5, 0];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    BindReceiver,
    BindTransmitter,
    BindTransceiver,
    SubmitSm,
    DeliverSm,
    Unbind,
    EnquireLink,
    /// Any answer, with the command that it answers.
    Answer(u32),
    Other(u32),
}

#[derive(Debug)]
pub struct Pdu {
    pub command: Command,
    pub status: u32,
    pub sequence: u32,
    pub body: Vec<u8>,
}

impl Command {
    const fn id(self) -> u32 {
        match self {
            Self::BindReceiver => 0x01,
            Self::BindTransmitter => 0x02,
            Self::SubmitSm => 0x04,
            Self::DeliverSm => 0x05,
            Self::Unbind => 0x06,
            Self::BindTransceiver => 0x09,
            Self::EnquireLink => 0x15,
            Self::Answer(id) => id | RESPONSE,
            Self::Other(id) => id,
        }
    }

    const fn of(id: u32) -> Self {
        match id {
            0x01 => Self::BindReceiver,
            0x02 => Self::BindTransmitter,
            0x04 => Self::SubmitSm,
            0x05 => Self::DeliverSm,
            0x06 => Self::Unbind,
            0x09 => Self::BindTransceiver,
            0x15 => Self::EnquireLink,
            _ if id & RESPONSE != 0 => Self::Answer(id & !RESPONSE),
            _ => Self::Other(id),
        }
    }
}

impl Pdu {
    /// The answer to it.
    pub fn answer(&self, body: &[u8]) -> Self {
        Self {
            command: Command::Answer(self.command.id()),
            status: 0,
            sequence: self.sequence,
            body: body.to_vec(),
        }
    }

    pub async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Self> {
        let length = stream.read_u32().await?;
        assert!((HEADER_BYTES..=BYTES_MAX).contains(&length), "no SMPP");
        let command = Command::of(stream.read_u32().await?);
        let status = stream.read_u32().await?;
        let sequence = stream.read_u32().await?;
        let mut body = vec![0; usize::try_from(length - HEADER_BYTES).unwrap()];
        stream.read_exact(&mut body).await?;
        Ok(Self {
            command,
            status,
            sequence,
            body,
        })
    }

    pub async fn write(&self, stream: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        let length = HEADER_BYTES + u32::try_from(self.body.len()).unwrap();
        let mut packet = Vec::new();
        for word in [length, self.command.id(), self.status, self.sequence] {
            packet.extend(word.to_be_bytes());
        }
        packet.extend(&self.body);
        stream.write_all(&packet).await
    }
}

/// The body that carries a message to the program.
pub fn deliver_sm(sms: &EncodedPart) -> Vec<u8> {
    let mut body = vec![0];
    for number in [&sms.from, &sms.to] {
        body.extend(match (is_name(number), number.starts_with('+')) {
            (true, _) => NAME,
            (false, true) => INTERNATIONAL,
            (false, false) => UNKNOWN,
        });
        body.extend(number.trim_start_matches('+').bytes());
        body.push(0);
    }
    let has_header = sms.header.is_some();
    let coding = match sms.alphabet {
        Alphabet::Gsm => 0,
        Alphabet::Ucs2 => 8,
    };
    // esm_class, protocol, priority; no schedule, no validity; no receipt, no replacing; coding, no canned text.
    body.extend([if has_header { 0x40 } else { 0 }, 0, 0, 0, 0, 0, 0, coding, 0]);
    let header = sms.header.as_deref().unwrap_or_default();
    body.push(u8::try_from(header.len() + sms.body.len()).expect("one SMS"));
    body.extend(header);
    body.extend(&sms.body);
    body
}
