//! What a gateway is answered once its message is durable, or was so before.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::{simbox, twilio};
use crate::domain::dialect::{AnswerBody, Dialect, Kind};

const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// 200, with the body that the program wants to see. It is empty wherever it may be: some programs send it to the sender as
/// a paid SMS.
pub(super) fn stored(dialect: &Dialect) -> Response {
    match dialect.kind {
        // Without exactly this word it sends the message again, and then drops it.
        Kind::Jasmin => (StatusCode::OK, [(CONTENT_TYPE, PLAIN)], "ACK/Jasmin").into_response(),
        Kind::Generic | Kind::Gammu | Kind::Smstools => dialect.answer.as_ref().map_or_else(empty, chosen),
        Kind::Twilio => twilio::taken(),
        Kind::Simbox => simbox::taken(),
        Kind::Kannel | Kind::SmsGate => empty(),
    }
}

fn empty() -> Response {
    StatusCode::OK.into_response()
}

/// The answer that the partner set.
fn chosen(answer: &AnswerBody) -> Response {
    let content_type = HeaderValue::from_str(&answer.content_type).unwrap_or(PLAIN);
    (StatusCode::OK, [(CONTENT_TYPE, content_type)], answer.text.clone()).into_response()
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    async fn told(kind: Kind, answer: Option<(&str, &str)>) -> String {
        let answer = answer.map(|(content_type, text)| AnswerBody {
            content_type: content_type.to_owned(),
            text: text.to_owned(),
        });
        let response = stored(&Dialect {
            kind,
            answer,
            ..Dialect::default()
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
            (Kind::Generic, None, "200 - "),
            (Kind::Generic, set, r#"200 application/json {"ok":true}"#),
            (
                Kind::Generic,
                Some(("bad\r\ntype", "OK")),
                "200 text/plain; charset=utf-8 OK",
            ),
            (Kind::Gammu, None, "200 - "),
            (Kind::Smstools, None, "200 - "),
            (Kind::Kannel, None, "200 - "),
            (Kind::Kannel, set, "200 - "),
            (Kind::Jasmin, None, "200 text/plain; charset=utf-8 ACK/Jasmin"),
            (Kind::Jasmin, set, "200 text/plain; charset=utf-8 ACK/Jasmin"),
            (Kind::SmsGate, set, "200 - "),
            (
                Kind::Twilio,
                set,
                r#"200 text/xml <?xml version="1.0" encoding="UTF-8"?><Response/>"#,
            ),
            (Kind::Simbox, set, "200 text/plain; charset=utf-8 OK"),
        ] {
            assert_eq!(told(kind, answer).await, expected, "{kind}");
        }
    }
}
