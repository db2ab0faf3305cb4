//! Kannel's smsbox: `get-url`, `post-url` and `post-xml` of an `sms-service`.

mod xml;

use encoding_rs::{Encoding, UTF_16BE};

use crate::domain::sms::{InboundSms, Utf16Text};
use crate::domain::time::Timestamp;
use crate::gateway::destination;
use crate::gateway::form::{FormFields, is_in_query, plus_is_blank};
use crate::gateway::kind::GatewayKind;
use crate::gateway::raw_request::{ParseError, Parsed, RawRequest};
use crate::gateway::settings::AdapterSettings;
use crate::gateway::setup::SetupText;
use crate::gateway::sms_codec::charset;
use crate::gateway::sms_codec::udh;
use crate::http::media_type;

pub(super) static KIND: GatewayKind = GatewayKind {
    name: "kannel",
    parse,
    acknowledgement: None,
    setup: SetupText::Plain(include_str!("../setup/kannel.txt")),
    takes: &[],
    signs_url: false,
};

fn parse(_: &AdapterSettings, incoming: &RawRequest<'_>) -> Result<Parsed, ParseError> {
    let sms = message(incoming).map_err(ParseError::Bad)?;
    Ok(Parsed::Messages(vec![sms]))
}

fn message(incoming: &RawRequest<'_>) -> Result<InboundSms, String> {
    let query = FormFields::parse(incoming.query.as_bytes());
    let fields = if is_in_query(incoming.method)? {
        get(incoming, &query)?
    } else if is_xml(incoming) {
        xml::read(incoming)?
    } else {
        post(incoming, &query)
    };
    let to = fields.to.or_else(|| query.word("to"));
    let line = fields.smsc.or_else(|| query.word("smsc"));
    let header = fields.udh.as_deref().or_else(|| query.first("udh"));
    let part = udh::unless_joined(header.and_then(udh::part), &fields.text);
    let sms = InboundSms {
        // A Kannel that does not know `%I` sends it as it is.
        external_id: query.word("id").filter(|id| id != "%I"),
        receiver: destination::of_a_connection(to.as_deref(), line)?,
        sender: fields.from.or_else(|| query.word("from")).unwrap_or_default(),
        part,
        text: fields.text,
        sent_at: query.word("ts").and_then(|seconds| timestamp(&seconds)),
    };
    sms.checked().map_err(|error| error.to_string())
}

/// The fields of a request outside its query.
#[derive(Default)]
struct KannelFields {
    /// Only with `send-sender = true`.
    from: Option<String>,
    to: Option<String>,
    smsc: Option<String>,
    udh: Option<Vec<u8>>,
    text: Utf16Text,
}

/// GET: the query of our setup instructions.
fn get(incoming: &RawRequest<'_>, query: &FormFields<'_>) -> Result<KannelFields, String> {
    let from = header(incoming, "x-kannel-from");
    if query.first("from").is_none() && from.is_none() {
        return Err("from is missing".to_owned());
    }
    let charset = query.word("charset").and_then(|label| charset::named(&label));
    let text = query.first("text").ok_or("text is missing")?;
    Ok(KannelFields {
        from: from.filter(|_| query.first("from").is_none()),
        text: decode(charset, query.word("coding").as_deref(), text),
        ..KannelFields::default()
    })
}

/// `post-url`: the text is the body, everything else is in headers.
fn post(incoming: &RawRequest<'_>, query: &FormFields<'_>) -> KannelFields {
    let label = || query.word("charset").and_then(|label| charset::named(&label));
    let coding = header(incoming, "x-kannel-coding");
    let udh = incoming.headers.get("x-kannel-udh");
    KannelFields {
        from: header(incoming, "x-kannel-from"),
        to: header(incoming, "x-kannel-to"),
        smsc: header(incoming, "x-kannel-smsc"),
        udh: udh.map(|encoded| plus_is_blank(encoded.as_bytes()).into_owned()),
        text: decode(
            charset::of_body(incoming.headers).or_else(label),
            coding.as_deref(),
            incoming.body,
        ),
    }
}

/// The character set first; without one, coding 2 is UTF-16, and the others are UTF-8, into which Kannel translates.
fn decode(charset: Option<&'static Encoding>, coding: Option<&str>, bytes: &[u8]) -> Utf16Text {
    match (charset, coding) {
        (Some(charset), _) => charset::decode_units(charset, bytes),
        (None, Some("2")) => charset::decode_units(UTF_16BE, bytes),
        (None, _) => (&*String::from_utf8_lossy(bytes)).into(),
    }
}

fn header(incoming: &RawRequest<'_>, name: &str) -> Option<String> {
    let value = incoming.headers.get(name)?.as_bytes();
    Some(String::from_utf8_lossy(value).into_owned()).filter(|value| !value.is_empty())
}

/// A text may look like XML: it is a text when the request has Kannel's headers.
fn is_xml(incoming: &RawRequest<'_>) -> bool {
    let media_type = media_type(incoming.headers);
    let is_named = media_type.ends_with("/xml") || media_type.ends_with("+xml");
    let is_text = incoming.headers.contains_key("x-kannel-to") || incoming.headers.contains_key("x-kannel-time");
    !is_text && (is_named || incoming.body.trim_ascii_start().starts_with(b"<?xml"))
}

/// `%T` is in seconds since 1970. Anything else has no time zone and is ignored.
fn timestamp(seconds: &str) -> Option<Timestamp> {
    let seconds: u32 = seconds.parse().ok().filter(|seconds| *seconds > 0)?;
    Some(Timestamp::from_ms(i64::from(seconds) * 1_000))
}

#[cfg(test)]
mod tests;
