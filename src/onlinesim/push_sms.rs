//! PUSH_SMS: one SMS to Onlinesim, and what its answer means (rule 7).

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Response, StatusCode};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use crate::config::push::{PhoneKind, SmsIdKind};
use crate::domain::delivery::{Claim, PushAnswer, PushRefusal};
use crate::http::caller_secrets::SharedSecrets;
use crate::http_client::{self, BodyError, describe, read_body};
use crate::metrics::Metrics;
use crate::metrics::labels::PushResult;

/// The longest answer that is read; those of the protocol are shorter than a line.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// How and where to push.
#[derive(Debug, Clone)]
pub struct PushSettings {
    /// The whole URL.
    pub url: String,
    /// How long one attempt may take, from connecting to the last byte of the answer.
    pub timeout: Duration,
    /// The value of `smsId`.
    pub sms_id: SmsIdKind,
    /// The format of `phone`.
    pub phone: PhoneKind,
    /// How many idle connections are kept.
    pub parallel: usize,
}

/// Why a pusher could not be set up: TLS or the resolver could not.
#[derive(Debug, thiserror::Error)]
#[error("no HTTP client: {0}")]
pub struct PusherError(#[from] reqwest::Error);

/// Pushes messages. Clones share the connections.
#[derive(Debug, Clone)]
pub struct Pusher {
    client: Client,
    settings: PushSettings,
    secrets: SharedSecrets,
    metrics: Arc<Metrics>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PushBody<'a> {
    action: &'static str,
    key: &'a str,
    sms_id: i64,
    phone: Value,
    phone_from: &'a str,
    text: &'a str,
    service: &'static str,
}

impl Pusher {
    /// Sets the client up; the first key goes into the header and the body. It does not follow redirects, because the key must
    /// not be sent to another address.
    pub fn new(settings: PushSettings, secrets: SharedSecrets, metrics: Arc<Metrics>) -> Result<Self, PusherError> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/json; charset=utf-8"),
        );
        let client = http_client::builder(settings.timeout)
            .default_headers(headers)
            .gzip(true)
            .pool_max_idle_per_host(settings.parallel)
            .build()?;
        Ok(Self {
            client,
            settings,
            secrets,
            metrics,
        })
    }

    /// Pushes one message. Never fails: an error is an answer, too.
    pub async fn push(&self, claim: &Claim) -> PushAnswer {
        let secrets = self.secrets.current();
        let key = secrets.keys.first().map_or("", ExposeSecret::expose_secret);
        let body = serde_json::to_vec(&self.body(key, claim)).expect("texts and numbers can be written as JSON");
        let request = self.client.post(&self.settings.url).bearer_auth(key);
        let begun = Instant::now();
        let answer = match request.body(body).send().await {
            Ok(response) => read_answer(response).await,
            Err(error) => PushAnswer::Failed(describe(&error)),
        };
        self.metrics.pushes.of(result(&answer)).observe(begun.elapsed());
        answer
    }

    fn body<'a>(&self, key: &'a str, claim: &'a Claim) -> PushBody<'a> {
        PushBody {
            action: "PUSH_SMS",
            key,
            sms_id: match self.settings.sms_id {
                SmsIdKind::Operation => claim.operation.as_i64(),
                SmsIdKind::Message => claim.message.0,
            },
            phone: match self.settings.phone {
                PhoneKind::String => Value::from(claim.number.digits()),
                PhoneKind::Integer => Value::from(claim.number.as_u64()),
            },
            phone_from: &claim.sender,
            text: &claim.text,
            service: "rent",
        }
    }
}

const fn result(answer: &PushAnswer) -> PushResult {
    match answer {
        PushAnswer::Accepted => PushResult::Accepted,
        PushAnswer::Refused(_) => PushResult::Refused,
        PushAnswer::Declined(_) => PushResult::Declined,
        PushAnswer::Failed(_) => PushResult::Failed,
    }
}

async fn read_answer(response: Response) -> PushAnswer {
    let status = response.status();
    match read_body(response, ANSWER_BYTES_MAX).await {
        Ok(body) => interpret(status, &body),
        Err(BodyError::TooLarge) => not_accepted(status, "the answer is too large"),
        Err(BodyError::Broken(error)) => PushAnswer::Failed(describe(&error)),
    }
}

/// An answer that is neither acceptance nor a final refusal. 5xx, 408 and 429 are not about this message.
fn not_accepted(http: StatusCode, description: &str) -> PushAnswer {
    let failure = format!("HTTP {}: {description}", http.as_u16());
    match http {
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => PushAnswer::Failed(failure),
        _ if http.is_server_error() => PushAnswer::Failed(failure),
        _ => PushAnswer::Declined(failure),
    }
}

/// What an answer means. A final refusal counts with any HTTP status below 500, as `status` or as `error`.
fn interpret(http: StatusCode, body: &[u8]) -> PushAnswer {
    if body.iter().all(u8::is_ascii_whitespace) {
        return if http == StatusCode::OK {
            PushAnswer::Accepted
        } else {
            not_accepted(http, "no body")
        };
    }
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
        return not_accepted(http, "not a JSON object");
    };
    let text = |field: &str| fields.get(field).and_then(Value::as_str).unwrap_or_default();
    for reported in [text("status"), text("error")] {
        match reported {
            "NO_OPERATION" | "NO_OP" if http.as_u16() < 500 => return PushAnswer::Refused(PushRefusal::NoOperation),
            "BAD_SERVICE" if http.as_u16() < 500 => return PushAnswer::Refused(PushRefusal::BadService),
            _ => {}
        }
    }
    match fields.get("status") {
        None | Some(Value::Null) if http == StatusCode::OK => PushAnswer::Accepted,
        Some(Value::String(status)) if status == "SUCCESS" && http == StatusCode::OK => PushAnswer::Accepted,
        Some(Value::String(status)) if is_plain(status) => not_accepted(http, &format!("status {status}")),
        _ => not_accepted(http, "unknown status"),
    }
}

/// Whether a status may be repeated in a log: one short word.
fn is_plain(status: &str) -> bool {
    status.len() <= 40 && status.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(http: u16, body: &str) -> PushAnswer {
        interpret(StatusCode::from_u16(http).unwrap(), body.as_bytes())
    }

    fn is_declined(answer: &PushAnswer) -> bool {
        matches!(answer, PushAnswer::Declined(_))
    }

    fn is_failed(answer: &PushAnswer) -> bool {
        matches!(answer, PushAnswer::Failed(_))
    }

    #[test]
    fn rule_7_only_200_with_success_or_no_status_is_acceptance() {
        for body in [r#"{"status":"SUCCESS"}"#, "{}", r#"{"status":null}"#, "", "\n"] {
            assert_eq!(meaning(200, body), PushAnswer::Accepted, "{body}");
            for http in [201, 204, 302, 400, 401, 404, 422] {
                assert!(is_declined(&meaning(http, body)), "{http} {body}");
            }
            for http in [408, 429, 500, 502, 503] {
                assert!(is_failed(&meaning(http, body)), "{http} {body}");
            }
        }
    }

    #[test]
    fn rule_7_three_statuses_are_final() {
        for (word, refusal) in [
            ("NO_OPERATION", PushRefusal::NoOperation),
            ("NO_OP", PushRefusal::NoOperation),
            ("BAD_SERVICE", PushRefusal::BadService),
        ] {
            for http in [200, 400] {
                assert_eq!(
                    meaning(http, &format!(r#"{{"status":"{word}"}}"#)),
                    PushAnswer::Refused(refusal)
                );
                let as_error = format!(r#"{{"status":"ERROR","error":"{word}"}}"#);
                assert_eq!(meaning(http, &as_error), PushAnswer::Refused(refusal));
            }
            assert!(is_failed(&meaning(500, &format!(r#"{{"status":"{word}"}}"#))));
        }
    }

    #[test]
    fn rule_7_every_other_answer_declines_the_message() {
        for body in [
            r#"{"status":"IGNORED"}"#,
            r#"{"status":"SERVICE_BAN"}"#,
            r#"{"status":"ERROR","error":"x"}"#,
            r#"{"status":"success"}"#,
            r#"{"status":1}"#,
            "[]",
            "\"SUCCESS\"",
            "<html>",
            "\u{0}",
        ] {
            assert!(is_declined(&meaning(200, body)), "{body}");
            assert!(is_failed(&meaning(500, body)), "{body}");
        }
    }
}
