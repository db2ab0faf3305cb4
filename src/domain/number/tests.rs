use std::time::Duration;

use super::*;

fn number() -> Number {
    Number {
        number: "46701234567".parse().unwrap(),
        pool: PoolId(1),
        enabled: true,
        hold: None,
        strikes: 2,
        ban: None,
        rests_until: None,
        operation: OperationId::new(7),
    }
}

const POLICY: StrikePolicy = StrikePolicy {
    guard: Duration::from_secs(1200),
    strikes_max: 3,
    ban: Duration::from_secs(86_400),
    rest: Duration::from_secs(60),
};

#[test]
fn rule_9_the_third_strike_bans_and_a_lifted_ban_starts_at_zero() {
    let silent = RentalResult::Silent {
        lasted: Duration::from_secs(1200),
    };
    let banned = number().released(silent, &POLICY, Timestamp::from_ms(0));
    assert_eq!((banned.state(), banned.strikes), (NumberState::Banned, 3));
    let lifted = banned.unbanned().rested();
    assert_eq!((lifted.state(), lifted.strikes), (NumberState::Available, 0));
}

#[test]
fn rule_3_a_number_rests_after_each_rental_whatever_else_becomes_of_it() {
    let released = number().released(RentalResult::Received, &POLICY, Timestamp::from_ms(1000));
    assert_eq!(released.rests_until, Some(Timestamp::from_ms(61_000)));
    assert_eq!(released.state(), NumberState::Resting);
    assert!(!released.is_available());
    let ban = Ban {
        until: Timestamp::from_ms(500),
        reason: "noise".to_owned(),
    };
    let changed = released.clone().banned(ban).unbanned();
    assert_eq!(changed.state(), NumberState::Resting, "it does not come back early");
    assert_eq!(changed.rested().state(), NumberState::Available);
    let off = StrikePolicy {
        rest: Duration::ZERO,
        ..POLICY
    };
    let released = number().released(RentalResult::None, &off, Timestamp::from_ms(1000));
    assert_eq!((released.rests_until, released.state()), (None, NumberState::Available));
}

#[test]
fn the_admins_ban_waits_for_the_end_of_the_operation() {
    let ban = Ban {
        until: Timestamp::from_ms(500),
        reason: "noise".to_owned(),
    };
    let rented = number().banned(ban.clone());
    assert_eq!(rented.state(), NumberState::Rented);
    let released = rented.released(RentalResult::Received, &POLICY, Timestamp::from_ms(0));
    assert_eq!((released.state(), released.ban), (NumberState::Banned, Some(ban)));
}

#[test]
fn a_rented_number_becomes_disabled_when_its_operation_closes() {
    let rented = Number {
        enabled: false,
        ..number()
    };
    assert_eq!(rented.state(), NumberState::Rented);
    let released = rented.released(RentalResult::Received, &POLICY, Timestamp::from_ms(0));
    assert_eq!(released.state(), NumberState::Disabled);
    assert!(!released.is_available());
}

#[test]
fn of_two_bans_the_one_that_lasts_longer_stays() {
    let silent = RentalResult::Silent {
        lasted: Duration::from_secs(1200),
    };
    // Strikes ban until 86,400,000.
    for (until, reason) in [
        (86_399_999, "3 operations in a row without an SMS"),
        (86_400_000, "noise"),
        (86_400_001, "noise"),
    ] {
        let by_admin = Ban {
            until: Timestamp::from_ms(until),
            reason: "noise".to_owned(),
        };
        let ban = number()
            .banned(by_admin)
            .released(silent, &POLICY, Timestamp::from_ms(0))
            .ban
            .unwrap();
        assert_eq!(ban.reason, reason, "{until}");
        assert_eq!(ban.until, Timestamp::from_ms(until.max(86_400_000)));
    }
}

#[test]
fn every_state_has_its_name_and_only_one_of_them_is_available() {
    for (word, state) in [
        ("available", NumberState::Available),
        ("rented", NumberState::Rented),
        ("resting", NumberState::Resting),
        ("banned", NumberState::Banned),
        ("disabled", NumberState::Disabled),
        ("given_back", NumberState::GivenBack),
    ] {
        assert_eq!((<&str>::from(state), word.parse()), (word, Ok(state)));
    }
    assert!(Number::new(number().number, PoolId(1)).is_available() && !number().is_available());
}

const HOLDS: [(&str, Hold); 4] = [
    ("unproven", Hold::Unproven),
    ("refused", Hold::Refused),
    ("giving_back", Hold::GivingBack),
    ("given_back", Hold::GivenBack),
];

#[test]
fn rule_15_a_held_number_is_not_available_whatever_else_is_true_of_it() {
    for (word, hold) in HOLDS {
        assert_eq!((<&str>::from(hold), word.parse()), (word, Ok(hold)));
        let held = Number::new(number().number, PoolId(1)).held(hold);
        let expected = match hold {
            Hold::GivenBack => NumberState::GivenBack,
            _ => NumberState::Disabled,
        };
        let ban = Ban {
            until: Timestamp::from_ms(500),
            reason: "noise".to_owned(),
        };
        for held in [
            held.clone(),
            Number {
                enabled: true,
                ..held.clone()
            },
            held.clone().banned(ban),
            held.clone().unbanned().rested(),
        ] {
            assert_eq!((held.state(), held.is_available()), (expected, false), "{word}");
        }
        assert!(!held.enabled && held.clone().without_hold(true).is_available());
        assert_eq!(held.without_hold(false).state(), NumberState::Disabled);
    }
}

#[test]
fn rule_16_a_rented_number_that_is_to_be_given_back_stays_rented_and_is_not_issued_again() {
    let rented = number().held(Hold::GivingBack);
    assert_eq!(rented.state(), NumberState::Rented);
    let released = rented.released(RentalResult::Received, &POLICY, Timestamp::from_ms(0));
    assert_eq!(
        (released.state(), released.hold),
        (NumberState::Disabled, Some(Hold::GivingBack))
    );
    assert!(!released.rested().is_available());
}
