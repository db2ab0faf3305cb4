//! How long texts, senders and results of attempts are kept, and how they are erased at once.

use std::time::Duration;

use strum::{IntoStaticStr, VariantArray};

use super::delivery::DeliveryState;
use super::phone::PhoneNumber;
use super::sms::Recipient;
use super::time::Timestamp;

/// The time between two looks at what is to be blanked or deleted.
const LOOK_INTERVAL: Duration = Duration::from_hours(1);
/// The same when something is kept for less than [`LOOK_INTERVAL`].
const SHORT_LOOK_INTERVAL: Duration = Duration::from_mins(1);

/// Data that is blanked while the row that it belongs to is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum RetainedData {
    /// The texts of messages.
    Texts,
    /// The senders of messages.
    Senders,
    /// What became of the last attempt to push a message, for people.
    Attempts,
}

/// How long data is kept (`retention.*`).
#[derive(Debug, Clone, Copy)]
pub struct RetentionPolicy {
    /// Messages, since they arrived.
    pub messages: Duration,
    /// Texts, since the operation was closed; those of no operation since they arrived.
    pub texts: Duration,
    /// Senders, as [`Self::texts`].
    pub senders: Duration,
    /// Results of attempts since the operation was closed, and suppliers' reports since they came.
    pub attempts: Duration,
}

impl RetentionPolicy {
    /// How long that is kept.
    #[must_use]
    pub const fn kept(&self, data: RetainedData) -> Duration {
        match data {
            RetainedData::Texts => self.texts,
            RetainedData::Senders => self.senders,
            RetainedData::Attempts => self.attempts,
        }
    }

    /// How long until it is looked again whether something is over.
    #[must_use]
    pub fn look_interval(&self) -> Duration {
        let all = [self.messages, self.texts, self.senders, self.attempts];
        match all.iter().any(|kept| *kept < LOOK_INTERVAL) {
            true => SHORT_LOOK_INTERVAL,
            false => LOOK_INTERVAL,
        }
    }
}

/// Whether data whose time began at `since` was kept for so long. A time further in the future than that shows that the clock
/// was set back; the data is not kept until then.
#[must_use]
pub fn is_over(since: Timestamp, now: Timestamp, kept: Duration) -> bool {
    now.since(since) >= kept || since.since(now) > kept
}

/// A text or a sender as it is stored. No `Debug`: it may hold a text (rule 11).
#[derive(Clone, PartialEq, Eq)]
pub enum StoredText {
    /// As it came.
    Kept(String),
    /// It was blanked at that time.
    Blanked(Timestamp),
}

impl StoredText {
    /// The text, if it is kept.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Kept(text) => Some(text),
            Self::Blanked(_) => None,
        }
    }

    /// When it was blanked.
    #[must_use]
    pub const fn blanked_at(&self) -> Option<Timestamp> {
        match self {
            Self::Kept(_) => None,
            Self::Blanked(at) => Some(*at),
        }
    }
}

/// Whether a message may lose its text and its sender at once: nobody is to receive it any more.
#[must_use]
pub fn may_be_erased(delivery: Option<DeliveryState>, is_operation_open: bool) -> bool {
    delivery != Some(DeliveryState::Due) && !is_operation_open
}

/// Whose messages are erased. No `Debug`: it holds a whole number or a sender (rule 11).
#[derive(Clone, PartialEq, Eq)]
pub enum ErasureScope {
    /// Those that this number received.
    Recipient(Recipient),
    /// Those of this sender.
    Sender(String),
}

impl ErasureScope {
    /// The ways in which the number or the sender may be stored. A sender that is a phone number is stored as its gateway
    /// writes it: with a plus, with two zeros, or without.
    #[must_use]
    pub fn spellings(&self) -> Vec<String> {
        match self {
            Self::Recipient(recipient) => vec![recipient.digits().to_owned()],
            Self::Sender(sender) => {
                let number = sender.parse::<PhoneNumber>().ok().map(PhoneNumber::digits);
                let forms = number.map(|digits| [format!("+{digits}"), format!("00{digits}"), digits]);
                let mut all = vec![sender.clone()];
                all.extend(forms.into_iter().flatten().filter(|form| form != sender));
                all
            }
        }
    }
}

/// What an erasure did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ErasureReport {
    /// Messages that lost their text and their sender.
    pub erased: usize,
    /// Messages, and SMS that wait for parts, that are still in use.
    pub kept: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);
    const NOW: Timestamp = Timestamp::from_ms(1_000_000_000_000);

    fn policy(texts: Duration) -> RetentionPolicy {
        RetentionPolicy {
            messages: 90 * DAY,
            texts,
            senders: 30 * DAY,
            attempts: 31 * DAY,
        }
    }

    #[test]
    fn a_time_below_an_hour_is_looked_at_every_minute() {
        assert_eq!(policy(7 * DAY).look_interval(), LOOK_INTERVAL);
        assert_eq!(policy(LOOK_INTERVAL).look_interval(), LOOK_INTERVAL);
        for short in [59, 1] {
            assert_eq!(policy(Duration::from_mins(short)).look_interval(), SHORT_LOOK_INTERVAL);
        }
        let kept = RetainedData::VARIANTS.iter().map(|data| policy(DAY).kept(*data));
        assert_eq!(kept.collect::<Vec<_>>(), [DAY, 30 * DAY, 31 * DAY]);
    }

    #[test]
    fn what_was_kept_long_enough_is_over() {
        for (since, over) in [
            (NOW.minus(7 * DAY), true),
            (NOW.minus(6 * DAY), false),
            (NOW, false),
            (NOW + 7 * DAY, false),
            (NOW + 8 * DAY, true),
        ] {
            assert_eq!(is_over(since, NOW, 7 * DAY), over, "{since:?}");
        }
    }

    #[test]
    fn only_what_nobody_waits_for_is_erased() {
        use DeliveryState::{Delivered, Due, Parked, Refused};
        for state in [None, Some(Delivered), Some(Refused), Some(Parked)] {
            assert!(may_be_erased(state, false));
            assert!(!may_be_erased(state, true));
        }
        assert!(!may_be_erased(Some(Due), false));
    }

    #[test]
    fn a_sender_that_is_a_number_is_found_however_it_is_written() {
        let spellings = |sender: &str| ErasureScope::Sender(sender.to_owned()).spellings();
        assert_eq!(spellings("VK"), ["VK"]);
        for given in ["+46701234567", "46701234567"] {
            let mut all = spellings(given);
            assert_eq!(all[0], given);
            all.sort();
            assert_eq!(all, ["+46701234567", "0046701234567", "46701234567"]);
        }
        let recipient = Recipient::parse("+46 70 123").unwrap();
        assert_eq!(ErasureScope::Recipient(recipient).spellings(), ["4670123"]);
    }
}
