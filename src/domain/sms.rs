//! An SMS as every gateway's adapter produces it.

mod destination;
mod utf16_text;

use std::fmt;

use super::phone::PhoneNumber;
use super::time::Timestamp;

pub use destination::Destination;
pub use utf16_text::Utf16Text;

/// The most characters of a sender, an external id and a text; a longer message is refused, not cut.
pub const SENDER_CHARS_MAX: usize = 100;
/// See [`SENDER_CHARS_MAX`].
pub const EXTERNAL_ID_CHARS_MAX: usize = 200;
/// See [`SENDER_CHARS_MAX`]; 39,015 is what the 255 parts of the longest joined SMS hold.
pub const TEXT_CHARS_MAX: usize = 39_015;

/// The most characters of one part. A part of an SMS holds 153; some programs report its bytes as characters.
pub const PART_CHARS_MAX: usize = 1000;

/// See [`SENDER_CHARS_MAX`].
pub const LINE_CHARS_MAX: usize = 100;

/// The most lines of one message.
pub const LINES_MAX: usize = 8;

/// The recipient that a gateway reports, by its digits: mostly one of the partner's numbers; a local format or a short code is
/// kept, too, so that no message is lost.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Recipient(String);

/// A recipient without a digit, or with more digits than any number has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the number that received the SMS, in digits (20 at most)")]
pub struct InvalidRecipient;

impl Recipient {
    /// Keeps the digits of `text`, without the international `00` in front.
    pub fn parse(text: &str) -> Result<Self, InvalidRecipient> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let digits = digits.strip_prefix("00").unwrap_or(&digits).to_owned();
        if (1..=20).contains(&digits.len()) {
            Ok(Self(digits))
        } else {
            Err(InvalidRecipient)
        }
    }

    /// From the stored [`Recipient::digits`], unchanged: a second `00` in front belongs to the number. `None`: empty.
    #[must_use]
    pub fn from_stored(digits: &str) -> Option<Self> {
        (!digits.is_empty()).then(|| Self(digits.to_owned()))
    }

    /// The digits.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// The phone number, when it is a whole one.
    #[must_use]
    pub fn number(&self) -> Option<PhoneNumber> {
        self.0.parse().ok()
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number() {
            Some(number) => fmt::Debug::fmt(&number, formatter),
            None => formatter.write_str("…"),
        }
    }
}

/// A gateway's name for the place of a SIM (`line` in the API): a modem, a port, an IMSI, an ICCID, a device and its slot.
/// Case-sensitive.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(String);

/// A text that is not the name of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be the name of a modem, port, IMSI, ICCID or device: 1 to {LINE_CHARS_MAX} characters, none of them a control character"
)]
pub struct InvalidSlot;

impl Slot {
    /// Keeps the text without the white space around it.
    pub fn parse(text: &str) -> Result<Self, InvalidSlot> {
        let text = text.trim();
        if (1..=LINE_CHARS_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidSlot)
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Some name a line by its phone number.
        formatter.write_str("…")
    }
}

/// The recipient of a message, as far as the gateway reports it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Receiver {
    /// The request has it.
    Number(Recipient),
    /// The request has only the line, maybe by several names; the first one that belongs to a number counts. Not empty.
    Lines(Vec<Slot>),
}

impl Receiver {
    /// The recipient, when the request has it.
    #[must_use]
    pub const fn recipient(&self) -> Option<&Recipient> {
        match self {
            Self::Number(recipient) => Some(recipient),
            Self::Lines(_) => None,
        }
    }
}

/// The position of a part in its concatenated SMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SmsPart {
    /// The sender's reference, the same in all parts.
    pub reference: u16,
    /// How many parts it has; 2 or more.
    pub total: u8,
    /// Which one this is, from 1 to `total`.
    pub sequence: u8,
}

impl SmsPart {
    /// `None`: these numbers do not make a part; then it is a whole message.
    #[must_use]
    pub const fn new(reference: u16, total: u8, sequence: u8) -> Option<Self> {
        if total >= 2 && sequence >= 1 && sequence <= total {
            Some(Self {
                reference,
                total,
                sequence,
            })
        } else {
            None
        }
    }
}

/// An SMS as a gateway delivered it. `Debug` shows neither sender nor text (rule 11).
#[derive(Clone, PartialEq, Eq)]
pub struct InboundSms {
    /// The gateway's own id of the message; the same one again is the same message.
    pub external_id: Option<String>,
    /// The recipient.
    pub receiver: Receiver,
    /// The sender: a number or a name, as it came.
    pub sender: String,
    /// The text, newlines and emoji included.
    pub text: Utf16Text,
    /// When it was sent, if the gateway reports it.
    pub sent_at: Option<Timestamp>,
    /// Which part of a concatenated SMS it is, if it is one.
    pub part: Option<SmsPart>,
}

/// Why a message is not stored; names the field of the gateway's API.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} must not be longer than {chars_max} characters")]
pub struct SmsTooLong {
    /// The field's name in the API.
    pub field: &'static str,
    /// The most characters.
    pub chars_max: usize,
}

impl InboundSms {
    /// The same message, if it keeps the bounds of rule 12. Of too many lines the first ones are kept.
    pub fn checked(mut self) -> Result<Self, SmsTooLong> {
        if let Receiver::Lines(lines) = &mut self.receiver {
            lines.truncate(LINES_MAX);
        }
        let text_chars_max = self.part.map_or(TEXT_CHARS_MAX, |_| PART_CHARS_MAX);
        let id = self.external_id.as_deref().unwrap_or_default();
        let is_longer = |text: &str, max| text.len() > max && text.chars().count() > max;
        for (field, is_longer, chars_max) in [
            ("id", is_longer(id, EXTERNAL_ID_CHARS_MAX), EXTERNAL_ID_CHARS_MAX),
            ("from", is_longer(&self.sender, SENDER_CHARS_MAX), SENDER_CHARS_MAX),
            ("text", self.text.is_longer_than(text_chars_max), text_chars_max),
        ] {
            if is_longer {
                return Err(SmsTooLong { field, chars_max });
            }
        }
        Ok(self)
    }
}

impl fmt::Debug for InboundSms {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("InboundSms")
            .field("receiver", &self.receiver)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
