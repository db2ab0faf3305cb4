//! Telegram's Bot API: one message for all troubles (<https://core.telegram.org/bots/api#sendmessage>).

use std::time::Duration;

use reqwest::{Client, StatusCode, Url};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use super::SEND_TIMEOUT;
use super::message::Message;
use crate::config::notify::TelegramAccount;
use crate::domain::notification::SendFailure;
use crate::http_client::{self, describe, read_body};

/// The most characters of a message.
const CHARACTERS_MAX: usize = 4096;
/// An answer has the message that was sent.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// A bot and the chat that it writes to. Not `Debug`: the URL contains the token.
#[derive(Clone)]
pub(super) struct TelegramBot {
    client: Client,
    url: Url,
    chat: String,
}

#[derive(Serialize)]
struct SendMessage<'a> {
    chat_id: &'a str,
    text: &'a str,
    /// No previews of addresses that stand in a detail.
    disable_web_page_preview: bool,
}

#[derive(Deserialize)]
struct BotAnswer {
    ok: bool,
    parameters: Option<ResponseParameters>,
}

#[derive(Deserialize)]
struct ResponseParameters {
    /// Seconds.
    retry_after: Option<u64>,
}

impl TelegramBot {
    pub(super) fn new(account: &TelegramAccount) -> Result<Self, String> {
        let url = format!("{}/bot{}/sendMessage", account.url, account.token.expose_secret());
        Ok(Self {
            client: http_client::builder(SEND_TIMEOUT)
                .build()
                .map_err(|error| describe(&error))?,
            url: Url::parse(&url).map_err(|_| "the URL of the Bot API is not one".to_owned())?,
            chat: account.chat.clone(),
        })
    }

    pub(super) async fn send(&self, message: &Message) -> Result<(), SendFailure> {
        let text: String = message.text().chars().take(CHARACTERS_MAX).collect();
        let body = SendMessage {
            chat_id: &self.chat,
            text: &text,
            disable_web_page_preview: true,
        };
        let no_answer = |error: &reqwest::Error| SendFailure::new(describe(error));
        let request = self.client.post(self.url.clone()).json(&body);
        let response = request.send().await.map_err(|error| no_answer(&error))?;
        let status = response.status();
        let body = read_body(response, ANSWER_BYTES_MAX).await.unwrap_or_default();
        let answer: Option<BotAnswer> = serde_json::from_slice(&body).ok();
        if status.is_success() && answer.as_ref().is_some_and(|answer| answer.ok) {
            return Ok(());
        }
        let asked = answer.and_then(|answer| answer.parameters?.retry_after);
        Err(SendFailure {
            reason: reason(status),
            retry_after: asked.map(Duration::from_secs),
        })
    }
}

/// What a status of the Bot API means.
fn reason(status: StatusCode) -> String {
    let meaning = match status.as_u16() {
        200..300 => "the answer is not that of the Bot API",
        400 => "is notify.telegram.chat right?",
        401 | 404 => "notify.telegram.token is wrong",
        403 => "the bot may not write to the chat: write to it first, or add it to the group",
        429 => "too many messages",
        _ => "the Bot API does not work",
    };
    format!("HTTP {}: {meaning}", status.as_u16())
}
