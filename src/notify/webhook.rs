//! A URL of the operator's: one signed POST for each trouble.

use std::time::Duration;

use hmac::{Hmac, Mac as _};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Url};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

use super::SEND_TIMEOUT;
use super::message::{Message, TroubleEvent};
use crate::config::notify::WebhookAccount;
use crate::domain::notification::SendFailure;
use crate::domain::time::Timestamp;
use crate::http_client::{self, describe};

const TIMESTAMP: &str = "leaseline-timestamp";
const SIGNATURE: &str = "leaseline-signature";

/// A URL and the secret with which its requests are signed. Not `Debug`: the URL may contain a token.
#[derive(Clone)]
pub(super) struct Webhook {
    client: Client,
    url: Url,
    secret: SecretString,
}

impl Webhook {
    pub(super) fn new(account: WebhookAccount) -> Result<Self, String> {
        Ok(Self {
            client: http_client::builder(SEND_TIMEOUT)
                .build()
                .map_err(|error| describe(&error))?,
            url: Url::parse(&account.url).map_err(|_| "the URL is not one".to_owned())?,
            secret: account.secret,
        })
    }

    pub(super) async fn send(&self, message: &Message, now: Timestamp) -> Result<(), SendFailure> {
        for event in &message.events {
            self.post(event, now).await?;
        }
        Ok(())
    }

    async fn post(&self, event: &TroubleEvent, now: Timestamp) -> Result<(), SendFailure> {
        let body = serde_json::to_string(event).expect("texts and a number can always be written as JSON");
        let timestamp = now.as_ms().div_euclid(1000).to_string();
        let request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(SIGNATURE, self.signature(&timestamp, &body))
            .header(TIMESTAMP, timestamp)
            .body(body);
        let no_answer = |error: reqwest::Error| SendFailure::new(describe(&error));
        let response = request.send().await.map_err(no_answer)?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let asked = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        Err(SendFailure {
            reason: format!("HTTP {}", status.as_u16()),
            retry_after: asked.map(Duration::from_secs),
        })
    }

    /// HMAC-SHA256 of `timestamp.body`, in hexadecimal digits.
    fn signature(&self, timestamp: &str, body: &str) -> String {
        let key = self.secret.expose_secret().as_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("an HMAC takes a key of any length");
        mac.update(timestamp.as_bytes());
        mac.update(b".");
        mac.update(body.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }
}
