//! SIM boxes of Dinstar and Ejoin. They deliver several messages at once, and post their other events to the same URL.

mod dinstar;
mod ejoin;
mod envelope;

use crate::domain::sms::InboundSms;
use crate::gateway::json::Node;
use crate::gateway::kind::GatewayKind;
use crate::gateway::raw_request::{ParseError, Parsed, RawRequest};
use crate::gateway::settings::AdapterSettings;
use crate::gateway::setup::SetupText;

/// The most messages of a request; all of them are stored within the deadline.
const MESSAGES_MAX: usize = 500;

pub(super) static KIND: GatewayKind = GatewayKind {
    name: "simbox",
    parse,
    // The boxes expect this text.
    acknowledgement: Some(("text/plain; charset=utf-8", "OK")),
    setup: SetupText::Plain(include_str!("../setup/simbox.txt")),
    takes: &[],
    signs_url: false,
};

fn parse(_: &AdapterSettings, incoming: &RawRequest<'_>) -> Result<Parsed, ParseError> {
    let messages = if ejoin::is_envelope(incoming) {
        ejoin::envelope(incoming).map(|sms| vec![sms])
    } else {
        messages(incoming.body)
    };
    match messages.map_err(ParseError::Bad)? {
        none if none.is_empty() => Ok(Parsed::Other),
        messages => Ok(Parsed::Messages(messages)),
    }
}

/// Empty for another event, or for reports only.
fn messages(body: &[u8]) -> Result<Vec<InboundSms>, String> {
    let root = Node::root(body)?;
    let (kind, serial) = (root.field("type").word()?, root.field("sn").word()?);
    let sms = root.field("sms");
    match kind.as_str() {
        "recv-sms" => ejoin::messages(&sms),
        "" if !sms.is_null() => dinstar::messages(&serial, &sms),
        "" if serial.is_empty() => Err(sms.bad("is missing")),
        _ => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests;
