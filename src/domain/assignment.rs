//! Which operation an incoming SMS belongs to (rule 8), and how many of them it is given (rule 12).

use std::time::Duration;

use super::operation::OperationId;
use super::phone::PhoneNumber;
use super::sms::Destination;
use super::stock::GatewayId;
use super::time::Timestamp;

/// Why an SMS belongs to no operation. It is stored and shown, and never pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unassigned {
    /// The gateway named a line that no number has.
    UnknownLine,
    /// What received it is not a number of ours.
    NotOurs,
    /// Its number belongs to another gateway than the one that sent it.
    OtherGateway,
    /// No operation was open on its number when it arrived.
    NotRented,
    /// It was sent before the operation was opened that is open on its number.
    SentBeforeRental,
    /// The operation to which its first part belongs is closed.
    RentalOver,
    /// Its operation has been given as many as it may be given in an hour.
    TooMany,
}

impl Unassigned {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::UnknownLine,
        Self::NotOurs,
        Self::OtherGateway,
        Self::NotRented,
        Self::SentBeforeRental,
        Self::RentalOver,
        Self::TooMany,
    ];

    /// The word in the database and on the admin's wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownLine => "unknown_line",
            Self::NotOurs => "not_ours",
            Self::OtherGateway => "other_gateway",
            Self::NotRented => "not_rented",
            Self::SentBeforeRental => "sent_before_rental",
            Self::RentalOver => "rental_over",
            Self::TooMany => "too_many",
        }
    }

    /// The reason with that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

/// The operation to which an SMS belongs, or why it belongs to none.
pub type Owner = Result<OperationId, Unassigned>;

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
    /// What it was given lately; `None`: nothing yet.
    pub hour: Option<SmsHour>,
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
    /// By how much the time of sending may lie before the opening: clocks differ.
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
            return refused(
                to.recipient
                    .as_ref()
                    .map_or(Unassigned::UnknownLine, |_| Unassigned::NotOurs),
            );
        };
        if self.strict && own.gateway != origin.gateway {
            return refused(Unassigned::OtherGateway);
        }
        let Some(open) = own.open else {
            return refused(Unassigned::NotRented);
        };
        if open.opened_at > now {
            // The clock was set back since: the rental has begun, and nobody knows when by the clock of today.
            return (Ok(open.id), open.opened_at);
        }
        if open.opened_at > origin.received_at {
            return refused(Unassigned::NotRented);
        }
        let begins = open.opened_at.minus(self.clock_tolerance);
        if origin.sent_at.is_some_and(|sent_at| sent_at < begins) {
            return refused(Unassigned::SentBeforeRental);
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
mod tests {
    use super::*;
    use crate::domain::sms::Recipient;

    const POLICY: AssignmentPolicy = AssignmentPolicy {
        strict: true,
        clock_tolerance: Duration::from_secs(120),
        sms_per_hour_max: 2,
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_ms(seconds * 1000)
    }

    /// An SMS of gateway 1 that arrives at 1000 s, for a number of gateway 1 that is rented since then.
    fn owner(policy: AssignmentPolicy, sent_at: Option<i64>, opened_at: i64, now: i64) -> (Owner, Timestamp) {
        let own = OwnNumber {
            number: "46701".parse().unwrap(),
            gateway: GatewayId(1),
            open: OperationId::new(7).map(|id| OpenOperation {
                id,
                opened_at: at(opened_at),
                hour: None,
            }),
        };
        let origin = Origin {
            gateway: GatewayId(1),
            sent_at: sent_at.map(at),
            received_at: at(1000),
        };
        policy.assign(&to("46701"), Some(&own), origin, at(now))
    }

    fn to(digits: &str) -> Destination {
        Destination {
            recipient: Recipient::parse(digits).ok(),
            line: None,
        }
    }

    fn seven() -> Owner {
        Ok(OperationId::new(7).unwrap())
    }

    #[test]
    fn rule_8_what_was_sent_before_the_rental_belongs_to_nobody() {
        for (sent_at, expected) in [
            (None, seven()),
            (Some(900), seven()),
            (Some(780), seven()),
            (Some(779), Err(Unassigned::SentBeforeRental)),
            (Some(-9_000), Err(Unassigned::SentBeforeRental)),
            // A clock that is ahead.
            (Some(9_000), seven()),
        ] {
            assert_eq!(owner(POLICY, sent_at, 900, 1000), (expected, at(1000)), "{sent_at:?}");
        }
    }

    #[test]
    fn rule_8_it_belongs_to_what_was_open_when_it_arrived() {
        assert_eq!(owner(POLICY, None, 1000, 1005), (seven(), at(1000)));
        assert_eq!(owner(POLICY, None, 1001, 1005), (Err(Unassigned::NotRented), at(1000)));
        // The clock was set back since it was opened: when, by the clock of today, cannot be known.
        assert_eq!(owner(POLICY, Some(1), 5000, 1005), (seven(), at(5000)));
    }

    #[test]
    fn rule_8_a_gateway_speaks_for_its_own_numbers_only() {
        let own = OwnNumber {
            number: "46701".parse().unwrap(),
            gateway: GatewayId(2),
            open: None,
        };
        let origin = Origin {
            gateway: GatewayId(1),
            sent_at: None,
            received_at: at(1000),
        };
        let of = |policy: AssignmentPolicy| policy.assign(&to("46701"), Some(&own), origin, at(1000)).0;
        assert_eq!(of(POLICY), Err(Unassigned::OtherGateway));
        let trusting = AssignmentPolicy {
            strict: false,
            ..POLICY
        };
        assert_eq!(of(trusting), Err(Unassigned::NotRented));
        for (digits, reason) in [("46702", Unassigned::NotOurs), ("", Unassigned::UnknownLine)] {
            assert_eq!(POLICY.assign(&to(digits), None, origin, at(1000)).0, Err(reason));
        }
    }

    #[test]
    fn rule_12_an_operation_is_given_so_many_in_an_hour() {
        let mut hour = None;
        for (now, expected) in [
            (0, Some((0, 1))),
            (3599, Some((0, 2))),
            (3599, None),
            (3600, Some((3600, 1))),
            (3600, Some((3600, 2))),
            (3601, None),
            // The clock was set back.
            (100, Some((100, 1))),
        ] {
            let next = POLICY.admit(hour, at(now));
            let expected = expected.map(|(began_at, count)| SmsHour {
                began_at: at(began_at),
                count,
            });
            assert_eq!(next, expected, "at {now}");
            hour = next.or(hour);
        }
    }

    #[test]
    fn every_reason_has_its_word() {
        for reason in Unassigned::ALL {
            assert_eq!(Unassigned::parse(reason.as_str()), Some(reason));
        }
        assert_eq!(Unassigned::parse("Too_many"), None);
    }
}
