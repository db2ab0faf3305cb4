//! The HTTP client, which behaves like Onlinesim's: it accepts gzip, follows no redirects and times out after ten seconds.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Certificate, Method, Response};
use serde_json::Value;
use tokio::time::Instant;

use crate::http_client::{self, BodyError, innermost, read_body};

/// Onlinesim's own timeout.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer that is read, compressed or not.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

const USER_AGENT: &str = concat!("leaseline/", env!("CARGO_PKG_VERSION"), " (simulated Onlinesim)");

/// A request as it goes out.
#[derive(Debug, Clone)]
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a str,
    /// The header Authorization, if there is one.
    pub(crate) bearer: Option<&'a str>,
    /// `None`: there is no body, or one without a media type.
    pub(crate) content_type: Option<&'a str>,
    /// Whether the body is sent as gzip.
    pub(crate) compressed: bool,
    pub(crate) body: &'a str,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The header Content-Type; empty when it is missing.
    pub(crate) content_type: String,
    /// The header Location; empty when it is missing.
    pub(crate) location: String,
    /// Whether it was sent as gzip.
    pub(crate) compressed: bool,
    /// The body, decompressed.
    pub(crate) text: String,
    /// The same, parsed; `null` when it is not JSON.
    pub(crate) body: Value,
}

/// Why there is no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{reason}")]
pub(crate) struct NoAnswer {
    /// How far the exchange came.
    pub(crate) progress: ExchangeProgress,
    /// For people.
    pub(crate) reason: String,
}

/// How far an exchange without an answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExchangeProgress {
    /// The request did not leave.
    NotSent,
    /// It did, or may have; no answer came back.
    Sent,
    /// An answer came that cannot be read.
    Answered,
}

/// A client; clones share the connections.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    request_timeout: Duration,
}

impl Client {
    /// With Onlinesim's timeout.
    pub(crate) fn new() -> Result<Self, String> {
        Self::with(REQUEST_TIMEOUT, Vec::new())
    }

    /// With another timeout, and certificates that it trusts besides the system's.
    pub(crate) fn with(request_timeout: Duration, trusted: Vec<Certificate>) -> Result<Self, String> {
        let client = http_client::builder(request_timeout)
            .user_agent(USER_AGENT)
            .tls_certs_merge(trusted)
            // Whether an answer was compressed is checked, so it is decompressed here.
            .gzip(false)
            .no_proxy()
            .build();
        match client {
            Ok(http) => Ok(Self { http, request_timeout }),
            Err(error) => Err(format!("no HTTP client: {}", innermost(&error).unwrap_or_default())),
        }
    }

    /// Sends a request; returns the answer, or why there is none, and how long it took.
    pub(crate) async fn send(&self, request: &Request<'_>) -> (Result<Answer, NoAnswer>, Duration) {
        let started = Instant::now();
        let outcome = self.exchange(request).await;
        (outcome, started.elapsed())
    }

    async fn exchange(&self, request: &Request<'_>) -> Result<Answer, NoAnswer> {
        let mut builder = self
            .http
            .request(request.method.clone(), request.url)
            .header(ACCEPT_ENCODING, "gzip");
        if let Some(key) = request.bearer {
            builder = builder.bearer_auth(key);
        }
        if let Some(content_type) = request.content_type {
            builder = builder.header(CONTENT_TYPE, content_type);
        }
        let builder = if request.compressed {
            let body = compress(request.body).map_err(|error| NoAnswer {
                progress: ExchangeProgress::NotSent,
                reason: error.to_string(),
            })?;
            builder.header(CONTENT_ENCODING, "gzip").body(body)
        } else {
            builder.body(request.body.to_owned())
        };
        let response = builder.send().await.map_err(|error| self.describe(&error))?;
        self.read(response).await
    }

    async fn read(&self, response: Response) -> Result<Answer, NoAnswer> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        match read_body(response, ANSWER_BYTES_MAX).await {
            Ok(bytes) => answer(status, &headers, bytes),
            Err(BodyError::TooLarge) => Err(unreadable(
                status,
                &format!("the answer has more than {ANSWER_BYTES_MAX} bytes"),
            )),
            Err(BodyError::Broken(error)) => Err(self.describe(&error)),
        }
    }

    /// What went wrong, without the URL, which may hold a token.
    fn describe(&self, error: &reqwest::Error) -> NoAnswer {
        if error.is_timeout() {
            return no_answer_within(self.request_timeout);
        }
        let (progress, kind) = if error.is_connect() {
            (ExchangeProgress::NotSent, "no connection")
        } else {
            (ExchangeProgress::Sent, "the exchange broke")
        };
        let reason = innermost(error).map_or_else(|| kind.to_owned(), |cause| format!("{kind}: {cause}"));
        NoAnswer { progress, reason }
    }
}

/// A request that was not answered in time.
pub(crate) fn no_answer_within(request_timeout: Duration) -> NoAnswer {
    NoAnswer {
        progress: ExchangeProgress::Sent,
        reason: format!("no answer within {}", humantime::format_duration(request_timeout)),
    }
}

fn unreadable(status: u16, why: &str) -> NoAnswer {
    NoAnswer {
        progress: ExchangeProgress::Answered,
        reason: format!("HTTP {status}: {why}"),
    }
}

fn answer(status: u16, headers: &HeaderMap, mut bytes: Vec<u8>) -> Result<Answer, NoAnswer> {
    let header = |name| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let compressed = header(CONTENT_ENCODING).eq_ignore_ascii_case("gzip");
    if compressed {
        bytes = decompress(&bytes)
            .map_err(|error| unreadable(status, &format!("the answer is not valid gzip: {error}")))?;
    }
    Ok(Answer {
        status,
        content_type: header(CONTENT_TYPE),
        location: header(LOCATION),
        compressed,
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        text: String::from_utf8_lossy(&bytes).into_owned(),
    })
}

fn compress(text: &str) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes())?;
    encoder.finish()
}

fn decompress(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let limit = u64::try_from(ANSWER_BYTES_MAX).unwrap_or(u64::MAX);
    GzDecoder::new(bytes).take(limit).read_to_end(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_compressed_is_decompressed() {
        let compressed = compress("{\"a\":1}").unwrap();
        assert_eq!(decompress(&compressed).unwrap(), b"{\"a\":1}");
        assert!(decompress(&compressed[..compressed.len() - 4]).is_err());
    }
}
