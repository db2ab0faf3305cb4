//! Which operation an incoming SMS belongs to (rule 8), and how many SMS an operation may receive (rule 12).

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
    /// The gateway reported a line that no number is assigned to.
    UnknownLine,
    /// The number that received it is not in the inventory.
    NotOurs,
    /// Its number belongs to another gateway than the one that sent it.
    OtherGateway,
    /// No operation was open on its number when it arrived.
    NotRented,
    /// It was sent before the open operation of its number was opened: so long before that clocks do not differ by that
    /// much, or before the previous operation of the number was closed.
    SentBeforeRental,
    /// The operation to which its first part belongs is closed.
    RentalOver,
    /// Its operation has received as many SMS as it may in an hour.
    TooMany,
}

/// The operation to which an SMS belongs, or why it belongs to none.
pub type Owner = Result<OperationId, UnassignedReason>;

/// A number of the inventory, as far as the assignment of an SMS needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnNumber {
    /// The number.
    pub number: PhoneNumber,
    /// The gateway that it belongs to.
    pub gateway: GatewayId,
    /// The operation that is open on it.
    pub open: Option<OpenOperation>,
}

/// The open operation of a number, as far as the assignment of an SMS needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenOperation {
    /// Its id.
    pub id: OperationId,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When the previous operation of the number was closed. `None`: there was none, or it does not matter, because no SMS
    /// was sent before this operation was opened.
    pub previous_closed_at: Option<Timestamp>,
    /// The SMS of its current hour; `None`: it has received none yet.
    pub hour: Option<SmsHour>,
}

impl OpenOperation {
    /// Whether an SMS that was sent at that time does not belong to this operation. Clocks differ, so a time shortly before
    /// the opening is accepted; unless the number had its previous renter then, whose code must not reach this one.
    fn is_after(&self, sent_at: Timestamp, clock_tolerance: Duration) -> bool {
        let is_of_previous = self.previous_closed_at.is_some_and(|closed_at| sent_at <= closed_at);
        sent_at < self.opened_at.minus(clock_tolerance) || sent_at < self.opened_at && is_of_previous
    }
}

/// An hour in which the SMS of an operation are counted. It begins with an SMS; the first SMS after it begins the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmsHour {
    /// When it began.
    pub began_at: Timestamp,
    /// How many SMS were received in it.
    pub count: u32,
}

/// Where an SMS came from, and when.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// The gateway that delivered it.
    pub gateway: GatewayId,
    /// When it was sent, if the gateway reports it.
    pub sent_at: Option<Timestamp>,
    /// When it arrived at the server.
    pub received_at: Timestamp,
}

/// The settings that decide which operation an SMS belongs to.
#[derive(Debug, Clone, Copy)]
pub struct AssignmentPolicy {
    /// A gateway delivers SMS for its own numbers only.
    pub strict: bool,
    /// How long before the opening an SMS may have been sent, if the previous operation was closed by then: clocks differ.
    pub clock_tolerance: Duration,
    /// The most SMS that an operation receives in an hour.
    pub sms_per_hour_max: u32,
}

impl AssignmentPolicy {
    /// The owner of an SMS to the number `to`, of which `own` is known, and the time at which the SMS counts as received. The
    /// limit per hour is checked by [`AssignmentPolicy::admit`].
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
            // The clock was set back after the opening: by the new clock, the time of the opening is unknown.
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

    /// The hour of an operation with one more SMS at `now`; `None`: it has received as many as it may.
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
