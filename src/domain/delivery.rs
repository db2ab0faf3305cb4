//! The duty to push one message to Onlinesim, until it is settled (rule 7).

use std::time::Duration;

use super::time::Timestamp;

/// A message's id, given in order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub i64);

/// A final no of Onlinesim: the message is not sent again by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// `NO_OPERATION` or `NO_OP`: Onlinesim has no active operation for it.
    NoOperation,
    /// `BAD_SERVICE`: the sender is blocked (banks, payment systems). Does not count as an SMS for the watchdog.
    BadService,
}

/// Why we stopped trying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parking {
    /// The operation is closed, and Onlinesim does not take the message.
    OperationClosed,
    /// Tried for `push.age_max`.
    TooOld,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// The word in the database and on the admin's wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Delivered => "delivered",
            Self::Refused => "refused",
            Self::Parked => "parked",
        }
    }

    /// The state with that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let all = [Self::Due, Self::Delivered, Self::Refused, Self::Parked];
        all.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether the admin may have it pushed again: what was accepted never is (rule 7), what is due is about to be.
    #[must_use]
    pub const fn can_be_resumed(self) -> bool {
        match self {
            Self::Due | Self::Delivered => false,
            Self::Refused | Self::Parked => true,
        }
    }
}

impl Refusal {
    /// Onlinesim's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoOperation => "NO_OPERATION",
            Self::BadService => "BAD_SERVICE",
        }
    }
}

/// What Onlinesim's answer to a push means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushAnswer {
    /// HTTP 200 with status SUCCESS or none.
    Accepted,
    /// A final no.
    Refused(Refusal),
    /// Anything else, in a few words without secrets: try again.
    Failed(String),
}

/// What is known of a delivery when an attempt ends.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    /// When the message arrived.
    pub received_at: Timestamp,
    /// Whether its operation is closed by now.
    pub operation_closed: bool,
}

/// What follows from an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Settled: delivered.
    Delivered,
    /// Settled: refused.
    Refused(Refusal),
    /// Settled: given up, with the last failure.
    Parked(Parking, String),
    /// Due again at that moment, with the failure.
    Retry(Timestamp, String),
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
    /// Decides what an answer that came at `now` means for the delivery.
    #[must_use]
    pub fn after(&self, answer: PushAnswer, attempt: Attempt, now: Timestamp) -> Next {
        match answer {
            PushAnswer::Accepted => Next::Delivered,
            PushAnswer::Refused(refusal) => Next::Refused(refusal),
            PushAnswer::Failed(failure) if attempt.operation_closed => Next::Parked(Parking::OperationClosed, failure),
            PushAnswer::Failed(failure) if now.since(attempt.received_at) >= self.age_max => {
                Next::Parked(Parking::TooOld, failure)
            }
            PushAnswer::Failed(failure) => Next::Retry(now + self.retry_every, failure),
        }
    }
}

impl Next {
    /// The state in which it leaves the delivery.
    #[must_use]
    pub const fn state(&self) -> DeliveryState {
        match self {
            Self::Delivered => DeliveryState::Delivered,
            Self::Refused(_) => DeliveryState::Refused,
            Self::Parked(..) => DeliveryState::Parked,
            Self::Retry(..) => DeliveryState::Due,
        }
    }

    /// What the operator reads about it.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Delivered => None,
            Self::Refused(refusal) => Some(refusal.as_str().to_owned()),
            Self::Parked(Parking::OperationClosed, failure) => Some(format!("operation closed; last: {failure}")),
            Self::Parked(Parking::TooOld, failure) => Some(format!("too old; last: {failure}")),
            Self::Retry(_, failure) => Some(failure.clone()),
        }
    }

    /// Whether the message no longer counts as an SMS of its operation.
    #[must_use]
    pub const fn is_no_sms(&self) -> bool {
        matches!(self, Self::Refused(Refusal::BadService))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: RetryPolicy = RetryPolicy {
        retry_every: Duration::from_secs(10),
        age_max: Duration::from_secs(100),
    };

    fn after(answer: PushAnswer, operation_closed: bool, now_s: i64) -> Next {
        let attempt = Attempt {
            received_at: Timestamp::from_ms(0),
            operation_closed,
        };
        POLICY.after(answer, attempt, Timestamp::from_ms(now_s * 1000))
    }

    #[test]
    fn rule_7_a_failure_is_tried_again_after_ten_seconds() {
        let failed = || PushAnswer::Failed("HTTP 500".to_owned());
        assert_eq!(
            after(failed(), false, 5),
            Next::Retry(Timestamp::from_ms(15_000), "HTTP 500".to_owned())
        );
        assert_eq!(after(failed(), false, 100).state(), DeliveryState::Parked);
        assert_eq!(after(failed(), true, 5).state(), DeliveryState::Parked);
    }

    #[test]
    fn rule_7_acceptance_and_refusal_are_final() {
        assert_eq!(after(PushAnswer::Accepted, true, 500), Next::Delivered);
        for refusal in [Refusal::NoOperation, Refusal::BadService] {
            let next = after(PushAnswer::Refused(refusal), false, 1);
            assert_eq!(next.state(), DeliveryState::Refused);
            assert_eq!(next.is_no_sms(), refusal == Refusal::BadService);
        }
    }

    #[test]
    fn every_state_has_its_word_and_only_what_was_given_up_can_be_resumed() {
        for (word, state, can_be_resumed) in [
            ("due", DeliveryState::Due, false),
            ("delivered", DeliveryState::Delivered, false),
            ("refused", DeliveryState::Refused, true),
            ("parked", DeliveryState::Parked, true),
        ] {
            assert_eq!((state.as_str(), DeliveryState::parse(word)), (word, Some(state)));
            assert_eq!(state.can_be_resumed(), can_be_resumed, "{word}");
        }
        assert_eq!(DeliveryState::parse("Due"), None);
    }

    #[test]
    fn the_operator_reads_why() {
        let failed = || PushAnswer::Failed("HTTP 500".to_owned());
        for (next, reason) in [
            (after(PushAnswer::Accepted, false, 1), None),
            (
                after(PushAnswer::Refused(Refusal::NoOperation), false, 1),
                Some("NO_OPERATION"),
            ),
            (
                after(PushAnswer::Refused(Refusal::BadService), false, 1),
                Some("BAD_SERVICE"),
            ),
            (after(failed(), true, 1), Some("operation closed; last: HTTP 500")),
            (after(failed(), false, 100), Some("too old; last: HTTP 500")),
            (after(failed(), false, 1), Some("HTTP 500")),
        ] {
            assert_eq!(next.reason().as_deref(), reason, "{next:?}");
        }
    }
}
