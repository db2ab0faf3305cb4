//! Sends real requests and prints them with their answers, readable for a person.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

use super::super::{Failure, print};
use super::{ADMIN_TOKEN, KEY};

/// An answer that was printed.
#[derive(Debug)]
pub(super) struct Answer {
    /// The HTTP status.
    pub(super) status: u16,
    /// The body; `null` when it is empty.
    pub(super) body: Value,
}

/// A client of both doors that talks about what it does.
pub(super) struct Transcript {
    client: reqwest::Client,
    partner: SocketAddr,
    admin: SocketAddr,
}

impl Transcript {
    pub(super) fn new(partner: SocketAddr, admin: SocketAddr) -> Result<Self, String> {
        #[expect(clippy::disallowed_methods, reason = "the demo plays Onlinesim and the partner")]
        let builder = reqwest::Client::builder();
        let client = builder
            .timeout(Duration::from_secs(10))
            .no_proxy()
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { client, partner, admin })
    }

    /// Onlinesim asks.
    pub(super) async fn onlinesim(&self, path: &str, body: &Value) -> Result<Answer, Failure> {
        let url = format!("http://{}{path}", self.partner);
        let request = self
            .client
            .post(&url)
            .bearer_auth(KEY)
            .header(CONTENT_TYPE, "application/json");
        self.exchange(
            "Onlinesim",
            &Method::POST,
            &url,
            request.body(body.to_string()),
            &body.to_string(),
        )
        .await
    }

    /// The partner asks.
    pub(super) async fn partner(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: &str,
    ) -> Result<Answer, Failure> {
        let url = format!("http://{}{path}", self.admin);
        let request = self.client.request(method.clone(), &url).bearer_auth(ADMIN_TOKEN);
        let request = if body.is_empty() {
            request
        } else {
            request.header(CONTENT_TYPE, content_type)
        };
        self.exchange("partner", &method, &url, request.body(body.to_owned()), body)
            .await
    }

    /// The partner looks, and nothing is printed: for waiting.
    pub(super) async fn look(&self, path: &str) -> Result<Value, Failure> {
        let request = self
            .client
            .get(format!("http://{}{path}", self.admin))
            .bearer_auth(ADMIN_TOKEN);
        let response = request
            .send()
            .await
            .map_err(|error| Failure::failed(error.to_string()))?;
        let text = response
            .text()
            .await
            .map_err(|error| Failure::failed(error.to_string()))?;
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// A gateway hands something over.
    pub(super) async fn gateway(&self, path: &str, body: &Value) -> Result<Answer, Failure> {
        let url = format!("http://{}{path}", self.partner);
        let request = self
            .client
            .post(&url)
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string());
        self.exchange("gateway", &Method::POST, &url, request, &body.to_string())
            .await
    }

    async fn exchange(
        &self,
        who: &str,
        method: &Method,
        url: &str,
        request: reqwest::RequestBuilder,
        body: &str,
    ) -> Result<Answer, Failure> {
        print(&format!("  {who} -> {method} {url}\n{}", indented(body)))?;
        let response = request
            .send()
            .await
            .map_err(|error| Failure::failed(format!("{url}: {error}")))?;
        let status = response.status().as_u16();
        let text = response
            .text()
            .await
            .map_err(|error| Failure::failed(format!("{url}: {error}")))?;
        print(&format!("  server -> HTTP {status}\n{}", indented(&text)))?;
        Ok(Answer {
            status,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
        })
    }

    /// What to type next.
    pub(super) fn farewell(&self, onlinesim: &str) -> String {
        let Self { partner, admin, .. } = self;
        format!(
            r#"
The server was started again on the same file, with the guard interval of 20 minutes, and stays up until Ctrl-C.
(The pretend Onlinesim listens on {onlinesim} and accepts every push.) Go on with curl:

  # Onlinesim: what can be rented?
  curl -s http://{partner}/getServicesRent -H 'Authorization: Bearer {KEY}' -H 'Content-Type: application/json' \
    -d '{{"action":"GET_SERVICES","key":"{KEY}"}}'
  # Onlinesim: rent a Swedish number
  curl -s http://{partner}/getNumberRent -H 'Authorization: Bearer {KEY}' -H 'Content-Type: application/json' \
    -d '{{"action":"GET_NUMBER","key":"{KEY}","service":"rent","sum":320,"country":"sweden"}}'
  # Onlinesim: the rental with activationId 3 was sold for 320 roubles
  curl -s http://{partner}/finishActivationRent -H 'Authorization: Bearer {KEY}' -H 'Content-Type: application/json' \
    -d '{{"action":"FINISH_ACTIVATION","key":"{KEY}","activationId":3,"status":3,"service":"rent","sum":320}}'
  # The partner: open rentals, the messages, the money
  curl -s 'http://{admin}/v1/operations?state=open' -H 'Authorization: Bearer {ADMIN_TOKEN}'
  curl -s http://{admin}/v1/messages -H 'Authorization: Bearer {ADMIN_TOKEN}'
  curl -s http://{admin}/v1/balance -H 'Authorization: Bearer {ADMIN_TOKEN}'
"#
        )
    }
}

/// The lines that are shown of a long body.
const LINES_MAX: usize = 4;
/// The characters that are shown of a long line.
const CHARACTERS_MAX: usize = 400;

/// A body under its request; of a long one the beginning.
pub(super) fn indented(body: &str) -> String {
    let count = body.lines().count();
    let mut text = String::new();
    for line in body.lines().take(LINES_MAX) {
        let cut: String = line.chars().take(CHARACTERS_MAX).collect();
        let more = if cut.len() < line.len() { " ..." } else { "" };
        text.push_str(&format!("    {cut}{more}\n"));
    }
    if count > LINES_MAX {
        text.push_str(&format!("    ... ({count} lines)\n"));
    }
    text
}
