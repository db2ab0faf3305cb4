//! Calls the admin API of the server that runs with this configuration.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::CommandError;
use crate::config::Config;
use crate::http_client::{self, BodyError, describe, reachable, read_body};

/// What a request takes besides the calls of wholesalers that it waits for.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// A list at a wholesaler may have so many pages.
const SUPPLIER_CALLS: u32 = 4;
/// The largest page of any list is well below it.
const ANSWER_BYTES_MAX: usize = 64 << 20;
/// The most items of a page.
const PAGE_ITEMS: &str = "1000";

/// Query parameters.
pub(super) type Query<'a> = Vec<(&'a str, String)>;

/// A client for the admin API.
pub(super) struct AdminClient {
    http: Client,
    base: String,
    token: SecretString,
}

/// Why a request was not carried out, or may not have been.
#[derive(Debug, thiserror::Error)]
pub(super) enum AdminClientError {
    /// The server refused, for this reason.
    #[error("{0}")]
    Refused(String),
    /// There was no usable answer, or the server failed: the request may have been carried out.
    #[error("{0}")]
    NoAnswer(String),
}

impl From<AdminClientError> for CommandError {
    fn from(error: AdminClientError) -> Self {
        Self::failed(error.to_string())
    }
}

impl AdminClient {
    /// A client for the server of this configuration.
    pub(super) fn new(config: &Config) -> Result<Self, CommandError> {
        let address = reachable(config.admin.listen);
        if address.port() == 0 {
            return Err(CommandError::failed(
                "admin.listen has port 0, so the port of the server is unknown",
            ));
        }
        if config.admin.token.expose_secret().is_empty() {
            return Err(CommandError::failed(
                "admin.token is missing: set it as the running server has it",
            ));
        }
        let timeout = REQUEST_TIMEOUT + config.suppliers.timeout.saturating_mul(SUPPLIER_CALLS);
        let http = http_client::builder(timeout).no_proxy().build();
        Ok(Self {
            http: http.map_err(|error| CommandError::failed(format!("no HTTP client: {error}")))?,
            base: format!("http://{address}"),
            token: config.admin.token.clone(),
        })
    }

    /// Reads.
    pub(super) async fn get(&self, path: &str, query: &Query<'_>) -> Result<Value, AdminClientError> {
        self.send(self.request(Method::GET, path).query(query)).await
    }

    /// Changes something.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, AdminClientError> {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// All items of a list, page by page.
    pub(super) async fn list(&self, path: &str, query: &Query<'_>) -> Result<Vec<Value>, AdminClientError> {
        let mut all = Vec::new();
        let mut cursor = None;
        loop {
            let mut query = query.clone();
            query.push(("limit", PAGE_ITEMS.to_owned()));
            query.extend(cursor.map(|cursor| ("cursor", cursor)));
            let mut page = self.get(path, &query).await?;
            all.append(&mut items(&mut page));
            match page["next"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return Ok(all),
            }
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        request.bearer_auth(self.token.expose_secret())
    }

    async fn send(&self, request: RequestBuilder) -> Result<Value, AdminClientError> {
        let no_answer = |reason: String| AdminClientError::NoAnswer(format!("{}: {reason}", self.base));
        let response = request.send().await.map_err(|error| no_answer(describe(&error)))?;
        let status = response.status();
        let body = read_body(response, ANSWER_BYTES_MAX)
            .await
            .map_err(|error| match error {
                BodyError::TooLarge => no_answer("the answer is too large".to_owned()),
                BodyError::Broken(error) => no_answer(describe(&error)),
            })?;
        let answer: Option<Value> = serde_json::from_slice(&body).ok();
        match (status.is_success(), answer) {
            (true, Some(answer)) => Ok(answer),
            (false, answer) => Err(refusal(status, answer.as_ref())),
            (true, None) => Err(no_answer("the answer is not JSON".to_owned())),
        }
    }
}

/// The items of a page.
pub(super) fn items(page: &mut Value) -> Vec<Value> {
    match page["items"].take() {
        Value::Array(items) => items,
        _ => Vec::new(),
    }
}

/// The server's sentence.
fn refusal(status: StatusCode, answer: Option<&Value>) -> AdminClientError {
    let detail = answer.and_then(|problem| problem["detail"].as_str());
    let sentence = match detail {
        Some(detail) => detail.to_owned(),
        None => format!("the server answered HTTP {}", status.as_u16()),
    };
    match status.is_server_error() {
        true => AdminClientError::NoAnswer(sentence),
        false => AdminClientError::Refused(sentence),
    }
}
