//! HTTP to wholesalers: what is the same for all of them.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;

use crate::domain::purchase::outcome::{CallFailure, CallResult, Reaction};
use crate::http_client::{self, BodyError, describe, read_body};

/// More of an answer is not read; the pages that are asked for are well below it.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// Why no client could be made.
#[derive(Debug, thiserror::Error)]
pub enum SupplierClientError {
    /// The token cannot stand in a header.
    #[error("the token has characters that cannot stand in a header")]
    Token,
    /// The address is not one that calls can be made to.
    #[error("the URL is not one of http or https")]
    Url,
    /// TLS or the resolver could not be set up.
    #[error("no HTTP client: {0}")]
    Client(#[from] reqwest::Error),
}

/// How the caller shows who he is.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// `Authorization: Basic`.
    Basic {
        /// The user name.
        user: String,
        /// The password.
        password: SecretString,
    },
    /// A header with a secret in it: its name, what precedes the secret, the secret.
    Header(HeaderName, &'static str, SecretString),
    /// Fields of the body; the caller adds them.
    InBody,
}

impl Credentials {
    /// `Authorization: Bearer`.
    #[must_use]
    pub const fn bearer(token: SecretString) -> Self {
        Self::Header(AUTHORIZATION, "Bearer ", token)
    }
}

/// Calls one supplier.
#[derive(Debug, Clone)]
pub struct SupplierClient {
    client: Client,
    base: Url,
    basic: Option<(String, SecretString)>,
}

/// An answer below 500 that is not about the caller: what its status means is up to the supplier.
#[derive(Debug, Clone)]
pub struct SupplierAnswer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl SupplierClient {
    /// A client for the API at `base`. Follows no redirect: a token must not travel to where a redirect points.
    pub fn new(base: &str, credentials: Credentials, timeout: Duration) -> Result<Self, SupplierClientError> {
        let base: Url = base.parse().map_err(|_| SupplierClientError::Url)?;
        if base.cannot_be_a_base() || !matches!(base.scheme(), "http" | "https") {
            return Err(SupplierClientError::Url);
        }
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let basic = match credentials {
            Credentials::Basic { user, password } => Some((user, password)),
            Credentials::Header(name, scheme, secret) => {
                let value = format!("{scheme}{}", secret.expose_secret());
                let mut value = HeaderValue::from_str(&value).map_err(|_| SupplierClientError::Token)?;
                value.set_sensitive(true);
                headers.insert(name, value);
                None
            }
            Credentials::InBody => None,
        };
        let client = http_client::builder(timeout)
            .default_headers(headers)
            .gzip(true)
            .build()?;
        Ok(Self { client, base, basic })
    }

    /// A request to a path below the base, given by its segments, which are encoded.
    pub fn request(&self, method: Method, segments: &[&str]) -> RequestBuilder {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        self.request_to(method, url)
    }

    /// A request to the next page of a list. Refused when it is on another host: the token would travel there.
    pub fn next_page(&self, url: &str) -> CallResult<RequestBuilder> {
        match Url::parse(url) {
            Ok(url) if url.origin() == self.base.origin() => Ok(self.request_to(Method::GET, url)),
            _ => Err(CallFailure::NoAnswer(
                "the next page of the list is not at the supplier's address".to_owned(),
            )),
        }
    }

    fn request_to(&self, method: Method, url: Url) -> RequestBuilder {
        let request = self.client.request(method, url);
        match &self.basic {
            Some((user, password)) => request.basic_auth(user, Some(password.expose_secret())),
            None => request,
        }
    }

    /// Calls, and reads the answer to its end. 401 and 403 stop the supplier and 429 lets it rest; 5xx, 3xx and whatever
    /// breaks on the way is no answer.
    pub async fn call(&self, request: RequestBuilder) -> CallResult<SupplierAnswer> {
        let response = request
            .send()
            .await
            .map_err(|error| CallFailure::NoAnswer(describe(&error)))?;
        let status = response.status();
        let code = Some(status.as_u16().to_string());
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(CallFailure::refused(
                code,
                "the supplier does not accept the credentials",
                Reaction::PauseUntilResumed,
            )),
            StatusCode::TOO_MANY_REQUESTS => Err(CallFailure::refused(
                code,
                "too many calls for the supplier",
                Reaction::PauseForAWhile,
            )),
            _ if status.is_server_error() || status.is_redirection() || status.is_informational() => {
                Err(CallFailure::NoAnswer(format!("HTTP {}", status.as_u16())))
            }
            _ => {
                let headers = response.headers().clone();
                let body = read(response).await?;
                Ok(SupplierAnswer { status, headers, body })
            }
        }
    }
}

impl SupplierAnswer {
    /// The HTTP status as the code of a refusal.
    #[must_use]
    pub fn code(&self) -> Option<String> {
        Some(self.status.as_u16().to_string())
    }

    /// What is left when a status has no meaning that is known: no usable answer.
    #[must_use]
    pub fn unexpected(&self) -> CallFailure {
        CallFailure::NoAnswer(format!("HTTP {}", self.status.as_u16()))
    }

    /// The body as JSON; what is not of that form is no usable answer.
    pub fn json<T: DeserializeOwned>(&self) -> CallResult<T> {
        serde_json::from_slice(&self.body).map_err(|error| {
            // Its words may repeat what the supplier sent: only the place is shown.
            CallFailure::NoAnswer(format!(
                "HTTP {}: not the documented JSON (line {}, column {})",
                self.status.as_u16(),
                error.line(),
                error.column()
            ))
        })
    }
}

async fn read(response: Response) -> CallResult<Vec<u8>> {
    read_body(response, ANSWER_BYTES_MAX)
        .await
        .map_err(|error| match error {
            BodyError::TooLarge => CallFailure::NoAnswer("the answer is larger than 1 MiB".to_owned()),
            BodyError::Broken(error) => CallFailure::NoAnswer(describe(&error)),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_at_the_same_origin() {
        let timeout = Duration::from_secs(1);
        let client = SupplierClient::new("https://api.example.com/v2", Credentials::InBody, timeout).unwrap();
        assert!(client.next_page("https://api.example.com/v2/dids?offset=1").is_ok());
        for url in [
            "http://api.example.com/v2/dids?offset=1",
            "https://api.example.com:8443/v2/dids",
            "https://api.example.com.evil.example/v2",
            "//evil.example/v2",
            "/v2/dids?offset=1",
            "",
        ] {
            assert!(client.next_page(url).is_err(), "{url}");
        }
    }
}
