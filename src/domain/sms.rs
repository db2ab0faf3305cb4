//! The one form that every gateway's message takes before it is stored.

use std::fmt;

use super::phone::PhoneNumber;
use super::time::Timestamp;

/// The most characters of a sender, an external id and a text that are kept; a longer message is refused, not cut.
pub const SENDER_CHARS_MAX: usize = 100;
/// See [`SENDER_CHARS_MAX`].
pub const EXTERNAL_ID_CHARS_MAX: usize = 200;
/// See [`SENDER_CHARS_MAX`]; 39,015 is what the 255 parts of the longest joined SMS hold.
pub const TEXT_CHARS_MAX: usize = 39_015;

/// What a gateway names as the receiver of a message, by its digits. Mostly a number of ours; whatever else it is (a local
/// format, a short code) is kept too, so that no message is lost for it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Recipient(String);

/// A receiver without a digit, or with more of them than any number has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the number that received the SMS, in digits (20 at most)")]
pub struct NoRecipient;

impl Recipient {
    /// Keeps the digits of `text`, without the international `00` in front.
    pub fn parse(text: &str) -> Result<Self, NoRecipient> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let digits = digits.strip_prefix("00").unwrap_or(&digits).to_owned();
        if (1..=20).contains(&digits.len()) {
            Ok(Self(digits))
        } else {
            Err(NoRecipient)
        }
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

/// An SMS as a gateway handed it over. `Debug` shows neither sender nor text (rule 11).
#[derive(Clone, PartialEq, Eq)]
pub struct InboundSms {
    /// The gateway's own id of the message; the same one again is the same message.
    pub external_id: Option<String>,
    /// What received it.
    pub to: Recipient,
    /// Who sent it: a number or a name, as it came.
    pub sender: String,
    /// The text, newlines and emoji included.
    pub text: String,
    /// When it was sent, if the gateway says so.
    pub sent_at: Option<Timestamp>,
}

/// Why a message is not stored: a sentence that names the field on the gateway's wire.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} must not be longer than {chars_max} characters")]
pub struct TooLong {
    /// The field's name on the wire.
    pub field: &'static str,
    /// What fits.
    pub chars_max: usize,
}

impl InboundSms {
    /// The same message, when it keeps the bounds of rule 12.
    pub fn checked(self) -> Result<Self, TooLong> {
        let id = self.external_id.as_deref().unwrap_or_default();
        for (field, text, chars_max) in [
            ("id", id, EXTERNAL_ID_CHARS_MAX),
            ("from", self.sender.as_str(), SENDER_CHARS_MAX),
            ("text", self.text.as_str(), TEXT_CHARS_MAX),
        ] {
            if text.len() > chars_max && text.chars().count() > chars_max {
                return Err(TooLong { field, chars_max });
            }
        }
        Ok(self)
    }
}

impl fmt::Debug for InboundSms {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("InboundSms")
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sms(to: &str) -> InboundSms {
        InboundSms {
            external_id: Some("7".to_owned()),
            to: Recipient::parse(to).unwrap(),
            sender: "VK".to_owned(),
            text: "Code 4821".to_owned(),
            sent_at: None,
        }
    }

    #[test]
    fn a_recipient_is_its_digits() {
        for (text, digits) in [
            ("+46 (70) 123-45-67", "46701234567"),
            ("0046701234567", "46701234567"),
            ("0701234567", "0701234567"),
            ("7", "7"),
            ("12345678901234567890", "12345678901234567890"),
            ("0012345678901234567890", "12345678901234567890"),
        ] {
            assert_eq!(Recipient::parse(text).unwrap().digits(), digits, "{text}");
        }
        for text in ["", "modem", "00", "123456789012345678901"] {
            assert_eq!(Recipient::parse(text).err(), Some(NoRecipient), "{text}");
        }
    }

    #[test]
    fn only_a_whole_number_is_a_phone_number() {
        let number = |text: &str| Recipient::parse(text).unwrap().number();
        assert_eq!(number("+46701234567"), "46701234567".parse().ok());
        assert_eq!(number("0701234567"), None);
        assert_eq!(number("777"), None);
    }

    #[test]
    fn rule_12_a_bound_counts_characters_not_bytes() {
        let with = |field: &str, text: String| {
            let mut sms = sms("46701234567");
            match field {
                "id" => sms.external_id = Some(text),
                "from" => sms.sender = text,
                _ => sms.text = text,
            }
            sms.checked()
        };
        for (field, chars_max) in [("id", 200), ("from", 100), ("text", 39_015)] {
            for character in ["x", "я"] {
                assert!(with(field, character.repeat(chars_max)).is_ok(), "{field}");
                let refused = with(field, character.repeat(chars_max + 1)).err();
                assert_eq!(refused, Some(TooLong { field, chars_max }));
            }
        }
    }

    #[test]
    fn rule_11_neither_sender_nor_text_nor_a_whole_number_is_shown() {
        let shown = format!("{:?} {:?}", sms("46701234567"), sms("777"));
        assert_eq!(shown, "InboundSms { to: 467…67, .. } InboundSms { to: …, .. }");
    }
}
