//! The plain format: `{"id","from","to","text","sent_at"?}`, `id` optional.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::Refusal;
use super::auth::Caller;
use super::surrogates;
use crate::clock::parse_rfc3339;
use crate::domain::sms::{InboundSms, Recipient};
use crate::domain::time::Timestamp;
use crate::flow::Flows;
use crate::flow::accept_sms::Inbound;
use crate::web::deadline::Deadline;

pub(super) async fn receive(
    State(flows): State<Arc<Flows>>,
    Deadline(deadline): Deadline,
    Caller(gateway): Caller,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Refusal> {
    let received_at = flows.clock.now();
    let body = body.map_err(|rejection| Refusal::Bad(rejection.status(), "the body could not be read".to_owned()))?;
    let sms = parse(&body).map_err(|sentence| Refusal::Bad(StatusCode::BAD_REQUEST, sentence))?;
    flows
        .accept_sms
        .submit(
            Inbound {
                gateway,
                sms,
                received_at,
            },
            deadline,
        )
        .await?;
    Ok(StatusCode::OK)
}

fn parse(body: &[u8]) -> Result<InboundSms, String> {
    let fields = object(body).or_else(|error| {
        // A text that was cut in the middle of an emoji: the half is replaced, the message is not lost.
        let mended = surrogates::mend(body).ok_or(error)?;
        object(&mended)
    })?;
    let field = |name: &str| fields.get(name).filter(|value| !value.is_null());
    let to = required("to", field("to"))?;
    let sms = InboundSms {
        external_id: field("id")
            .map(|id| word("id", id))
            .transpose()?
            .filter(|id| !id.is_empty()),
        to: Recipient::parse(&to).map_err(|error| format!("to {error}"))?,
        sender: required("from", field("from"))?,
        text: text(field("text"))?,
        sent_at: field("sent_at").map(moment).transpose()?,
    };
    sms.checked().map_err(|error| error.to_string())
}

/// The body as an object. The error says where, never what: the body is somebody's message (rule 11).
fn object(body: &[u8]) -> Result<Map<String, Value>, String> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err("the body must be a JSON object with an SMS".to_owned()),
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            Err(format!(
                "the body must be a JSON object with an SMS: it is no JSON at line {line}, column {column}"
            ))
        }
    }
}

/// A string, or a number as its digits: ids and phone numbers come as either.
fn word(field: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) if number.is_u64() => Ok(number.to_string()),
        _ => Err(format!("{field} must be a string")),
    }
}

fn required(field: &str, value: Option<&Value>) -> Result<String, String> {
    word(field, value.ok_or_else(|| format!("{field} is missing"))?)
}

fn text(value: Option<&Value>) -> Result<String, String> {
    match value {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err("text must be a string".to_owned()),
        None => Err("text is missing".to_owned()),
    }
}

fn moment(value: &Value) -> Result<Timestamp, String> {
    let parsed = value.as_str().and_then(parse_rfc3339);
    parsed.ok_or_else(|| "sent_at must be an RFC 3339 time such as 2026-11-20T22:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_whole() {
        let body =
            r#"{"id":7,"from":"VK","to":"+46 70 123","text":"Код\n✓","sent_at":"2026-11-20T22:00:00+03:00","x":1}"#;
        let sms = parse(body.as_bytes()).unwrap();
        assert_eq!(sms.external_id.as_deref(), Some("7"));
        assert_eq!(
            (sms.to.digits(), sms.sender.as_str(), sms.text.as_str()),
            ("4670123", "VK", "Код\n✓")
        );
        assert_eq!(sms.sent_at, parse_rfc3339("2026-11-20T19:00:00Z"));
        assert_eq!(parse(br#"{"from":1,"to":46,"text":""}"#).unwrap().external_id, None);
    }

    #[test]
    fn half_an_emoji_loses_no_message() {
        let sms = parse(br#"{"from":"VK","to":"46701","text":"code 1 \ud83d"}"#).unwrap();
        assert_eq!(sms.text, "code 1 \u{fffd}");
        let sms = parse(br#"{"from":"VK","to":"46701","text":"\ude00 \ud83d\ude00 \\ud83d"}"#).unwrap();
        assert_eq!(sms.text, "\u{fffd} \u{1f600} \\ud83d");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (body, field) in [
            (r#"{"to":"46701","text":"x"}"#, "from"),
            (r#"{"from":"a","text":"x"}"#, "to"),
            (r#"{"from":"a","to":"modem","text":"x"}"#, "to"),
            (r#"{"from":"a","to":"46701"}"#, "text"),
            (r#"{"from":"a","to":"46701","text":5}"#, "text"),
            (r#"{"from":["a"],"to":"46701","text":"x"}"#, "from"),
            (r#"{"id":{},"from":"a","to":"46701","text":"x"}"#, "id"),
            (
                r#"{"from":"a","to":"46701","text":"x","sent_at":"yesterday"}"#,
                "sent_at",
            ),
            ("[]", "body"),
            ("{", "body"),
        ] {
            let sentence = parse(body.as_bytes()).unwrap_err();
            assert!(sentence.contains(field), "{body}: {sentence}");
        }
        let long = format!(r#"{{"from":"{}","to":"46701","text":"x"}}"#, "a".repeat(101));
        assert!(parse(long.as_bytes()).unwrap_err().starts_with("from"));
    }
}
