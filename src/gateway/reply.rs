//! What a gateway is answered once its message is durable, or was so before.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::adapters::{simbox, twilio};
use crate::domain::dialect::{AdapterSettings, CustomReply, GatewayKind};

const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// 200, with the body that the program wants to see. It is empty wherever it may be: some programs send it to the sender as
/// a paid SMS.
pub(super) fn acknowledged(dialect: &AdapterSettings) -> Response {
    match dialect.kind {
        // Without exactly this word it sends the message again, and then drops it.
        GatewayKind::Jasmin => (StatusCode::OK, [(CONTENT_TYPE, PLAIN)], "ACK/Jasmin").into_response(),
        GatewayKind::Generic | GatewayKind::Gammu | GatewayKind::Smstools => {
            dialect.answer.as_ref().map_or_else(empty, chosen)
        }
        GatewayKind::Twilio => twilio::acknowledgement(),
        GatewayKind::Simbox => simbox::acknowledgement(),
        GatewayKind::Kannel | GatewayKind::SmsGate => empty(),
    }
}

fn empty() -> Response {
    StatusCode::OK.into_response()
}

/// The answer that the partner set.
fn chosen(answer: &CustomReply) -> Response {
    let content_type = HeaderValue::from_str(&answer.content_type).unwrap_or(PLAIN);
    (StatusCode::OK, [(CONTENT_TYPE, content_type)], answer.text.clone()).into_response()
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    async fn told(kind: GatewayKind, answer: Option<(&str, &str)>) -> String {
        let answer = answer.map(|(content_type, text)| CustomReply {
            content_type: content_type.to_owned(),
            text: text.to_owned(),
        });
        let response = acknowledged(&AdapterSettings {
            kind,
            answer,
            ..AdapterSettings::default()
        });
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let content_type = head.headers.get(CONTENT_TYPE).map(|value| value.to_str().unwrap());
        let text = std::str::from_utf8(&body).unwrap();
        format!("{} {} {text}", head.status.as_u16(), content_type.unwrap_or("-"))
    }

    #[tokio::test]
    async fn each_program_gets_what_it_wants_to_see() {
        let set = Some(("application/json", r#"{"ok":true}"#));
        for (kind, answer, expected) in [
            (GatewayKind::Generic, None, "200 - "),
            (GatewayKind::Generic, set, r#"200 application/json {"ok":true}"#),
            (
                GatewayKind::Generic,
                Some(("bad\r\ntype", "OK")),
                "200 text/plain; charset=utf-8 OK",
            ),
            (GatewayKind::Gammu, None, "200 - "),
            (GatewayKind::Smstools, None, "200 - "),
            (GatewayKind::Kannel, None, "200 - "),
            (GatewayKind::Kannel, set, "200 - "),
            (GatewayKind::Jasmin, None, "200 text/plain; charset=utf-8 ACK/Jasmin"),
            (GatewayKind::Jasmin, set, "200 text/plain; charset=utf-8 ACK/Jasmin"),
            (GatewayKind::SmsGate, set, "200 - "),
            (
                GatewayKind::Twilio,
                set,
                r#"200 text/xml <?xml version="1.0" encoding="UTF-8"?><Response/>"#,
            ),
            (GatewayKind::Simbox, set, "200 text/plain; charset=utf-8 OK"),
        ] {
            assert_eq!(told(kind, answer).await, expected, "{kind}");
        }
    }
}
