//! Notifications: which troubles are reported to the operator, where, when, and what follows from the answer.
//!
//! A trouble has one notification on each channel, whose state is what is sent next: that it began, that it lasts (again and
//! again), that it is over. What was never sent is not followed by its end.

mod text;

use std::time::Duration;

use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::time::Timestamp;
use super::trouble::{ListedTrouble, OpenTrouble, Trouble};

/// Where the operator is notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Display, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum NotificationChannel {
    /// A chat, by a bot.
    Telegram,
    /// A URL of the operator's.
    Webhook,
    /// E-mail.
    Mail,
}

impl NotificationChannel {
    /// How many troubles are sent at a time: a chat and a mail take them as one text, a webhook each by itself. Telegram takes
    /// 4,096 characters.
    #[must_use]
    pub const fn batch_max(self) -> u32 {
        match self {
            Self::Telegram => 8,
            Self::Mail => 10,
            Self::Webhook => 1,
        }
    }
}

/// What is reported about a trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum NotificationState {
    /// It began.
    Began,
    /// It has lasted for a while, and still does.
    Lasts,
    /// It is over.
    Recovered,
}

/// The channels that are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChannelSwitches {
    /// A chat.
    pub telegram: bool,
    /// A URL.
    pub webhook: bool,
    /// E-mail.
    pub mail: bool,
}

impl ChannelSwitches {
    /// Those that are on.
    pub fn on(self) -> impl Iterator<Item = NotificationChannel> {
        [
            (NotificationChannel::Telegram, self.telegram),
            (NotificationChannel::Webhook, self.webhook),
            (NotificationChannel::Mail, self.mail),
        ]
        .into_iter()
        .filter_map(|(channel, is_on)| is_on.then_some(channel))
    }
}

/// When the operator is notified, and where.
#[derive(Debug, Clone, Copy)]
pub struct NotificationPolicy {
    /// How long pushes have to fail before that is reported; other troubles are reported when they begin.
    pub after: Duration,
    /// After how long a trouble that lasts is reported again.
    pub repeat: Duration,
    /// Where.
    pub channels: ChannelSwitches,
}

impl NotificationPolicy {
    /// Whether a trouble that is observed now has lasted long enough to be reported.
    #[must_use]
    pub fn is_reported(&self, open: &OpenTrouble, now: Timestamp) -> bool {
        let after = match open.trouble {
            Trouble::PushesFailing => self.after,
            _ => Duration::ZERO,
        };
        self.channels.on().next().is_some() && now.since(open.began_at) >= after
    }

    /// What is sent after that state, and when; `None`: nothing more.
    #[must_use]
    pub fn after_sent(&self, state: NotificationState, now: Timestamp) -> Option<(NotificationState, Timestamp)> {
        match state {
            NotificationState::Began | NotificationState::Lasts => Some((NotificationState::Lasts, now + self.repeat)),
            NotificationState::Recovered => None,
        }
    }
}

/// A notification that is sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationClaim {
    /// The trouble.
    pub about: ListedTrouble,
    /// What is reported about it.
    pub state: NotificationState,
    /// Since when it was to be sent.
    pub due_at: Timestamp,
    /// Which attempt it is, counted over all states.
    pub attempt: u32,
}

/// How long it is tried to send a notification.
const AGE_MAX: Duration = Duration::from_hours(24);

impl NotificationClaim {
    /// Whether it is not sent again after an attempt that failed: the next repetition, if there is one, reports the same.
    #[must_use]
    pub fn is_given_up(&self, now: Timestamp) -> bool {
        now.since(self.due_at) >= AGE_MAX
    }
}

/// Why a channel did not take a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendFailure {
    /// For people: our own words, never those of the other side, and no secret (rule 11).
    pub reason: String,
    /// How long the other side wants to be left alone.
    pub retry_after: Option<Duration>,
}

impl SendFailure {
    /// One without a time to wait for.
    #[must_use]
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            retry_after: None,
        }
    }
}

/// The first pause after a failure; it doubles with each further one.
const PAUSE_FIRST: Duration = Duration::from_secs(10);
/// The longest pause that follows from failures.
const PAUSE_MAX: Duration = Duration::from_mins(10);
/// The longest pause that the other side may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);
/// After so many failures in a row it is a trouble of its own that a channel fails.
pub const FAILURES_MIN: u32 = 3;

/// What the last attempts on a channel showed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChannelHealth {
    /// Failures since the last success.
    pub failures: u32,
    /// Until when nothing is sent.
    pub paused_until: Option<Timestamp>,
    /// Why the last one failed, for people.
    pub reason: Option<String>,
}

impl ChannelHealth {
    /// When something may be sent. An end of the pause that lies too far ahead shows that the clock was set back.
    #[must_use]
    pub fn resumes_at(&self, now: Timestamp) -> Timestamp {
        self.paused_until
            .filter(|until| *until > now && *until <= now + RETRY_AFTER_MAX)
            .unwrap_or(now)
    }

    /// After one more failure.
    #[must_use]
    pub fn after_failure(&self, failure: &SendFailure, now: Timestamp) -> Self {
        let doubled = PAUSE_FIRST.saturating_mul(2_u32.saturating_pow(self.failures.min(16)));
        let asked = failure.retry_after.unwrap_or_default().min(RETRY_AFTER_MAX);
        Self {
            failures: self.failures.saturating_add(1),
            paused_until: Some(now + doubled.min(PAUSE_MAX).max(asked)),
            reason: Some(failure.reason.clone()),
        }
    }
}

/// A channel that does not take what waits for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailingChannel {
    /// Which one.
    pub channel: NotificationChannel,
    /// Why the last attempt failed, for people.
    pub reason: String,
    /// How many notifications wait.
    pub waiting: u64,
}

#[cfg(test)]
mod tests;
