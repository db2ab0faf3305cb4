//! Requests as the programs were seen to send them, for the tests of the adapters.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::incoming::{Heard, Incoming, Unheard};
use crate::domain::sms::{InboundSms, Line, Receiver};
use crate::domain::time::Timestamp;

/// A request before it is read.
pub(super) struct Request {
    method: Method,
    query: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Request {
    pub(super) fn new(method: Method, query: &str, body: &[u8]) -> Self {
        Self {
            method,
            query: query.to_owned(),
            headers: HeaderMap::new(),
            body: body.to_vec(),
        }
    }

    pub(super) fn get(query: &str) -> Self {
        Self::new(Method::GET, query, b"")
    }

    pub(super) fn post(body: impl AsRef<[u8]>) -> Self {
        Self::new(Method::POST, "", body.as_ref())
    }

    pub(super) fn query(mut self, query: &str) -> Self {
        query.clone_into(&mut self.query);
        self
    }

    pub(super) fn header(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        let value = HeaderValue::from_bytes(value.as_ref()).unwrap();
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }

    pub(super) fn form(self) -> Self {
        self.header("content-type", "application/x-www-form-urlencoded")
    }

    /// What the adapter makes of it: one message, or the sentence why not.
    pub(super) fn read(
        &self,
        adapter: impl FnOnce(&Incoming<'_>) -> Result<Heard, Unheard>,
    ) -> Result<InboundSms, String> {
        let heard = adapter(&Incoming {
            method: &self.method,
            path_and_query: "/in/token",
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
            received_at: Timestamp::from_ms(0),
            public_base: "https://sms.example.test",
            replay_window: Duration::from_secs(300),
        });
        match heard {
            Ok(Heard::Messages(mut messages)) if messages.len() == 1 => Ok(messages.remove(0)),
            Err(Unheard::Bad(sentence)) => Err(sentence),
            other => panic!("{other:?}"),
        }
    }
}

/// All of a message in one line: `id|sender|receiver|text`, then its time in ms and its part where it has them.
pub(super) fn told(sms: &InboundSms) -> String {
    let receiver = match &sms.receiver {
        Receiver::Number(recipient) => recipient.digits().to_owned(),
        Receiver::Lines(lines) => lines.iter().map(Line::as_str).collect::<Vec<_>>().join(" or "),
    };
    let id = sms.external_id.as_deref().unwrap_or("-");
    let sent_at = sms.sent_at.map(|at| format!("|{}", at.as_ms())).unwrap_or_default();
    let part = sms
        .part
        .map(|part| format!("|{} of {}, {}", part.sequence, part.total, part.reference));
    format!(
        "{id}|{}|{receiver}|{}{sent_at}{}",
        sms.sender,
        sms.text,
        part.unwrap_or_default()
    )
}
