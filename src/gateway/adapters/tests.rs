//! Support for the adapters' tests: requests, and parsed messages as text.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use secrecy::SecretString;

use crate::domain::sms::{InboundSms, Receiver, Slot, Utf16Text};
use crate::domain::time::Timestamp;
use crate::gateway::kind::GatewayKind;
use crate::gateway::raw_request::{ParseError, Parsed, RawRequest};
use crate::gateway::settings::AdapterSettings;

/// A request that arrives at 2026-11-20T22:00:00Z; the replay window is five minutes.
pub(super) struct TestRequest {
    method: Method,
    target: String,
    headers: HeaderMap,
    body: Vec<u8>,
    seconds: i64,
    base: String,
}

impl TestRequest {
    pub(super) fn get(target: &str) -> Self {
        Self {
            method: Method::GET,
            target: target.to_owned(),
            headers: HeaderMap::new(),
            body: Vec::new(),
            seconds: 1_795_212_000,
            base: "https://sms.example.test".to_owned(),
        }
    }

    pub(super) fn post(target: &str, body: impl AsRef<[u8]>) -> Self {
        let method = Method::POST;
        let body = body.as_ref().to_vec();
        Self {
            method,
            body,
            ..Self::get(target)
        }
    }

    /// A request to the usual address.
    pub(super) fn by(method: Method, query: &str, body: &[u8]) -> Self {
        let body = body.to_vec();
        Self {
            method,
            body,
            ..Self::asking(query)
        }
    }

    /// GET with that query.
    pub(super) fn asking(query: &str) -> Self {
        Self::get("").query(query)
    }

    /// POST of that body.
    pub(super) fn posting(body: impl AsRef<[u8]>) -> Self {
        Self::by(Method::POST, "", body.as_ref())
    }

    pub(super) fn query(mut self, query: &str) -> Self {
        self.target = format!("/in/token?{query}");
        self
    }

    pub(super) fn form(self) -> Self {
        self.with("content-type", "application/x-www-form-urlencoded")
    }

    pub(super) fn with(mut self, header: &'static str, value: impl AsRef<[u8]>) -> Self {
        let value = HeaderValue::from_bytes(value.as_ref()).unwrap();
        self.headers.insert(HeaderName::from_static(header), value);
        self
    }

    pub(super) fn later(mut self, seconds: i64) -> Self {
        self.seconds += seconds;
        self
    }

    pub(super) fn under(mut self, base: &str) -> Self {
        base.clone_into(&mut self.base);
        self
    }

    pub(super) fn raw(&self) -> RawRequest<'_> {
        RawRequest {
            method: &self.method,
            path_and_query: &self.target,
            query: self.target.split_once('?').map_or("", |(_, query)| query),
            headers: &self.headers,
            body: &self.body,
            received_at: Timestamp::from_ms(self.seconds * 1000),
            public_base: &self.base,
            replay_window: Duration::from_mins(5),
        }
    }

    /// The message that the adapter parses it into, or the error.
    pub(super) fn read(&self, settings: &AdapterSettings) -> Result<InboundSms, String> {
        match (settings.kind.parse)(settings, &self.raw()) {
            Ok(Parsed::Messages(mut messages)) if messages.len() == 1 => Ok(messages.remove(0)),
            Err(ParseError::Bad(message)) => Err(message),
            other => panic!("{other:?}"),
        }
    }
}

/// A gateway of that kind for which nothing is set.
pub(super) fn of_kind(kind: &str) -> AdapterSettings {
    AdapterSettings {
        kind: GatewayKind::parse(kind).unwrap(),
        ..AdapterSettings::default()
    }
}

/// A gateway of that kind whose requests are signed by one of these keys.
pub(super) fn signed_by(kind: &str, keys: &[&str]) -> AdapterSettings {
    AdapterSettings {
        secrets: keys.iter().map(|key| SecretString::from(*key)).collect(),
        ..of_kind(kind)
    }
}

/// The parsed request, a line per message.
pub(super) fn summary(settings: &AdapterSettings, request: &TestRequest) -> String {
    match &(settings.kind.parse)(settings, &request.raw()) {
        Ok(Parsed::Messages(messages)) => messages.iter().map(line).collect::<Vec<_>>().join("\n"),
        Ok(Parsed::Other) => "another event".to_owned(),
        Err(ParseError::Bad(message)) => format!("bad: {message}"),
        Err(ParseError::Unsigned(message)) => format!("unsigned: {message}"),
    }
}

fn line(sms: &InboundSms) -> String {
    let id = sms.external_id.as_deref().unwrap_or("no id");
    let to = receiver(sms);
    let sent = sms.sent_at.map_or("?".to_owned(), |at| at.as_ms().to_string());
    format!(
        "{id}: {} to {to} at {sent}: {:?}",
        sms.sender,
        sms.text.to_string_lossy()
    )
}

fn receiver(sms: &InboundSms) -> String {
    match &sms.receiver {
        Receiver::Number(recipient) => recipient.digits().to_owned(),
        Receiver::Lines(lines) => lines.iter().map(Slot::as_str).collect::<Vec<_>>().join(" or "),
    }
}

/// All of a message in one line: `id|sender|receiver|text`, then its time in ms and its part where it has them. Lone
/// surrogates of a part are shown as `<d83d>`.
pub(super) fn short(sms: &InboundSms) -> String {
    let receiver = receiver(sms);
    let id = sms.external_id.as_deref().unwrap_or("-");
    let sent_at = sms.sent_at.map(|at| format!("|{}", at.as_ms())).unwrap_or_default();
    let part = sms
        .part
        .map(|part| format!("|{} of {}, {}", part.sequence, part.total, part.reference));
    let text = sms
        .part
        .map_or_else(|| sms.text.to_string_lossy(), |_| shown(&sms.text));
    let sender = &sms.sender;
    format!("{id}|{sender}|{receiver}|{text}{sent_at}{}", part.unwrap_or_default())
}

fn shown(text: &Utf16Text) -> String {
    let bytes = text.to_be_bytes();
    let units = bytes.chunks_exact(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]]));
    char::decode_utf16(units)
        .map(|unit| unit.map_or_else(|lone| format!("<{:x}>", lone.unpaired_surrogate()), String::from))
        .collect()
}
