//! `[notify]`: where the operator is notified of troubles. Each channel has a section of its own, which is off unless it is
//! written.

pub mod mail;

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use self::mail::{MailAccount, MailConfig};
use super::checks::{self, CheckResult, InvalidOption};
use super::{ConfigError, duration, secret, section};
use crate::domain::notification::ChannelSwitches;

/// A shorter secret can be guessed.
const SECRET_CHARACTERS_MIN: usize = 16;
/// The shortest time after which a trouble that lasts is reported again.
const REPEAT_MIN: Duration = Duration::from_mins(1);

/// When the operator is notified, and where.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NotifyConfig {
    /// How long pushes have to fail before that is reported.
    #[serde(with = "duration")]
    pub after: Duration,
    /// After how long a trouble that lasts is reported again.
    #[serde(with = "duration")]
    pub repeat: Duration,
    /// A Telegram chat.
    pub telegram: TelegramConfig,
    /// A URL of the operator's.
    pub webhook: WebhookConfig,
    /// E-mail.
    pub mail: MailConfig,
}

/// `[notify.telegram]`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TelegramConfig {
    /// The Bot API.
    pub url: String,
    /// The token of the bot.
    #[serde(default, serialize_with = "secret::optional")]
    pub token: Option<SecretString>,
    /// The chat's number or the channel's @name.
    pub chat: Option<String>,
}

/// `[notify.webhook]`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// What is called.
    pub url: Option<String>,
    /// Signs the requests.
    #[serde(default, serialize_with = "secret::optional")]
    pub secret: Option<SecretString>,
}

/// The channels that are on.
#[derive(Debug, Clone)]
pub struct NotificationAccounts {
    /// A Telegram chat.
    pub telegram: Option<TelegramAccount>,
    /// A URL of the operator's.
    pub webhook: Option<WebhookAccount>,
    /// E-mail.
    pub mail: Option<MailAccount>,
}

/// A chat that a bot writes to.
#[derive(Debug, Clone)]
pub struct TelegramAccount {
    /// The Bot API, without a slash at the end.
    pub url: String,
    /// The token of the bot.
    pub token: SecretString,
    /// The chat's number or the channel's @name.
    pub chat: String,
}

/// A URL, and how its requests are signed.
#[derive(Debug, Clone)]
pub struct WebhookAccount {
    /// What is called.
    pub url: String,
    /// The key of the HMAC.
    pub secret: SecretString,
}

impl NotifyConfig {
    /// Which channels are on.
    #[must_use]
    pub fn channels(&self) -> ChannelSwitches {
        ChannelSwitches {
            telegram: !section::is_off("notify.telegram", &self.telegram),
            webhook: !section::is_off("notify.webhook", &self.webhook),
            mail: !section::is_off("notify.mail", &self.mail),
        }
    }

    /// The accounts of the channels that are on.
    ///
    /// # Errors
    /// Half a section, which [`super::Config::load`] refuses.
    pub fn accounts(&self) -> Result<NotificationAccounts, ConfigError> {
        Ok(self.checked()?)
    }

    pub(super) fn check(&self) -> CheckResult {
        checks::duration("notify.after", self.after)?;
        if self.repeat < REPEAT_MIN {
            let repeat = duration::text(self.repeat);
            return Err(InvalidOption::new(
                "notify.repeat",
                format!("is {repeat}: set at least 1m"),
            ));
        }
        checks::duration("notify.repeat", self.repeat)?;
        self.checked().map(drop)
    }

    fn checked(&self) -> Result<NotificationAccounts, InvalidOption> {
        Ok(NotificationAccounts {
            telegram: self.telegram.checked()?,
            webhook: self.webhook.checked()?,
            mail: self.mail.checked()?,
        })
    }
}

impl TelegramConfig {
    fn checked(&self) -> Result<Option<TelegramAccount>, InvalidOption> {
        if section::is_off("notify.telegram", self) {
            return Ok(None);
        }
        checks::path_base("notify.telegram.url", &self.url)?;
        if !section::stays_private(&self.url) {
            let message = "is not https, so the token could be read on its way: set one that begins with https://";
            return Err(InvalidOption::new("notify.telegram.url", message));
        }
        let token = section::required("notify.telegram", "token", &self.token)?;
        checks::header_secret("notify.telegram.token", &token)?;
        if !is_bot_token(token.expose_secret()) {
            let message = "is not the token of a bot: set what BotFather gave you, digits, a colon and letters";
            return Err(InvalidOption::new("notify.telegram.token", message));
        }
        let chat = section::required("notify.telegram", "chat", &self.chat)?;
        if !is_chat(&chat) {
            let message = format!("is \"{chat}\": set a number such as \"-1001234567890\", or the @name of a channel");
            return Err(InvalidOption::new("notify.telegram.chat", message));
        }
        let url = self.url.trim_end_matches('/').to_owned();
        Ok(Some(TelegramAccount { url, token, chat }))
    }
}

/// Only characters that a URL can hold as they are: the token is a part of it.
fn is_bot_token(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let is_number = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once(':')
        .is_some_and(|(id, key)| is_number(id) && !key.is_empty() && key.bytes().all(is_plain))
}

fn is_chat(text: &str) -> bool {
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    text.parse::<i64>().is_ok()
        || text
            .strip_prefix('@')
            .is_some_and(|name| !name.is_empty() && is_name(name))
}

impl WebhookConfig {
    fn checked(&self) -> Result<Option<WebhookAccount>, InvalidOption> {
        if section::is_off("notify.webhook", self) {
            return Ok(None);
        }
        let url = section::required("notify.webhook", "url", &self.url)?;
        checks::base_url("notify.webhook.url", &url)?;
        let secret = section::required("notify.webhook", "secret", &self.secret)?;
        checks::header_secret("notify.webhook.secret", &secret)?;
        checks::secret_length("notify.webhook.secret", &secret, SECRET_CHARACTERS_MIN)?;
        Ok(Some(WebhookAccount { url, secret }))
    }
}
