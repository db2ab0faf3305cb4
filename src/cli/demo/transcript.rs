//! Sends requests and prints them with their answers.

use std::net::SocketAddr;

use reqwest::Method;
use serde_json::Value;

use super::{ADMIN_TOKEN, KEY};
use crate::cli::{CommandError, print};
use crate::rehearsal::client::{Answer, Client, Request};

/// A client of all APIs that prints what it sends and receives.
pub(super) struct Transcript {
    client: Client,
    partner: SocketAddr,
    admin: SocketAddr,
}

impl Transcript {
    pub(super) fn new(partner: SocketAddr, admin: SocketAddr) -> Result<Self, String> {
        let client = Client::new()?;
        Ok(Self { client, partner, admin })
    }

    /// A request of Onlinesim.
    pub(super) async fn onlinesim(&self, path: &str, body: &Value) -> Result<Answer, CommandError> {
        let url = format!("http://{}{path}", self.partner);
        let body = body.to_string();
        let request = post_json(&url, Some(KEY), &body);
        self.exchange("Onlinesim", &request).await
    }

    /// A request of the partner.
    pub(super) async fn partner(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: &str,
    ) -> Result<Answer, CommandError> {
        let url = format!("http://{}{path}", self.admin);
        let request = Request {
            method,
            content_type: (!body.is_empty()).then_some(content_type),
            ..post_json(&url, Some(ADMIN_TOKEN), body)
        };
        self.exchange("partner", &request).await
    }

    /// The same without printing, for polling.
    pub(super) async fn poll(&self, path: &str) -> Result<Value, CommandError> {
        let url = format!("http://{}{path}", self.admin);
        let request = Request {
            method: Method::GET,
            content_type: None,
            ..post_json(&url, Some(ADMIN_TOKEN), "")
        };
        Ok(self.send(&request).await?.body)
    }

    /// A request of a gateway.
    pub(super) async fn gateway(&self, path: &str, body: &Value) -> Result<Answer, CommandError> {
        let url = format!("http://{}{path}", self.partner);
        let body = body.to_string();
        self.exchange("gateway", &post_json(&url, None, &body)).await
    }

    async fn exchange(&self, who: &str, request: &Request<'_>) -> Result<Answer, CommandError> {
        let Request { method, url, body, .. } = request;
        print(&format!("  {who} -> {method} {url}\n{}", indented(body)))?;
        let answer = self.send(request).await?;
        print(&format!(
            "  server -> HTTP {}\n{}",
            answer.status,
            indented(&answer.text)
        ))?;
        Ok(answer)
    }

    async fn send(&self, request: &Request<'_>) -> Result<Answer, CommandError> {
        let (outcome, _) = self.client.send(request).await;
        outcome.map_err(|reason| CommandError::failed(format!("{}: {reason}", request.url)))
    }

    /// What to try next.
    pub(super) fn closing_help(&self, onlinesim: &str, gateway_path: &str) -> String {
        let Self { partner, admin, .. } = self;
        format!(
            r#"
The server was started again on the same file, with the guard interval of 20 minutes, and runs until Ctrl-C.
(The simulated Onlinesim listens on {onlinesim} and accepts every push.) In another terminal:

  KEY='Authorization: Bearer {KEY}'; ADMIN='Authorization: Bearer {ADMIN_TOKEN}'; JSON='Content-Type: application/json'
  # Onlinesim: how many numbers can be rented?
  curl -s http://{partner}/getServicesRent -H "$KEY" -H "$JSON" -d '{{"action":"GET_SERVICES","key":"{KEY}"}}'
  # Onlinesim: rent a Swedish number
  RENTED=$(curl -s http://{partner}/getNumberRent -H "$KEY" -H "$JSON" \
    -d '{{"action":"GET_NUMBER","key":"{KEY}","service":"rent","sum":320,"country":"sweden"}}'); echo "$RENTED"
  NUMBER=$(echo "$RENTED" | sed 's/.*"number":\([0-9]*\).*/\1/'); ID=$(echo "$RENTED" | sed 's/.*"activationId":\([0-9]*\).*/\1/')
  # The gateway: an SMS for that number (answered 200 when it is on the disk)
  curl -s -w '%{{http_code}}\n' http://{partner}{gateway_path} -H "$JSON" \
    -d '{{"id":"sms-2","from":"VK","to":"'$NUMBER'","text":"Code 4821"}}'
  # The partner: the rental with its history and its SMS
  curl -s http://{admin}/v1/operations/$ID -H "$ADMIN"
  # Onlinesim: the rental was sold for 320 roubles
  curl -s http://{partner}/finishActivationRent -H "$KEY" -H "$JSON" \
    -d '{{"action":"FINISH_ACTIVATION","key":"{KEY}","activationId":'$ID',"status":3,"service":"rent","sum":320}}'
  # The partner: open rentals, the messages, the money
  curl -s 'http://{admin}/v1/operations?state=open' -H "$ADMIN"
  curl -s http://{admin}/v1/messages -H "$ADMIN"
  curl -s http://{admin}/v1/balance -H "$ADMIN"

To run it with your own numbers: "Going live" in README.md.
"#
        )
    }
}

fn post_json<'a>(url: &'a str, bearer: Option<&'a str>, body: &'a str) -> Request<'a> {
    Request {
        method: Method::POST,
        url,
        bearer,
        content_type: Some("application/json"),
        compressed: false,
        body,
    }
}

/// The most lines of a body that are shown.
const LINES_MAX: usize = 4;
/// The most characters of a line that are shown.
const CHARACTERS_MAX: usize = 400;

/// A body, indented; only the beginning of a long one.
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
