//! The envelope in which an Ejoin box sends a text: `Sender:`, `Receiver:`, `SMSC:`, `SCTS:`, sometimes `Slot:`, an empty
//! line, and then the text itself.

/// A parsed envelope. What is missing in it is empty.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Envelope<'a> {
    pub(super) sender: &'a str,
    /// The number that received it.
    pub(super) receiver: &'a str,
    /// The port, which is in quotes in front of that number.
    pub(super) port: &'a str,
    pub(super) text: &'a str,
}

impl<'a> Envelope<'a> {
    /// Content without an envelope is the bare text: some boxes send that.
    pub(super) fn parse(content: &'a str) -> Self {
        Self::with_headers(content).unwrap_or(Self {
            text: content,
            ..Self::default()
        })
    }

    fn with_headers(content: &'a str) -> Option<Self> {
        let mut envelope = Self::default();
        let mut rest = content.strip_prefix("Sender:").map(|_| content)?;
        let mut has_headers = false;
        loop {
            let (line, after) = match rest.split_once('\n') {
                Some((line, after)) => (line.trim(), after),
                None => (rest.trim(), ""),
            };
            if line.is_empty() {
                envelope.text = after;
                // A text that happens to begin with `Sender:` has no empty line, or none of the other headers.
                return (has_headers || !after.is_empty()).then_some(envelope);
            }
            let (name, value) = line.split_once(':')?;
            let value = value.trim();
            match name {
                "Sender" => envelope.sender = value.trim_matches('"'),
                "Receiver" => (envelope.port, envelope.receiver) = port_and_number(value),
                "SMSC" | "SCTS" | "Slot" => {}
                _ => return None,
            }
            has_headers |= name != "Sender";
            rest = after;
        }
    }
}

/// `"12.01" 16463915790`, `"12.01"` or `16463915790`.
fn port_and_number(value: &str) -> (&str, &str) {
    let quoted = value.strip_prefix('"').and_then(|value| value.split_once('"'));
    quoted.map_or(("", value), |(port, number)| (port, number.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_only_begins_like_an_envelope_stays_whole() {
        for text in [
            "Code 1",
            "Sender: who?",
            "Sender: VK\r\nyour code is 1",
            "Sender: VK\r\nCode: 1\r\n\r\nbye",
            " Sender: VK\r\nReceiver: 1\r\n\r\nCode",
            "",
        ] {
            let bare = Envelope {
                text,
                ..Envelope::default()
            };
            assert_eq!(Envelope::parse(text), bare, "{text}");
        }
    }

    #[test]
    fn an_envelope_may_be_short_or_have_no_text() {
        for (content, text) in [
            ("Sender: VK\n\nCode: 1\n", "Code: 1\n"),
            ("Sender: VK\r\nReceiver:\r\nSlot: 2\r\n\r\n\r\nCode", "\r\nCode"),
            ("Sender: VK\r\nSMSC: 1\r\n\r\n", ""),
            ("Sender: VK\r\nSMSC: 1", ""),
        ] {
            let envelope = Envelope {
                sender: "VK",
                text,
                ..Envelope::default()
            };
            assert_eq!(Envelope::parse(content), envelope, "{content}");
        }
    }
}
