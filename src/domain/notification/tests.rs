use super::*;
use crate::domain::stock::GatewayId;
use crate::domain::trouble::TroubleId;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_ms(seconds * 1000)
}

fn open(trouble: Trouble) -> OpenTrouble {
    OpenTrouble {
        id: TroubleId(1),
        trouble,
        began_at: at(0),
        count: 1,
        detail: "the detail".to_owned(),
    }
}

fn policy() -> NotificationPolicy {
    NotificationPolicy {
        after: Duration::from_secs(60),
        repeat: Duration::from_hours(6),
        channels: ChannelSwitches {
            webhook: true,
            ..ChannelSwitches::default()
        },
    }
}

fn claim(
    state: NotificationState,
    trouble: OpenTrouble,
    gateway: Option<&str>,
    ended_at: Option<Timestamp>,
) -> NotificationClaim {
    NotificationClaim {
        about: ListedTrouble {
            trouble,
            gateway: gateway.map(str::to_owned),
            ended_at,
        },
        state,
        due_at: at(0),
        attempt: 1,
    }
}

#[test]
fn failing_pushes_are_reported_after_a_minute_and_everything_else_at_once() {
    let policy = policy();
    assert!(!policy.is_reported(&open(Trouble::PushesFailing), at(59)));
    assert!(policy.is_reported(&open(Trouble::PushesFailing), at(60)));
    assert!(policy.is_reported(&open(Trouble::DiskLow), at(0)));
    let off = NotificationPolicy {
        channels: ChannelSwitches::default(),
        ..policy
    };
    assert!(!off.is_reported(&open(Trouble::DiskLow), at(0)), "there is no channel");
}

#[test]
fn what_lasts_is_repeated_and_what_is_over_is_not() {
    let policy = policy();
    let next = Some((NotificationState::Lasts, at(21_610)));
    assert_eq!(policy.after_sent(NotificationState::Began, at(10)), next);
    assert_eq!(policy.after_sent(NotificationState::Lasts, at(10)), next);
    assert_eq!(policy.after_sent(NotificationState::Recovered, at(10)), None);
}

#[test]
fn each_state_has_its_sentence_and_its_detail() {
    let offline = || OpenTrouble {
        count: 3,
        ..open(Trouble::GatewayOffline(GatewayId(7)))
    };
    let began = claim(NotificationState::Began, offline(), Some("46701234567"), None);
    assert_eq!(
        began.sentence(at(10)),
        "gateway_offline (gateway …567) began: the detail (count 3)"
    );
    assert_eq!(
        began.sentence(at(7_200)),
        "gateway_offline (gateway …567) began 2 h ago: the detail (count 3)"
    );
    assert_eq!(began.detail(), "gateway …567: the detail");
    let lasts = claim(NotificationState::Lasts, offline(), Some("bank1"), None);
    assert_eq!(
        lasts.sentence(at(21_600)),
        "gateway_offline (gateway bank1) lasts for 6 h: the detail (count 3)"
    );
    let over = claim(
        NotificationState::Recovered,
        open(Trouble::PushesFailing),
        None,
        Some(at(890)),
    );
    assert_eq!(over.sentence(at(10_000)), "pushes_failing recovered after 14 min");
    assert_eq!(over.detail(), "recovered after 14 min");
}

#[test]
fn a_channel_that_fails_is_left_alone_for_longer_and_longer() {
    let failure = SendFailure::new("HTTP 500");
    let mut health = ChannelHealth::default();
    let mut pauses = Vec::new();
    for _ in 0..8 {
        health = health.after_failure(&failure, at(0));
        pauses.push(health.resumes_at(at(0)).as_ms() / 1000);
    }
    assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 600, 600]);
    assert_eq!(health.failures, 8);
    assert_eq!(health.reason.as_deref(), Some("HTTP 500"));
}

#[test]
fn the_other_side_decides_about_the_pause_up_to_an_hour() {
    let asked = |seconds| SendFailure {
        retry_after: Some(Duration::from_secs(seconds)),
        ..SendFailure::new("HTTP 429")
    };
    let resumes = |seconds| {
        ChannelHealth::default()
            .after_failure(&asked(seconds), at(0))
            .resumes_at(at(0))
    };
    assert_eq!(resumes(30), at(30));
    assert_eq!(resumes(1), at(10), "not sooner than without");
    assert_eq!(resumes(1_000_000), at(3_600));
}

#[test]
fn a_clock_that_was_set_back_pauses_nothing_for_ever() {
    let health = ChannelHealth {
        paused_until: Some(at(10_000)),
        ..ChannelHealth::default()
    };
    assert_eq!(health.resumes_at(at(9_990)), at(10_000));
    assert_eq!(health.resumes_at(at(0)), at(0));
}

#[test]
fn a_notification_is_given_up_after_a_day() {
    let claim = claim(NotificationState::Began, open(Trouble::DiskLow), None, None);
    assert!(!claim.is_given_up(at(86_399)));
    assert!(claim.is_given_up(at(86_400)));
}
