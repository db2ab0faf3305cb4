//! Ejoin and related boxes: JSON with an array of arrays, or a plain-text envelope (the setting "SMS to HTTP").

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use super::MESSAGES_MAX;
use super::envelope::Envelope;
use crate::domain::sms::{InboundSms, InvalidSlot};
use crate::domain::time::Timestamp;
use crate::gateway::destination::{lines, receiver};
use crate::gateway::form::FormFields;
use crate::gateway::json::{self, Node};
use crate::gateway::raw_request::RawRequest;

/// Base64 with its padding or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// The end of the year 9999; anything later is not a time.
const SECONDS_MAX: i64 = 253_402_300_799;

/// The messages among the elements.
pub(super) fn messages(sms: &Node<'_>) -> Result<Vec<InboundSms>, String> {
    let elements = sms.items(MESSAGES_MAX)?;
    elements.filter_map(|element| message(&element).transpose()).collect()
}

/// `None`: a delivery report, or an element of an unknown type, which must not hold up the SMS beside it.
fn message(element: &Node<'_>) -> Result<Option<InboundSms>, String> {
    if !element.is_array() {
        return Err(element.bad("must be an array"));
    }
    if element.item(0).word()? != "0" {
        return Ok(None);
    }
    let word = |index| element.item(index).word();
    let (port, sender, to) = (word(1)?, word(3)?, word(4)?);
    // Newer boxes have them.
    let (iccid, imsi) = (word(6).unwrap_or_default(), word(7).unwrap_or_default());
    let content = content(&element.item(5))?;
    let envelope = Envelope::parse(&content);
    let to = if to.is_empty() { envelope.receiver } else { &to };
    let lines = lines([&*iccid, &*imsi, &*port, envelope.port]);
    let sms = InboundSms {
        external_id: None,
        receiver: receiver(Some(to), lines).map_err(|_| element.item(1).bad(InvalidSlot))?,
        sender: first_non_empty(&[&sender, envelope.sender]).ok_or_else(|| element.item(3).bad("is missing"))?,
        text: envelope.text.into(),
        sent_at: sent_at(&element.item(2)),
        part: None,
    };
    let sms = json::bounded(sms, |field| {
        let index = if field == "from" { 3 } else { 5 };
        element.item(index).place().to_owned()
    })?;
    Ok(Some(sms))
}

/// The decoded text; one that ends inside a character is accepted, too.
fn content(node: &Node<'_>) -> Result<String, String> {
    let mut encoded = node.text()?.to_string_lossy().into_bytes();
    encoded.retain(|byte| !byte.is_ascii_whitespace());
    let decoded = BASE64.decode(encoded).map_err(|_| node.bad("must be base64"))?;
    Ok(String::from_utf8_lossy(&decoded).into_owned())
}

/// A box without a clock sends 0; an invalid time is ignored.
fn sent_at(node: &Node<'_>) -> Option<Timestamp> {
    let seconds: i64 = node.word().ok()?.parse().ok()?;
    let is_time = (1..=SECONDS_MAX).contains(&seconds);
    is_time.then(|| Timestamp::from_ms(seconds * 1000))
}

fn first_non_empty(words: &[&str]) -> Option<String> {
    let word = words.iter().find(|word| !word.is_empty());
    word.map(|word| (*word).to_owned())
}

/// Whether it is the envelope of "SMS to HTTP": the box appends the sender and more to the URL.
pub(super) fn is_envelope(incoming: &RawRequest<'_>) -> bool {
    incoming.body.starts_with(b"Sender:") || FormFields::parse(incoming.query.as_bytes()).word("sender").is_some()
}

pub(super) fn envelope(incoming: &RawRequest<'_>) -> Result<InboundSms, String> {
    let query = FormFields::parse(incoming.query.as_bytes());
    let word = |name: &str| query.word(name).unwrap_or_default();
    let (iccid, mac, port, sender) = (word("iccid"), word("mac"), word("port"), word("sender"));
    let content = String::from_utf8_lossy(incoming.body);
    let envelope = Envelope::parse(&content);
    let port_of_the_box = format!("{mac}/{port}");
    let is_complete = !mac.is_empty() && !port.is_empty();
    let port_of_the_box = if is_complete { port_of_the_box.as_str() } else { "" };
    let lines = lines([&*iccid, port_of_the_box, &*port, envelope.port]);
    let sms = InboundSms {
        external_id: None,
        receiver: receiver(Some(envelope.receiver), lines).map_err(|_| format!("port {InvalidSlot}"))?,
        // In the URL a leading plus may have become a space.
        sender: first_non_empty(&[envelope.sender, sender.trim()]).ok_or("sender is missing")?,
        text: envelope.text.into(),
        sent_at: None,
        part: None,
    };
    json::bounded(sms, |field| {
        if field == "from" { "sender" } else { "the body" }.to_owned()
    })
}
