//! The duty to push one message to Onlinesim, until it is settled (rule 7).

use std::time::Duration;

use strum::{Display, EnumString, IntoStaticStr};

use super::operation::OperationId;
use super::phone::PhoneNumber;
use super::time::Timestamp;

/// A message's id, given in order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub i64);

/// A final no of Onlinesim: the message is not sent again by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum PushRefusal {
    /// `NO_OPERATION` or `NO_OP`: Onlinesim has no active operation for it.
    NoOperation,
    /// `BAD_SERVICE`: the sender is blocked (banks, payment systems). Does not count as an SMS for the watchdog.
    BadService,
}

/// Why we stopped trying; what was tried, with its last failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParkReason {
    /// The operation is closed, and Onlinesim does not take the message.
    OperationClosed(String),
    /// Tried for `push.age_max`.
    TooOld(String),
    /// The operation is closed, and its number has another renter: Onlinesim would take it for his (rule 8).
    Reassigned,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum DeliveryState {
    /// To be pushed.
    Due,
    /// Accepted by Onlinesim; never pushed again.
    Delivered,
    /// Finally refused by Onlinesim.
    Refused,
    /// Given up by us; the admin may send it again.
    Parked,
}

impl DeliveryState {
    /// Whether the admin may have it pushed again: what was accepted never is (rule 7), what is due is about to be.
    #[must_use]
    pub const fn can_be_requeued(self) -> bool {
        match self {
            Self::Due | Self::Delivered => false,
            Self::Refused | Self::Parked => true,
        }
    }
}

impl PushRefusal {
    /// Whether a message that was refused so does not count as an SMS of its operation.
    #[must_use]
    pub const fn is_no_sms(self) -> bool {
        matches!(self, Self::BadService)
    }
}

/// What Onlinesim's answer to a push means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushAnswer {
    /// HTTP 200 with status SUCCESS or none.
    Accepted,
    /// A final no.
    Refused(PushRefusal),
    /// An answer about this message, but neither acceptance nor a final no (`IGNORED`, `SERVICE_BAN`, 4xx), in a few
    /// words without secrets: try again.
    Declined(String),
    /// No answer about this message (5xx, a time-out, a broken connection), in a few words: try again, in order.
    Failed(String),
}

/// What is known of a delivery that is still due when an attempt ends.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    /// When the message arrived.
    pub received_at: Timestamp,
    /// Whether its operation is closed by now.
    pub operation_closed: bool,
    /// How often it was declined before.
    pub declined: u32,
    /// A later attempt has begun.
    pub is_superseded: bool,
}

/// What follows from an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptResult {
    /// Settled: delivered.
    Delivered,
    /// Settled: refused.
    Refused(PushRefusal),
    /// Settled: given up.
    Parked(ParkReason),
    /// To be pushed again.
    Retry {
        /// Not before that moment.
        at: Timestamp,
        /// How often it was declined so far.
        declined: u32,
        /// What became of this attempt.
        failure: String,
    },
}

/// A message that was declined so often no longer holds up the others of its operation.
const DECLINED_MAX: u32 = 3;

/// Whether a message that was declined so often stands behind the others of its operation. Those behind take turns: the
/// one that waited longest is next, once no other one is left to be pushed.
#[must_use]
pub const fn steps_behind(declined: u32) -> bool {
    declined >= DECLINED_MAX
}

/// The settings that decide about repetition (`push.*`).
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// The time between a failure and the next attempt: 10 s.
    pub retry_every: Duration,
    /// The age of a message at which we give up.
    pub age_max: Duration,
}

impl RetryPolicy {
    /// Decides what an answer that came at `now` means for the delivery. `None`: nothing, because a later attempt has
    /// begun, and this one only failed; acceptance and a final no count whichever attempt they answer.
    #[must_use]
    pub fn after(&self, answer: PushAnswer, attempt: Attempt, now: Timestamp) -> Option<AttemptResult> {
        let (failure, declined) = match answer {
            PushAnswer::Accepted => return Some(AttemptResult::Delivered),
            PushAnswer::Refused(refusal) => return Some(AttemptResult::Refused(refusal)),
            _ if attempt.is_superseded => return None,
            PushAnswer::Declined(failure) => (failure, attempt.declined.saturating_add(1)),
            PushAnswer::Failed(failure) => (failure, attempt.declined),
        };
        Some(if attempt.operation_closed {
            AttemptResult::Parked(ParkReason::OperationClosed(failure))
        } else if now.since(attempt.received_at) >= self.age_max {
            AttemptResult::Parked(ParkReason::TooOld(failure))
        } else {
            AttemptResult::Retry {
                at: now + self.retry_every,
                declined,
                failure,
            }
        })
    }
}

impl AttemptResult {
    /// The state in which it leaves the delivery.
    #[must_use]
    pub const fn state(&self) -> DeliveryState {
        match self {
            Self::Delivered => DeliveryState::Delivered,
            Self::Refused(_) => DeliveryState::Refused,
            Self::Parked(_) => DeliveryState::Parked,
            Self::Retry { .. } => DeliveryState::Due,
        }
    }

    /// What the operator reads about it.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Delivered => None,
            Self::Refused(refusal) => Some(refusal.to_string()),
            Self::Parked(ParkReason::OperationClosed(failure)) => Some(format!("operation closed; last: {failure}")),
            Self::Parked(ParkReason::TooOld(failure)) => Some(format!("too old; last: {failure}")),
            Self::Parked(ParkReason::Reassigned) => {
                Some("the operation is closed and its number has another renter".to_owned())
            }
            Self::Retry { failure, .. } => Some(failure.clone()),
        }
    }

    /// Onlinesim's final refusal, if that is what followed.
    #[must_use]
    pub const fn refusal(&self) -> Option<PushRefusal> {
        match self {
            Self::Refused(refusal) => Some(*refusal),
            Self::Delivered | Self::Parked(_) | Self::Retry { .. } => None,
        }
    }

    /// Whether the message no longer counts as an SMS of its operation.
    #[must_use]
    pub fn is_no_sms(&self) -> bool {
        self.refusal().is_some_and(PushRefusal::is_no_sms)
    }
}

/// A delivery that this process may push until its lease ends.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    /// The message.
    pub message: MessageId,
    /// Its operation.
    pub operation: OperationId,
    /// Which attempt this is, from 1.
    pub attempt: i64,
    /// When the message arrived.
    pub received_at: Timestamp,
    /// The number that received it.
    pub number: PhoneNumber,
    /// Who sent it.
    pub sender: String,
    /// Its text.
    pub text: String,
}

#[cfg(test)]
mod tests;
