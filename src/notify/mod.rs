//! The channels on which the operator is notified: a Telegram chat, a webhook, e-mail.
//!
//! A failure has our own words only: what the other side answers could contain anything, and the URL of Telegram contains the
//! token (rule 11).

mod mail;
mod message;
mod telegram;
mod webhook;

use std::time::Duration;

use tokio::time::timeout;

use crate::config::notify::NotificationAccounts;
use crate::domain::notification::{NotificationChannel, NotificationClaim, SendFailure};
use crate::domain::time::Timestamp;
use mail::Mailer;
use message::Message;
use telegram::TelegramBot;
use webhook::Webhook;

/// How long sending one message may take, on any channel.
pub const SEND_TIMEOUT: Duration = Duration::from_secs(20);

/// A channel cannot be used as it is configured.
#[derive(Debug, thiserror::Error)]
#[error("notify.{channel}: {reason}")]
pub struct NotifierError {
    channel: NotificationChannel,
    reason: String,
}

/// The channels that are on.
#[derive(Clone, Default)]
pub struct Notifier {
    telegram: Option<TelegramBot>,
    webhook: Option<Webhook>,
    mail: Option<Mailer>,
}

impl Notifier {
    /// Nothing is called yet.
    ///
    /// # Errors
    /// A client cannot be made, such as without any root certificates on this machine.
    pub fn new(accounts: NotificationAccounts) -> Result<Self, NotifierError> {
        let failed = |channel| move |reason: String| NotifierError { channel, reason };
        let telegram = accounts.telegram.as_ref().map(TelegramBot::new).transpose();
        let webhook = accounts.webhook.map(Webhook::new).transpose();
        let mail = accounts.mail.map(Mailer::new).transpose();
        Ok(Self {
            telegram: telegram.map_err(failed(NotificationChannel::Telegram))?,
            webhook: webhook.map_err(failed(NotificationChannel::Webhook))?,
            mail: mail.map_err(failed(NotificationChannel::Mail))?,
        })
    }

    /// Sends what is to be reported at `now`.
    ///
    /// # Errors
    /// The channel did not take it, or not in time: then it may have taken it, or a part of it.
    pub async fn send(
        &self,
        channel: NotificationChannel,
        claims: &[NotificationClaim],
        now: Timestamp,
    ) -> Result<(), SendFailure> {
        let refused = self.deliver(channel, &Message::of(claims, now), now).await?;
        if refused > 0 {
            tracing::warn!(%channel, refused, "recipients were refused; the others have the message");
        }
        Ok(())
    }

    /// Sends a message that says that it is a test.
    ///
    /// # Errors
    /// As [`Notifier::send`], and when one of several recipients was refused.
    pub async fn send_test(&self, channel: NotificationChannel, now: Timestamp) -> Result<(), SendFailure> {
        match self.deliver(channel, &Message::test(now), now).await? {
            0 => Ok(()),
            refused => Err(SendFailure::new(format!("recipients that were refused: {refused}"))),
        }
    }

    /// Sends a message; returns how many of its recipients were refused.
    async fn deliver(
        &self,
        channel: NotificationChannel,
        message: &Message,
        now: Timestamp,
    ) -> Result<usize, SendFailure> {
        let off = || SendFailure::new("the channel is off");
        let sent = async {
            match channel {
                NotificationChannel::Telegram => self.telegram.as_ref().ok_or_else(off)?.send(message).await?,
                NotificationChannel::Webhook => self.webhook.as_ref().ok_or_else(off)?.send(message, now).await?,
                NotificationChannel::Mail => return self.mail.as_ref().ok_or_else(off)?.send(message, now).await,
            }
            Ok(0)
        };
        let ended = timeout(SEND_TIMEOUT, sent).await;
        ended.unwrap_or_else(|_| Err(SendFailure::new("timeout")))
    }
}
