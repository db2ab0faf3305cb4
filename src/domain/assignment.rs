//! Which operation an incoming SMS belongs to (rule 8), and how many of them it is given (rule 12).

use std::time::Duration;

use strum::{EnumString, IntoStaticStr, VariantArray, VariantNames};

use super::operation::OperationId;
use super::phone::PhoneNumber;
use super::sms::Destination;
use super::stock::GatewayId;
use super::time::Timestamp;

/// Why an SMS belongs to no operation. It is stored and shown, and never pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum UnassignedReason {
    /// The gateway named a line that no number has.
    UnknownLine,
    /// What received it is not a number of ours.
    NotOurs,
    /// Its number belongs to another gateway than the one that sent it.
    OtherGateway,
    /// No operation was open on its number when it arrived.
    NotRented,
    /// It was sent before the operation was opened that is open on its number: so long before that clocks cannot differ by
    /// that much, or before the previous operation of the number was closed.
    SentBeforeRental,
    /// The operation to which its first part belongs is closed.
    RentalOver,
    /// Its operation has been given as many as it may be given in an hour.
    TooMany,
}

/// The operation to which an SMS belongs, or why it belongs to none.
pub type Owner = Result<OperationId, UnassignedReason>;

/// A number of ours, as an SMS finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnNumber {
    /// The number.
    pub number: PhoneNumber,
    /// The gateway that it belongs to.
    pub gateway: GatewayId,
    /// The operation that is open on it.
    pub open: Option<OpenOperation>,
}

/// What an SMS has to know of the operation that is open on its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenOperation {
    /// Its id.
    pub id: OperationId,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When the previous operation of the number was closed. `None`: there was none, or nothing was sent before this one
    /// was opened, so that it does not matter.
    pub previous_closed_at: Option<Timestamp>,
    /// What it was given lately; `None`: nothing yet.
    pub hour: Option<SmsHour>,
}

impl OpenOperation {
    /// Whether an SMS that was sent then was sent before it. Clocks differ, so shortly before its opening does not count;
    /// unless the number was the previous renter's at that time: his code must not reach this one.
    fn is_after(&self, sent_at: Timestamp, clock_tolerance: Duration) -> bool {
        let is_of_previous = self.previous_closed_at.is_some_and(|closed_at| sent_at <= closed_at);
        sent_at < self.opened_at.minus(clock_tolerance) || sent_at < self.opened_at && is_of_previous
    }
}

/// The hour in which the SMS of an operation are counted. It begins with an SMS; the first one after it begins another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmsHour {
    /// When it began.
    pub began_at: Timestamp,
    /// How many came in it.
    pub count: u32,
}

/// Where an SMS came from, and when.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// The gateway that sent it to us.
    pub gateway: GatewayId,
    /// When it was sent to the number, if the gateway says so.
    pub sent_at: Option<Timestamp>,
    /// When it arrived here.
    pub received_at: Timestamp,
}

/// The settings that decide whose an SMS is.
#[derive(Debug, Clone, Copy)]
pub struct AssignmentPolicy {
    /// A gateway speaks for its own numbers only.
    pub strict: bool,
    /// By how much the time of sending may lie before the opening, where the previous operation was closed by then: clocks
    /// differ.
    pub clock_tolerance: Duration,
    /// The most SMS that an operation is given in an hour.
    pub sms_per_hour_max: u32,
}

impl AssignmentPolicy {
    /// Whose an SMS is that arrives at `to`, which is `own`; and the time as of which it arrived. How many its operation
    /// was given is not asked here: see [`AssignmentPolicy::admit`].
    pub fn assign(
        &self,
        to: &Destination,
        own: Option<&OwnNumber>,
        origin: Origin,
        now: Timestamp,
    ) -> (Owner, Timestamp) {
        let refused = |reason| (Err(reason), origin.received_at);
        let Some(own) = own else {
            return refused(match to {
                Destination::UnknownSlots(_) => UnassignedReason::UnknownLine,
                Destination::Named(_) | Destination::KnownSlot { .. } => UnassignedReason::NotOurs,
            });
        };
        if self.strict && own.gateway != origin.gateway {
            return refused(UnassignedReason::OtherGateway);
        }
        let Some(open) = own.open else {
            return refused(UnassignedReason::NotRented);
        };
        if open.opened_at > now {
            // The clock was set back since: the rental has begun, and nobody knows when by the clock of today.
            return (Ok(open.id), open.opened_at);
        }
        if open.opened_at > origin.received_at {
            return refused(UnassignedReason::NotRented);
        }
        let is_old = |sent_at| open.is_after(sent_at, self.clock_tolerance);
        if origin.sent_at.is_some_and(is_old) {
            return refused(UnassignedReason::SentBeforeRental);
        }
        (Ok(open.id), origin.received_at)
    }

    /// The hour of an operation with one SMS more at `now`; `None`: it was given as many as it may be given.
    #[must_use]
    pub fn admit(&self, hour: Option<SmsHour>, now: Timestamp) -> Option<SmsHour> {
        const HOUR: Duration = Duration::from_hours(1);
        // One that begins in the future: the clock was set back.
        let current = hour.filter(|hour| hour.began_at <= now && now.since(hour.began_at) < HOUR);
        let hour = current.unwrap_or(SmsHour {
            began_at: now,
            count: 0,
        });
        (hour.count < self.sms_per_hour_max).then(|| SmsHour {
            count: hour.count + 1,
            ..hour
        })
    }
}

#[cfg(test)]
mod tests;
