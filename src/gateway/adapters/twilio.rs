//! Twilio and services with the same API: a form per message, signed over the URL that was called.

mod signed;

use axum::http::Method;

use crate::domain::sms::InboundSms;
use crate::gateway::destination::receiver;
use crate::gateway::form::FormFields;
use crate::gateway::json::{self, Node};
use crate::gateway::kind::GatewayKind;
use crate::gateway::raw_request::{ParseError, Parsed, RawRequest};
use crate::gateway::settings::{AdapterSettings, Setting};
use crate::gateway::setup::SetupText;
use crate::http::media_type;

pub(super) static KIND: GatewayKind = GatewayKind {
    name: "twilio",
    parse,
    // An empty TwiML document. Any other text might be sent to the sender as an SMS.
    acknowledgement: Some(("text/xml", r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#)),
    setup: SetupText::Signed {
        template: include_str!("../setup/twilio.txt"),
        signed_test: include_str!("../setup/twilio-signed.txt"),
        unsigned_test: include_str!("../setup/twilio-unsigned.txt"),
    },
    takes: &[Setting::Secrets, Setting::Unsigned],
    signs_url: true,
};

/// Where a request has its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Query,
    Form,
    Json,
}

impl Shape {
    fn of(incoming: &RawRequest<'_>) -> Self {
        if *incoming.method == Method::GET {
            Self::Query
        } else if media_type(incoming.headers) == "application/json" {
            Self::Json
        } else {
            Self::Form
        }
    }
}

fn parse(settings: &AdapterSettings, incoming: &RawRequest<'_>) -> Result<Parsed, ParseError> {
    let shape = Shape::of(incoming);
    if !settings.secrets.is_empty() {
        signed::check(&settings.secrets, shape, incoming).map_err(ParseError::Unsigned)?;
    }
    let parsed = match shape {
        Shape::Query => parsed_form(&FormFields::parse(incoming.query.as_bytes())),
        Shape::Form => parsed_form(&FormFields::parse(incoming.body)),
        Shape::Json => fields(incoming.body).and_then(|fields| parsed(&fields)),
    };
    parsed.map_err(ParseError::Bad)
}

/// The fields that are read, with their values.
type TwilioFields = [(&'static str, Option<String>); 8];

const NAMES: [&str; 8] = [
    "MessageSid",
    "SmsSid",
    "From",
    "To",
    "Body",
    "NumMedia",
    "MessageStatus",
    "SmsStatus",
];

fn parsed_form(form: &FormFields<'_>) -> Result<Parsed, String> {
    let text = |value| String::from_utf8_lossy(value).into_owned();
    parsed(&NAMES.map(|name| (name, form.first(name).map(text))))
}

/// The fields of a JSON object.
fn fields(body: &[u8]) -> Result<TwilioFields, String> {
    let root = Node::root(body)?;
    let mut fields = NAMES.map(|name| (name, None));
    for (name, value) in &mut fields {
        let node = root.field(name);
        if *name == "Body" && !node.is_null() {
            *value = Some(node.text()?.to_string_lossy());
        } else if !node.is_null() {
            *value = Some(node.word()?);
        }
    }
    Ok(fields)
}

fn parsed(fields: &TwilioFields) -> Result<Parsed, String> {
    let find = |name: &str| fields.iter().find(|(field, _)| *field == name)?.1.as_deref();
    let word = |name: &str| find(name).filter(|value| !value.is_empty());
    let text = match find("Body") {
        Some(text) => text,
        None if word("MessageStatus").or(word("SmsStatus")).is_some_and(is_outgoing) => {
            return Ok(Parsed::Other);
        }
        None if word("NumMedia").is_some_and(|count| count != "0") => "",
        None => return Err("Body is missing".to_owned()),
    };
    let to = word("To").ok_or("To is missing")?;
    let sms = InboundSms {
        external_id: word("MessageSid").or(word("SmsSid")).map(str::to_owned),
        receiver: receiver(Some(to), vec![]).map_err(|error| format!("To {error}"))?,
        sender: word("From").ok_or("From is missing")?.to_owned(),
        text: text.into(),
        sent_at: None,
        part: None,
    };
    let sms = json::bounded(sms, |field| match field {
        "id" => "MessageSid".to_owned(),
        "from" => "From".to_owned(),
        _ => "Body".to_owned(),
    })?;
    Ok(Parsed::Messages(vec![sms]))
}

/// Whether it is the status of an outgoing message, which Twilio posts to the same URL. Incoming ones have a status, too.
fn is_outgoing(status: &str) -> bool {
    !["received", "receiving"].contains(&status)
}

#[cfg(test)]
mod tests;
