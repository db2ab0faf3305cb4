//! The answer to a gateway whose request was accepted: its SMS are durable, or it has none.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::settings::AdapterSettings;

const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// 200, with the answer that the partner set, or else with the acknowledgement of the kind.
pub(super) fn acknowledged(settings: &AdapterSettings) -> Response {
    let own = settings
        .answer
        .as_ref()
        .map(|answer| (&*answer.content_type, &*answer.text));
    let Some((content_type, text)) = own.or(settings.kind.acknowledgement) else {
        return StatusCode::OK.into_response();
    };
    let content_type = HeaderValue::from_str(content_type).unwrap_or(PLAIN);
    (StatusCode::OK, [(CONTENT_TYPE, content_type)], text.to_owned()).into_response()
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;
    use crate::gateway::kind::GatewayKind;
    use crate::gateway::settings::CustomReply;

    async fn reply(kind: &str, answer: Option<(&str, &str)>) -> String {
        let answer = answer.map(|(content_type, text)| CustomReply {
            content_type: content_type.to_owned(),
            text: text.to_owned(),
        });
        let response = acknowledged(&AdapterSettings {
            kind: GatewayKind::parse(kind).unwrap(),
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
    async fn each_program_gets_the_acknowledgement_that_it_expects() {
        let json = Some(("application/json", r#"{"ok":true}"#));
        let bad = Some(("bad\r\ntype", "OK"));
        for (kind, answer, expected) in [
            ("generic", None, "200 - "),
            ("generic", json, r#"200 application/json {"ok":true}"#),
            ("generic", bad, "200 text/plain; charset=utf-8 OK"),
            ("gammu", None, "200 - "),
            ("smstools", None, "200 - "),
            ("kannel", None, "200 - "),
            ("jasmin", None, "200 text/plain; charset=utf-8 ACK/Jasmin"),
            ("sms-gate", None, "200 - "),
            (
                "twilio",
                None,
                r#"200 text/xml <?xml version="1.0" encoding="UTF-8"?><Response/>"#,
            ),
            ("simbox", None, "200 text/plain; charset=utf-8 OK"),
            ("multitel", None, "200 - "),
            ("carrierx", None, "200 - "),
        ] {
            assert_eq!(reply(kind, answer).await, expected, "{kind}");
        }
    }
}
