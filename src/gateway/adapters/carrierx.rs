//! CarrierX: a JSON object per event of a message. Accounts of older age have other names for its two numbers.

use crate::clock::parse_rfc3339;
use crate::domain::sms::InboundSms;
use crate::gateway::destination::receiver;
use crate::gateway::json::{self, Node};
use crate::gateway::kind::GatewayKind;
use crate::gateway::raw_request::{ParseError, Parsed, RawRequest};
use crate::gateway::settings::AdapterSettings;
use crate::gateway::setup::SetupText;

/// More URLs of a picture message are refused.
const MEDIA_MAX: usize = 20;

pub(super) static KIND: GatewayKind = GatewayKind {
    name: "carrierx",
    parse,
    acknowledgement: None,
    setup: SetupText::Plain(include_str!("../setup/carrierx.txt")),
    takes: &[],
    signs_url: false,
};

fn parse(_: &AdapterSettings, incoming: &RawRequest<'_>) -> Result<Parsed, ParseError> {
    event(incoming.body).map_err(ParseError::Bad)
}

/// The same URL gets what becomes of outgoing messages.
fn event(body: &[u8]) -> Result<Parsed, String> {
    let root = Node::root(body)?;
    if root.field("direction").required()? == "inbound" {
        Ok(Parsed::Messages(vec![message(&root)?]))
    } else {
        Ok(Parsed::Other)
    }
}

fn message(root: &Node<'_>) -> Result<InboundSms, String> {
    let either = |name: &str, older: &str| match root.field(name).word()? {
        none if none.is_empty() => root.field(older).word(),
        word => Ok(word),
    };
    let (from, to) = (either("from", "from_did")?, either("to", "to_did")?);
    if from.is_empty() {
        return Err(root.field("from").bad("is missing"));
    }
    let sms = InboundSms {
        external_id: Some(root.field("message_sid").required()?),
        receiver: receiver(Some(&to), vec![]).map_err(|error| root.field("to").bad(error))?,
        sender: from,
        text: text(root)?.as_str().into(),
        sent_at: root
            .field("date_created")
            .word()
            .ok()
            .as_deref()
            .and_then(parse_rfc3339),
        part: None,
    };
    json::bounded(sms, |field| match field {
        "id" => "message_sid".to_owned(),
        "text" => "message".to_owned(),
        _ => field.to_owned(),
    })
}

/// The text, and the URLs of a picture message.
fn text(root: &Node<'_>) -> Result<String, String> {
    let media = root.field("media_urls");
    let mut lines = Vec::new();
    let message = root.field("message");
    if !message.is_null() {
        lines.push(message.text()?.to_string_lossy());
    }
    if !media.is_null() {
        for url in media.items(MEDIA_MAX)? {
            lines.push(url.word()?);
        }
    }
    if lines.is_empty() {
        return Err(message.bad("is missing"));
    }
    Ok(lines.join("\n").trim_start_matches('\n').to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::gateway::adapters::tests::{TestRequest, of_kind, summary};

    /// The documented object.
    fn inbound() -> Value {
        json!({
            "message_sid": "5b1f7e0a-93f4-4f0e-9a6e-0d2c8b7a6f51", "direction": "inbound", "from": "15550001111",
            "to": "12125550123", "message": "Your code is 4321", "type": "sms", "status": "received", "message_segments": 1,
            "media_urls": [], "group_recipients": [], "mcc": 310, "mnc": null, "date_created": "2025-03-01T10:00:00.000Z",
            "date_changed": "2025-03-01T10:00:00.000Z", "date_status_changed": null,
            "partner_sid": "2a1f0c9e-7d3b-4e55-8c1a-6b0e9d4f3c21", "price": null, "user_data": null
        })
    }

    fn with(changes: Value) -> String {
        let mut event = inbound();
        for (name, value) in changes.as_object().unwrap() {
            event[name] = value.clone();
        }
        summary(&of_kind("carrierx"), &TestRequest::posting(event.to_string()))
    }

    #[test]
    fn an_inbound_message_is_read_with_the_names_of_either_age() {
        let expected =
            r#"5b1f7e0a-93f4-4f0e-9a6e-0d2c8b7a6f51: 15550001111 to 12125550123 at 1740823200000: "Your code is 4321""#;
        assert_eq!(with(json!({})), expected);
        let older = json!({ "from": null, "to": null, "from_did": "15550001111", "to_did": "12125550123" });
        assert_eq!(with(older), expected);
    }

    #[test]
    fn a_picture_message_has_its_urls() {
        let media = json!(["https://m.example/1.jpg", "https://m.example/2.jpg"]);
        for (message, expected) in [
            (
                json!("look"),
                r#""look\nhttps://m.example/1.jpg\nhttps://m.example/2.jpg""#,
            ),
            (json!(""), r#""https://m.example/1.jpg\nhttps://m.example/2.jpg""#),
            (Value::Null, r#""https://m.example/1.jpg\nhttps://m.example/2.jpg""#),
        ] {
            let read = with(json!({ "message": message, "media_urls": media, "type": "mms" }));
            assert!(read.ends_with(expected), "{read}");
        }
    }

    #[test]
    fn what_becomes_of_outgoing_messages_is_ignored() {
        for direction in ["outbound", "undirected", "new"] {
            assert_eq!(with(json!({ "direction": direction, "to": null })), "another event");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (changes, error) in [
            (json!({ "direction": null }), "direction is missing"),
            (json!({ "message_sid": null }), "message_sid is missing"),
            (json!({ "from": null }), "from is missing"),
            (json!({ "message": null }), "message is missing"),
            (json!({ "message": 5 }), "message must be a string"),
            (json!({ "media_urls": "x" }), "media_urls must be an array"),
            (
                json!({ "message_sid": "x".repeat(201) }),
                "message_sid must not be longer than 200 characters",
            ),
        ] {
            assert_eq!(with(changes.clone()), format!("bad: {error}"), "{changes}");
        }
        assert!(with(json!({ "to": "nobody" })).starts_with("bad: to "));
    }
}
