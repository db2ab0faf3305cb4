//! An SMS of the model as the server is given it, and what the server makes of it.

use leaseline::domain::sms::{self, InboundSms, Recipient, Slot};
use leaseline::domain::time::Timestamp;
use leaseline::flow::accept_sms::Accepted;
use serde_json::json;

use super::super::incoming::{Became, Named, Sms};
use super::super::parts::EMOJI;

/// As the plain format has it.
pub fn body(sms: &Sms) -> String {
    let mut body = json!({"from": sms.sender});
    match &sms.named {
        Named::Number(digits) => body["to"] = json!(format!("+{digits}")),
        Named::Lines(lines) => {
            for (name, line) in ["line", "modem", "iccid"].iter().zip(lines) {
                body[name] = json!(line);
            }
        }
    }
    if let Some(id) = &sms.id {
        body["id"] = json!(id);
    }
    if let Some(at) = sms.sent_at {
        body["sent_at"] = json!(leaseline::clock::rfc3339(Timestamp::from_ms(at)));
    }
    if let Some(part) = sms.part {
        body["reference"] = json!(part.reference);
        body["total"] = json!(part.total);
        body["sequence"] = json!(part.place);
    }
    // Escaped by hand: no JSON library writes half an emoji.
    let half = |is_there: bool, unit: u16| {
        if is_there {
            format!("\\u{unit:x}")
        } else {
            String::new()
        }
    };
    let (begin, end) = (half(sms.cut.begins, EMOJI[1]), half(sms.cut.ends, EMOJI[0]));
    let (text, rest) = (&sms.text, body.to_string());
    format!("{{\"text\":\"{begin}{text}{end}\",{}", &rest[1..])
}

/// As an adapter makes it.
pub fn inbound(sms: &Sms) -> InboundSms {
    let (begins, ends) = (sms.cut.begins.then_some(EMOJI[1]), sms.cut.ends.then_some(EMOJI[0]));
    InboundSms {
        external_id: sms.id.clone(),
        receiver: match &sms.named {
            Named::Number(digits) => sms::Receiver::Number(Recipient::parse(digits).unwrap()),
            Named::Lines(lines) => sms::Receiver::Lines(lines.iter().map(|line| Slot::parse(line).unwrap()).collect()),
        },
        sender: sms.sender.to_owned(),
        text: begins.into_iter().chain(sms.text.encode_utf16()).chain(ends).collect(),
        sent_at: sms.sent_at.map(Timestamp::from_ms),
        part: sms
            .part
            .and_then(|part| sms::SmsPart::new(part.reference, part.total, part.place)),
    }
}

pub fn became(accepted: Accepted) -> Became {
    match accepted {
        Accepted::Assigned(id) | Accepted::Withheld(Ok(id)) => Became::OfRental(id.as_i64()),
        Accepted::Unassigned(_) | Accepted::Withheld(Err(_)) => Became::OfNobody,
        Accepted::Waiting => Became::Waits,
        Accepted::Duplicate => Became::Known,
    }
}
