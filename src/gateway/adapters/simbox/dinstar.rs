//! Dinstar's push: the box's serial number and an array named after the event.

use super::MESSAGES_MAX;
use crate::domain::sms::{InboundSms, InvalidSlot};
use crate::gateway::destination::{lines, receiver};
use crate::gateway::json::{self, Node};

/// The most characters of a timestamp.
const TIMESTAMP_CHARS_MAX: usize = 40;

/// The messages of the box with that serial number.
pub(super) fn messages(serial: &str, sms: &Node<'_>) -> Result<Vec<InboundSms>, String> {
    sms.items(MESSAGES_MAX)?
        .map(|element| message(serial, &element))
        .collect()
}

/// What is appended to the id, because a box that restarts counts from the beginning: the time, where the box reports it.
fn id_suffix(element: &Node<'_>) -> String {
    let at = element.field("timestamp").word().unwrap_or_default();
    let is_known = (1..=TIMESTAMP_CHARS_MAX).contains(&at.chars().count());
    if is_known { format!("/{at}") } else { String::new() }
}

fn message(serial: &str, element: &Node<'_>) -> Result<InboundSms, String> {
    if !element.is_object() {
        return Err(element.bad("must be an object"));
    }
    let (imsi, port) = (element.field("imsi").word()?, element.field("port").word()?);
    let id = element.field("incoming_sms_id").word()?;
    let of_the_box = |name: &str| {
        let is_known = !serial.is_empty() && !name.is_empty();
        is_known.then(|| format!("{serial}/{name}"))
    };
    let port_of_the_box = of_the_box(&port).unwrap_or_default();
    let lines = lines([&imsi, &port_of_the_box, &port]);
    let sms = InboundSms {
        external_id: of_the_box(&id).map(|id| id + &id_suffix(element)),
        receiver: receiver(None, lines).map_err(|_| element.field("port").bad(InvalidSlot))?,
        sender: element.field("number").required()?,
        text: element.field("text").text()?,
        // The box's `timestamp` has no time zone.
        sent_at: None,
        part: None,
    };
    json::bounded(sms, |field| {
        let place = match field {
            "id" => "incoming_sms_id",
            "from" => "number",
            _ => "text",
        };
        element.field(place).place().to_owned()
    })
}
