//! Deliveries: each pushes one message to Onlinesim until it is settled (rule 7).

use std::time::Duration;

use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use super::operation::OperationId;
use super::phone::PhoneNumber;
use super::time::Timestamp;

/// A message's id; ids rise in order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub i64);

/// A final refusal by Onlinesim: the message is not pushed again, unless the admin asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum PushRefusal {
    /// `NO_OPERATION` or `NO_OP`: Onlinesim has no active operation for it.
    NoOperation,
    /// `BAD_SERVICE`: the sender is blocked (banks, payment systems). Does not count as an SMS for the watchdog.
    BadService,
}

/// Why the server stopped pushing a message; the text is the last failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParkReason {
    /// The operation is closed, and Onlinesim did not accept the message.
    OperationClosed(String),
    /// The message is older than `push.age_max`.
    TooOld(String),
    /// The operation is closed, and its number has another renter, who must not receive the message (rule 8).
    Reassigned,
}

/// The state of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum DeliveryState {
    /// To be pushed.
    Due,
    /// Accepted by Onlinesim; never pushed again.
    Delivered,
    /// Finally refused by Onlinesim.
    Refused,
    /// Given up by the server; the admin may have it pushed again.
    Parked,
}

impl DeliveryState {
    /// Whether the admin may have it pushed again: an accepted message is never pushed again (rule 7), and one that is due
    /// will be anyway.
    #[must_use]
    pub const fn can_be_requeued(self) -> bool {
        match self {
            Self::Due | Self::Delivered => false,
            Self::Refused | Self::Parked => true,
        }
    }
}

impl PushRefusal {
    /// Whether a message that was refused for this reason does not count as an SMS of its operation.
    #[must_use]
    pub const fn does_not_count(self) -> bool {
        matches!(self, Self::BadService)
    }
}

/// What Onlinesim's answer to a push means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushAnswer {
    /// HTTP 200 with status SUCCESS or none.
    Accepted,
    /// A final refusal.
    Refused(PushRefusal),
    /// An answer about this message, but neither acceptance nor a final refusal (`IGNORED`, `SERVICE_BAN`, 4xx): try again.
    /// The text is a short description without secrets.
    Declined(String),
    /// No answer about this message (5xx, a timeout, a broken connection): try again, in order. With a short description.
    Failed(String),
}

/// An attempt that has ended, and the delivery that is still due.
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

/// The result of an attempt.
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
        /// Not before that time.
        at: Timestamp,
        /// How often it was declined so far.
        declined: u32,
        /// Why this attempt failed.
        failure: String,
    },
}

/// A message that was declined this often no longer delays the others of its operation.
const DECLINED_MAX: u32 = 3;

/// Whether a message that was declined this often waits behind the others of its operation. When no other one is due, those
/// behind take turns: the one that waited longest is next.
#[must_use]
pub const fn steps_behind(declined: u32) -> bool {
    declined >= DECLINED_MAX
}

/// The settings of repetition (`push.*`).
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// The time between a failure and the next attempt: 10 s.
    pub retry_every: Duration,
    /// The age of a message at which it is given up.
    pub age_max: Duration,
}

impl RetryPolicy {
    /// Decides what an answer at `now` means for the delivery. `None`: nothing, because this attempt failed and a later one
    /// has begun. Acceptance and a final refusal count for whichever attempt they answer.
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

    /// A description for the operator.
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

    /// Onlinesim's final refusal, if that is the result.
    #[must_use]
    pub const fn refusal(&self) -> Option<PushRefusal> {
        match self {
            Self::Refused(refusal) => Some(*refusal),
            Self::Delivered | Self::Parked(_) | Self::Retry { .. } => None,
        }
    }

    /// Whether the message no longer counts as an SMS of its operation.
    #[must_use]
    pub fn does_not_count(&self) -> bool {
        self.refusal().is_some_and(PushRefusal::does_not_count)
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
