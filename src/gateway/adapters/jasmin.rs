//! Jasmin's HTTP connector: a query or a form whose text is the bytes that the SMSC sent.

use crate::domain::sms::InboundSms;
use crate::gateway::destination;
use crate::gateway::form::FormFields;
use crate::gateway::kind::GatewayKind;
use crate::gateway::raw_request::{ParseError, Parsed, RawRequest};
use crate::gateway::settings::{AdapterSettings, Setting};
use crate::gateway::setup::SetupText;
use crate::gateway::sms_codec::data_coding::CharacterSet;
use crate::gateway::sms_codec::udh;

pub(super) static KIND: GatewayKind = GatewayKind {
    name: "jasmin",
    parse,
    // After any other answer it sends the message again, and in the end drops it.
    acknowledgement: Some(("text/plain; charset=utf-8", "ACK/Jasmin")),
    setup: SetupText::Plain(include_str!("../setup/jasmin.txt")),
    takes: &[Setting::CharacterSet],
    signs_url: false,
};

fn parse(settings: &AdapterSettings, incoming: &RawRequest<'_>) -> Result<Parsed, ParseError> {
    let sms = message(settings, incoming).map_err(ParseError::Bad)?;
    Ok(Parsed::Messages(vec![sms]))
}

fn message(settings: &AdapterSettings, incoming: &RawRequest<'_>) -> Result<InboundSms, String> {
    // Its GET has the content type of a form, too.
    let form = FormFields::of(incoming)?;
    let (to, line) = (form.word("to"), form.word("origin-connector"));
    let receiver = destination::of_a_connection(to.as_deref(), line)?;
    let from = form.first("from").ok_or("from is missing")?;
    let character_set = CharacterSet::of_data_coding(coding(&form)?, settings.character_set);
    let content = content(&form)?;
    // It joins parts with a reference of 8 bits. Others it delivers one by one, with their header in front of the text, and no
    // field says so.
    let (part, body) = udh::strip_header(&content);
    let text = character_set.decode(body);
    let sms = InboundSms {
        external_id: form.word("id"),
        receiver,
        sender: String::from_utf8_lossy(from).into_owned(),
        part: udh::unless_joined(part, &text),
        text,
        sent_at: None,
    };
    sms.checked().map_err(|error| error.to_string())
}

/// SMPP's data coding: Jasmin sends one byte, its manual shows digits. If it is missing, it is 0.
fn coding(form: &FormFields<'_>) -> Result<u8, String> {
    let field = form.first("coding").unwrap_or_default();
    let digits = std::str::from_utf8(field).ok().and_then(|digits| digits.parse().ok());
    match (digits, field) {
        (Some(coding), _) => Ok(coding),
        (None, []) => Ok(0),
        (None, [byte]) => Ok(*byte),
        (None, _) => Err("coding must be one byte, or a number from 0 to 255".to_owned()),
    }
}

/// The bytes of the text. `content` is the same, but Jasmin may damage what is not UTF-8 in it.
fn content(form: &FormFields<'_>) -> Result<Vec<u8>, String> {
    let binary = form
        .first("binary")
        .filter(|binary| !binary.is_empty())
        .map(hex::decode);
    match (binary, form.first("content").or_else(|| form.first("binary"))) {
        (Some(Ok(bytes)), _) => Ok(bytes),
        (Some(Err(_)), _) if form.first("content").is_none() => {
            Err("binary must be hexadecimal digits, two per byte".to_owned())
        }
        (_, Some(content)) => Ok(content.to_vec()),
        (_, None) => Err("binary is missing".to_owned()),
    }
}

#[cfg(test)]
mod tests;
