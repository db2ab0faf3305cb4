//! The Android app sms-gate: one JSON object per event, signed with a key of the phone's own.

use hmac::Hmac;
use sha2::Sha256;

use crate::clock::parse_rfc3339;
use crate::domain::sms::InboundSms;
use crate::domain::time::Timestamp;
use crate::gateway::destination::{lines, receiver};
use crate::gateway::json::{self, Node};
use crate::gateway::kind::GatewayKind;
use crate::gateway::raw_request::{ParseError, Parsed, RawRequest};
use crate::gateway::settings::{AdapterSettings, Setting};
use crate::gateway::setup::SetupText;
use crate::gateway::signature;

/// The event of a received SMS; the app has others.
const RECEIVED: &str = "sms:received";

pub(super) static KIND: GatewayKind = GatewayKind {
    name: "sms-gate",
    parse,
    acknowledgement: None,
    setup: SetupText::Signed {
        template: include_str!("../setup/sms-gate.txt"),
        signed_test: include_str!("../setup/sms-gate-signed.txt"),
        unsigned_test: include_str!("../setup/sms-gate-unsigned.txt"),
    },
    takes: &[Setting::Secrets, Setting::Unsigned],
    signs_url: false,
};

fn parse(settings: &AdapterSettings, incoming: &RawRequest<'_>) -> Result<Parsed, ParseError> {
    if !settings.secrets.is_empty() {
        signed(settings, incoming).map_err(ParseError::Unsigned)?;
    }
    event(incoming.body).map_err(ParseError::Bad)
}

/// The signature first, then its time: only the owner of a key learns something about our clock.
fn signed(settings: &AdapterSettings, incoming: &RawRequest<'_>) -> Result<(), String> {
    let header = |name: &str| {
        let value = incoming.headers.get(name).and_then(|value| value.to_str().ok());
        value.ok_or_else(|| format!("{name} is missing: the gateway's requests have to be signed"))
    };
    let (sent, given) = (header("X-Timestamp")?, header("X-Signature")?);
    let given = hex::decode(given.trim()).unwrap_or_default();
    let pieces = [incoming.body, sent.as_bytes()];
    if !signature::is_by_one_of::<Hmac<Sha256>>(&settings.secrets, &pieces, &given) {
        return Err("X-Signature is not that of the body and X-Timestamp by one of the gateway's keys".to_owned());
    }
    let seconds: Option<i64> = sent.parse().ok();
    let sent_at = seconds
        .and_then(|seconds| seconds.checked_mul(1000))
        .map(Timestamp::from_ms);
    let sent_at = sent_at.ok_or("X-Timestamp must be a time in seconds since 1970")?;
    let difference = incoming
        .received_at
        .since(sent_at)
        .max(sent_at.since(incoming.received_at));
    if difference > incoming.replay_window {
        let max = incoming.replay_window.as_secs();
        return Err(format!(
            "X-Timestamp is more than {max} s away from the server's clock: an old request, or one of the clocks is wrong"
        ));
    }
    Ok(())
}

fn event(body: &[u8]) -> Result<Parsed, String> {
    let root = Node::root(body)?;
    if root.field("event").required()? == RECEIVED {
        Ok(Parsed::Messages(vec![message(&root)?]))
    } else {
        Ok(Parsed::Other)
    }
}

fn message(root: &Node<'_>) -> Result<InboundSms, String> {
    let payload = root.field("payload");
    if !payload.is_object() {
        return Err(payload.bad("must be an object"));
    }
    let sender = match payload.field("sender").word()? {
        // The name in older versions.
        none if none.is_empty() => payload.field("phoneNumber").word()?,
        sender => sender,
    };
    if sender.is_empty() {
        return Err(payload.field("sender").bad("is missing"));
    }
    let device = root.field("deviceId").word()?;
    let slot = payload.field("simNumber").word()?;
    let names = match (device.as_str(), slot.as_str()) {
        ("", _) => vec![],
        (device, "") => vec![device.to_owned()],
        (device, slot) => vec![format!("{device}/{slot}"), device.to_owned()],
    };
    let to = payload.field("recipient").word()?;
    let receiver = receiver(Some(&to), lines(names)).map_err(|_| {
        let recipient = payload.field("recipient");
        recipient.bad("must be the number that received the SMS, or deviceId the phone that did")
    })?;
    let sms = InboundSms {
        // `messageId` is a hash of the content and not unique.
        external_id: Some(root.field("id").word()?).filter(|id| !id.is_empty()),
        receiver,
        sender,
        text: payload.field("message").text()?,
        sent_at: payload
            .field("receivedAt")
            .word()
            .ok()
            .as_deref()
            .and_then(parse_rfc3339),
        part: None,
    };
    json::bounded(sms, |field| match field {
        "id" => "id".to_owned(),
        "from" => "payload.sender".to_owned(),
        _ => "payload.message".to_owned(),
    })
}

#[cfg(test)]
mod tests;
