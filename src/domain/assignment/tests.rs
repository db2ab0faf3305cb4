//! Whose an SMS is (rule 8), and how many a rental is given (rule 12).

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
    owner_after(None, policy, sent_at, opened_at, now)
}

/// The same where the previous rental ended at that time.
fn owner_after(
    previous: Option<i64>,
    policy: AssignmentPolicy,
    sent_at: Option<i64>,
    opened_at: i64,
    now: i64,
) -> (Owner, Timestamp) {
    let own = OwnNumber {
        number: "46701".parse().unwrap(),
        gateway: GatewayId(1),
        open: OperationId::new(7).map(|id| OpenOperation {
            id,
            opened_at: at(opened_at),
            previous_closed_at: previous.map(at),
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
    Recipient::parse(digits).map_or(Destination::UnknownSlots(Vec::new()), Destination::Named)
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
        (Some(779), Err(UnassignedReason::SentBeforeRental)),
        (Some(-9_000), Err(UnassignedReason::SentBeforeRental)),
        // A clock that is ahead.
        (Some(9_000), seven()),
    ] {
        assert_eq!(owner(POLICY, sent_at, 900, 1000), (expected, at(1000)), "{sent_at:?}");
    }
}

#[test]
fn rule_8_what_was_sent_to_the_previous_renter_belongs_to_nobody() {
    let old = Err(UnassignedReason::SentBeforeRental);
    for (previous, sent_at, expected) in [
        // It rested for 60 s, which is less than the tolerance.
        (840, 839, old),
        (840, 840, old),
        (840, 841, seven()),
        // It did not rest.
        (900, 899, old),
        (900, 900, seven()),
        // The clock was set back between the two rentals.
        (5000, 899, old),
        (5000, 900, seven()),
        (700, 780, seven()),
        (700, 779, old),
    ] {
        let owner = owner_after(Some(previous), POLICY, Some(sent_at), 900, 1000);
        assert_eq!(owner, (expected, at(1000)), "{previous} {sent_at}");
    }
    assert_eq!(owner_after(Some(900), POLICY, None, 900, 1000), (seven(), at(1000)));
}

#[test]
fn rule_8_it_belongs_to_what_was_open_when_it_arrived() {
    assert_eq!(owner(POLICY, None, 1000, 1005), (seven(), at(1000)));
    assert_eq!(
        owner(POLICY, None, 1001, 1005),
        (Err(UnassignedReason::NotRented), at(1000))
    );
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
    assert_eq!(of(POLICY), Err(UnassignedReason::OtherGateway));
    let trusting = AssignmentPolicy {
        strict: false,
        ..POLICY
    };
    assert_eq!(of(trusting), Err(UnassignedReason::NotRented));
    for (digits, reason) in [
        ("46702", UnassignedReason::NotOurs),
        ("", UnassignedReason::UnknownLine),
    ] {
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
