use super::*;

const POLICY: RetryPolicy = RetryPolicy {
    retry_every: Duration::from_secs(10),
    age_max: Duration::from_secs(100),
};

const FIRST: Attempt = Attempt {
    received_at: Timestamp::from_ms(0),
    operation_closed: false,
    declined: 0,
    is_superseded: false,
};

const CLOSED: Attempt = Attempt {
    operation_closed: true,
    ..FIRST
};

fn after(answer: PushAnswer, attempt: Attempt, now_s: i64) -> AttemptResult {
    let next = POLICY.after(answer, attempt, Timestamp::from_ms(now_s * 1000));
    next.expect("it is the last attempt")
}

fn failed() -> PushAnswer {
    PushAnswer::Failed("HTTP 500".to_owned())
}

fn declined() -> PushAnswer {
    PushAnswer::Declined("IGNORED".to_owned())
}

#[test]
fn rule_7_a_failure_is_tried_again_after_ten_seconds() {
    for (answer, times, failure) in [(failed(), 0, "HTTP 500"), (declined(), 1, "IGNORED")] {
        let again = AttemptResult::Retry {
            at: Timestamp::from_ms(15_000),
            declined: times,
            failure: failure.to_owned(),
        };
        assert_eq!(after(answer.clone(), FIRST, 5), again);
        assert_eq!(after(answer.clone(), FIRST, 100).state(), DeliveryState::Parked);
        assert_eq!(after(answer, CLOSED, 5).state(), DeliveryState::Parked);
    }
}

#[test]
fn rule_7_what_was_declined_three_times_steps_behind_and_a_bad_line_counts_for_nothing() {
    let mut attempt = FIRST;
    let mut behind = Vec::new();
    for answer in [
        declined(),
        failed(),
        declined(),
        failed(),
        declined(),
        failed(),
        declined(),
    ] {
        let AttemptResult::Retry { declined, .. } = after(answer, attempt, 1) else {
            panic!("it is tried again");
        };
        attempt.declined = declined;
        behind.push(steps_behind(declined));
    }
    assert_eq!(behind, [false, false, false, false, true, true, true]);
    assert_eq!(attempt.declined, 4);
}

#[test]
fn rule_7_acceptance_and_refusal_are_final() {
    let superseded = Attempt {
        is_superseded: true,
        ..CLOSED
    };
    for attempt in [FIRST, CLOSED, superseded] {
        assert_eq!(after(PushAnswer::Accepted, attempt, 500), AttemptResult::Delivered);
        for refusal in [PushRefusal::NoOperation, PushRefusal::BadService] {
            let next = after(PushAnswer::Refused(refusal), attempt, 1);
            assert_eq!(next.state(), DeliveryState::Refused);
            assert_eq!(next.does_not_count(), refusal == PushRefusal::BadService);
        }
    }
}

#[test]
fn rule_7_the_failure_of_an_older_attempt_changes_nothing() {
    let superseded = Attempt {
        is_superseded: true,
        ..FIRST
    };
    for answer in [failed(), declined()] {
        assert_eq!(POLICY.after(answer, superseded, Timestamp::from_ms(500_000)), None);
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
        assert_eq!((<&str>::from(state), word.parse()), (word, Ok(state)));
        assert_eq!(state.can_be_requeued(), can_be_resumed, "{word}");
    }
}

#[test]
fn the_operator_reads_why() {
    for (next, reason) in [
        (after(PushAnswer::Accepted, FIRST, 1), None),
        (
            after(PushAnswer::Refused(PushRefusal::NoOperation), FIRST, 1),
            Some("NO_OPERATION"),
        ),
        (
            after(PushAnswer::Refused(PushRefusal::BadService), FIRST, 1),
            Some("BAD_SERVICE"),
        ),
        (after(failed(), CLOSED, 1), Some("operation closed; last: HTTP 500")),
        (after(failed(), FIRST, 100), Some("too old; last: HTTP 500")),
        (
            AttemptResult::Parked(ParkReason::Reassigned),
            Some("the operation is closed and its number has another renter"),
        ),
        (after(failed(), FIRST, 1), Some("HTTP 500")),
        (after(declined(), FIRST, 1), Some("IGNORED")),
    ] {
        assert_eq!(next.reason().as_deref(), reason, "{next:?}");
    }
}
