//! SIM boxes: Dinstar's and Ejoin's, which hand over several messages at once, and both call the same address for their
//! other events.

mod dinstar;
mod ejoin;
mod envelope;

use crate::domain::sms::InboundSms;
use crate::gateway::json::Node;
use crate::gateway::kind::GatewayKind;
use crate::gateway::raw_request::{ParseError, Parsed, RawRequest};
use crate::gateway::settings::AdapterSettings;
use crate::gateway::setup::SetupText;

/// The most messages of a request; it is answered within the deadline, all of them stored.
const MESSAGES_MAX: usize = 500;

pub(super) static KIND: GatewayKind = GatewayKind {
    name: "simbox",
    parse,
    // A word that the boxes expect.
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

/// None: another event, or reports only.
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
