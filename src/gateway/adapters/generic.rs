//! Any program that can send a query, a form or JSON: `id`, `from`, `to` or `line`, `text`, `sent_at`, under these names,
//! those that programs use, or those that the partner set.

mod fields;
mod timestamp;

use fields::{Found, GenericFields, Names};

use crate::domain::sms::{InboundSms, Receiver, Slot, SmsPart};
use crate::domain::time::Timestamp;
use crate::gateway::destination;
use crate::gateway::kind::GatewayKind;
use crate::gateway::raw_request::{ParseError, Parsed, RawRequest};
use crate::gateway::settings::{AdapterSettings, Setting};
use crate::gateway::setup::SetupText;
use crate::gateway::sms_codec::udh;

const ID: [&str; 6] = ["id", "messageId", "message_id", "MessageSid", "sms_id", "uuid"];
const FROM: [&str; 8] = [
    "from",
    "From",
    "sender",
    "msisdn",
    "phonenumber",
    "number",
    "srcnum",
    "sms_sender",
];
const TO: [&str; 5] = ["to", "To", "receiver", "recipient", "sms_receiver"];
const TEXT: [&str; 6] = ["text", "Body", "org_content", "content", "message", "msg"];
const LINE: [&str; 9] = [
    "line",
    "modem",
    "device",
    "port",
    "portname",
    "name",
    "card_slot",
    "iccid",
    "imsi",
];
/// Our own name goes first: the others may have another meaning, or no time zone.
const SENT_AT: [&str; 1] = ["sent_at"];
const SENT_AT_ELSE: [&str; 4] = ["ts", "timestamp", "time", "message-timestamp"];
/// Reference, total and sequence: ours, and Vonage's.
const PARTS: [[&[&str]; 3]; 2] = [
    [&["reference"], &["total"], &["sequence"]],
    [&["concat-ref"], &["concat-total"], &["concat-part"]],
];

pub(in crate::gateway) static KIND: GatewayKind = GatewayKind {
    name: "generic",
    parse,
    acknowledgement: None,
    setup: SetupText::Fields {
        template: include_str!("../setup/generic.txt"),
        with_own_fields: include_str!("../setup/generic-fields.txt"),
    },
    takes: &[Setting::Fields, Setting::Answer],
    signs_url: false,
};

/// What sends a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// A program that the partner has set up: errors tell the partner what is missing.
    Program,
    /// The script in `setup/handler`: an SMS is kept even if its line is unknown.
    Script,
}

fn parse(settings: &AdapterSettings, incoming: &RawRequest<'_>) -> Result<Parsed, ParseError> {
    let sms = message(Source::Program, settings, incoming).map_err(ParseError::Bad)?;
    Ok(Parsed::Messages(vec![sms]))
}

/// For the programs that run the script in `setup/handler`.
pub(super) fn parse_from_script(settings: &AdapterSettings, incoming: &RawRequest<'_>) -> Result<Parsed, ParseError> {
    let sms = message(Source::Script, settings, incoming).map_err(ParseError::Bad)?;
    Ok(Parsed::Messages(vec![sms]))
}

fn message(source: Source, settings: &AdapterSettings, incoming: &RawRequest<'_>) -> Result<InboundSms, String> {
    let set = &settings.fields;
    let body = fields::decoded_body(incoming);
    let fields = GenericFields::of(incoming, &body)?;
    let (from, text) = (
        Names::new(set.from.as_ref(), &FROM),
        Names::new(set.text.as_ref(), &TEXT),
    );
    let lines = lines(&fields, Names::new(set.line.as_ref(), &LINE));
    let line = lines.first().cloned();
    let receiver = received_by(source, &fields, Names::new(set.to.as_ref(), &TO), lines)?;
    let id = id(&fields, Names::new(set.id.as_ref(), &ID))?;
    let sender = required(from, fields.pick(from, |field| fields.word(field)))?;
    let text = required(text, fields.pick(text, |field| fields.text(field)))?;
    let part = PARTS.iter().find_map(|names| part(&fields, *names));
    let sms = InboundSms {
        external_id: id.map(|id| id_on_line(source, line.as_ref(), id)),
        receiver,
        sender,
        part: udh::unless_joined(part, &text),
        text,
        sent_at: sent_at(&fields, set.sent_at.as_ref().map(Names::Set)),
    };
    sms.checked().map_err(|error| error.to_string())
}

fn id(fields: &GenericFields<'_>, names: Names<'_>) -> Result<Option<String>, String> {
    match fields.pick(names, |field| fields.word(field)) {
        Found::Text(id) => Ok(Some(id).filter(|id| !id.is_empty())),
        Found::Unreadable(name) => Err(format!("{name} must be a string")),
        Found::Missing => Ok(None),
    }
}

fn required<Text>(names: Names<'_>, found: Found<'_, Text>) -> Result<Text, String> {
    match found {
        Found::Text(text) => Ok(text),
        Found::Unreadable(name) => Err(format!("{name} must be a string")),
        Found::Missing => Err(format!("{} is missing", names.first())),
    }
}

/// All fields that name a line: any of them may belong to a number.
fn lines(fields: &GenericFields<'_>, names: Names<'_>) -> Vec<Slot> {
    let all = fields.all(names);
    destination::lines(all.into_iter().filter_map(|(_, field)| fields.word(field)))
}

fn received_by(
    source: Source,
    fields: &GenericFields<'_>,
    names: Names<'_>,
    lines: Vec<Slot>,
) -> Result<Receiver, String> {
    let to = fields.pick(names, |field| fields.word(field));
    let text = match &to {
        Found::Text(text) => Some(text.as_str()),
        Found::Unreadable(_) | Found::Missing => None,
    };
    if source == Source::Script {
        return Ok(destination::of_a_modem(text, lines));
    }
    destination::receiver(text, lines).or_else(|error| {
        required(names, to)?;
        Err(format!("{} {error}", names.first()))
    })
}

/// Puts the line before an id from a script: two modems give the same id to SMS of the same sender and second.
fn id_on_line(source: Source, line: Option<&Slot>, id: String) -> String {
    match (source, line) {
        (Source::Script, Some(line)) => format!("{}/{id}", line.as_str()),
        _ => id,
    }
}

/// An invalid time is ignored: then the time of arrival counts.
fn sent_at(fields: &GenericFields<'_>, set: Option<Names<'_>>) -> Option<Timestamp> {
    let read = |names| match fields.pick(names, |field| fields.word(field)) {
        Found::Text(text) => timestamp::parse(&text),
        Found::Unreadable(_) | Found::Missing => None,
    };
    match set {
        Some(set) => read(set),
        None => read(Names::Default(&SENT_AT)).or_else(|| read(Names::Default(&SENT_AT_ELSE))),
    }
}

/// `None` also for numbers that no part can have: then it is a whole message.
fn part(fields: &GenericFields<'_>, [reference, total, sequence]: [&'static [&'static str]; 3]) -> Option<SmsPart> {
    let number = |names| match fields.pick(Names::Default(names), |field| fields.word(field)) {
        Found::Text(number) => number.trim().parse::<u64>().ok(),
        Found::Unreadable(_) | Found::Missing => None,
    };
    // Some programs have longer references than the network's 16 bits.
    let reference = u16::try_from(number(reference)? % (u64::from(u16::MAX) + 1)).ok()?;
    let (total, sequence) = (number(total)?, number(sequence)?);
    SmsPart::new(reference, u8::try_from(total).ok()?, u8::try_from(sequence).ok()?)
}

#[cfg(test)]
mod tests;
