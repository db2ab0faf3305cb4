//! The clock is set, forward and back, while everything is under way. Nobody's rental is ended for that, and no message
//! is stuck. Rules 5, 7 and 8.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use leaseline::domain::time::Timestamp;

use crate::crash::clients::Dice;
use crate::support::{MILLISECOND, Rented, Reply, TestServer, hours, minutes, seconds};

/// The guard interval and its grace.
const WAIT_MAX: Duration = minutes(21);

#[derive(Debug, Clone, Copy)]
enum Jump {
    Forward(Duration),
    Back(Duration),
}

use Jump::{Back, Forward};

fn set(server: &TestServer, jump: Jump) {
    let now = server.clock.now();
    let ms = |span: Duration| i64::try_from(span.as_millis()).unwrap();
    server.clock.set(Timestamp::from_ms(match jump {
        Forward(span) => now.as_ms() + ms(span),
        Back(span) => now.as_ms() - ms(span),
    }));
}

const JUMPS: [Jump; 8] = [
    Forward(seconds(6)),
    Forward(minutes(20)),
    Forward(hours(23)),
    Forward(hours(24 * 400)),
    Back(seconds(6)),
    Back(minutes(20)),
    Back(hours(23)),
    Back(hours(24 * 400)),
];

#[tokio::test]
async fn rule_5_a_clock_that_is_set_ends_no_rental() {
    for jump in JUMPS {
        let server = TestServer::build().await;
        let gateway = server.stocked(2).await;
        let [received, silent] = [server.rent().await, server.rent().await];
        server.tick().await;
        server.tick_after(minutes(10)).await;
        set(&server, jump);
        server.tick().await;
        assert_eq!(server.fate(received.id).await, "waiting", "{jump:?}");
        server.tick_after(WAIT_MAX - MILLISECOND).await;
        assert_eq!(
            server.fate(silent.id).await,
            "waiting",
            "{jump:?}: a whole guard interval"
        );
        // The SMS is the renter's, whatever the clock shows, and it is pushed.
        server.sms(&gateway, received.number, "code").await;
        server.tick().await;
        assert_eq!(server.fate(received.id).await, "receiving", "{jump:?}");
        assert_eq!(server.onlinesim.texts(), ["code"], "{jump:?}");
        // Nobody waits forever: at the latest when the clock is again where it was.
        let late = match jump {
            Forward(_) => Duration::ZERO,
            Back(span) => span,
        };
        server.tick_after(MILLISECOND + late).await;
        server.tick_after(WAIT_MAX).await;
        assert_eq!(server.fate(silent.id).await, "no_sms", "{jump:?}");
        assert_eq!(server.strikes(silent.number).await, 1, "{jump:?}");
        server.finish(received.id, 3, "320").await;
        assert_eq!(server.balance().await, "posted 320.00, voided 320.00", "{jump:?}");
        server.close().await;
    }
}

#[tokio::test]
async fn rule_7_a_clock_that_is_set_delays_no_message() {
    // Forward by less than a day: an SMS that is older than push.age_max is parked, and by the clock it is.
    let jumps = JUMPS
        .into_iter()
        .filter(|jump| !matches!(jump, Forward(span) if *span > hours(24)));
    for jump in jumps {
        let server = TestServer::build().await;
        let gateway = server.stocked(1).await;
        let rented = server.rent().await;
        server.onlinesim.answers([Reply::new(500, ""), Reply::Broken]);
        for text in ["one", "two"] {
            server.sms(&gateway, rented.number, text).await;
        }
        server.tick().await;
        set(&server, jump);
        server.tick().await;
        // Three attempts, and at the most once more the pause between two of them.
        for _ in 0..4 {
            server.tick_after(seconds(10)).await;
        }
        assert_eq!(server.onlinesim.texts(), ["one", "one", "one", "two"], "{jump:?}");
        server.tick_after(minutes(10)).await;
        assert_eq!(server.onlinesim.pushes().len(), 4, "{jump:?}: never after acceptance");
        server.finish(rented.id, 3, "320").await;
        server.close().await;
    }
}

#[tokio::test]
async fn rule_9_a_ban_ends_by_the_clock() {
    for (jump, over_after) in [
        (Forward(hours(23)), hours(1)),
        (Forward(hours(24)), Duration::ZERO),
        // It lasts as long as by the clock.
        (Back(hours(10)), hours(34)),
    ] {
        let server = TestServer::with(&[("RENT__STRIKES_MAX", "1")]).await;
        server.stocked(1).await;
        let rented = server.rent().await;
        server.tick_after(WAIT_MAX).await;
        assert_eq!(server.number_state(rented.number).await, "banned");
        set(&server, jump);
        server.tick().await;
        if !over_after.is_zero() {
            server.tick_after(over_after - MILLISECOND).await;
            assert_eq!(server.number_state(rented.number).await, "banned", "{jump:?}");
            server.tick_after(MILLISECOND).await;
        }
        assert_eq!(server.number_state(rented.number).await, "available", "{jump:?}");
        server.close().await;
    }
}

/// A clock that is wrong every minute, and a server that goes on renting.
async fn storm(seed: u64) {
    let mut dice = Dice::new(seed);
    let server = TestServer::build().await;
    let gateway = server.stocked(10).await;
    let mut held: Vec<Rented> = Vec::new();
    let mut finished = BTreeMap::new();
    let mut texts = BTreeSet::new();
    for step in 0..60 {
        let span = [seconds(6), minutes(1), minutes(25), hours(3)][usize::try_from(dice.roll(4)).unwrap()];
        set(&server, if dice.roll(2) == 0 { Forward(span) } else { Back(span) });
        server.tick_after(seconds(60)).await;
        match dice.roll(3) {
            0 if !held.is_empty() => {
                let place = usize::try_from(dice.roll(held.len() as u64)).unwrap();
                let rented = held.swap_remove(place);
                let status = if dice.roll(2) == 0 { 3 } else { 4 };
                server.finish(rented.id, status, "320").await;
                finished.insert(rented.id, if status == 3 { "sold" } else { "cancelled" });
            }
            1 if !held.is_empty() => {
                let place = usize::try_from(dice.roll(held.len() as u64)).unwrap();
                let text = format!("code {step}");
                if dice.roll(3) == 0 {
                    server.onlinesim.answers_to(&text, [Reply::new(500, "")]);
                }
                server.sms(&gateway, held[place].number, &text).await;
                texts.insert(text);
                // Pushed at once, and again after ten seconds where that failed.
                server.tick().await;
                server.tick_after(seconds(10)).await;
            }
            _ => held.extend(server.get_number().await),
        }
        for rented in &held {
            let fate = server.fate(rented.id).await;
            assert!(
                fate == "waiting" || fate == "receiving",
                "seed {seed}, step {step}: {fate}"
            );
        }
    }
    for (id, outcome) in finished {
        assert_eq!(server.fate(id).await, outcome, "seed {seed}");
    }
    let delivered: Vec<String> = server
        .messages("delivered")
        .await
        .iter()
        .map(|message| message["text"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(delivered.len(), texts.len(), "seed {seed}");
    assert_eq!(delivered.into_iter().collect::<BTreeSet<_>>(), texts, "seed {seed}");
    server.close().await;
}

#[tokio::test]
async fn rules_5_7_and_8_hold_under_a_clock_that_is_set_every_minute() {
    for seed in 1..=10 {
        storm(seed).await;
    }
}
