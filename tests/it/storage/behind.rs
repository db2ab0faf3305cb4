//! Deliveries that were declined again and again stand behind the others of their operation.

use leaseline::domain::delivery::AttemptResult;
use leaseline::storage::deliveries;

use super::deliveries::{claim, declined, next_due, record, texts};
use super::store::{NOW, Store, after, seconds};

pub async fn rule_7_what_was_declined_three_times_takes_turns_behind_the_others(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await;
    for text in ["one", "two", "three"] {
        store.message(operation, text, NOW).await;
    }
    // Each of the first two keeps its place twice, then makes way for the next.
    for (text, first) in [("one", 0), ("two", 20)] {
        for times in 1..=3 {
            let now = after(seconds(first + 10 * u64::from(times - 1)));
            let claims = claim(&store, now, 10).await;
            assert_eq!(texts(&claims), [text], "{times}");
            record(&store, &claims[0], &declined(now + seconds(10), times), now).await;
        }
    }
    // At 40 s: "one" waits until 30 s, "two" until 50 s. "three" is due, and "four" comes.
    let now = after(seconds(40));
    let third = claim(&store, now, 10).await;
    assert_eq!(texts(&third), ["three"]);
    store.message(operation, "four", now).await;
    record(&store, &third[0], &AttemptResult::Delivered, now).await;
    let fourth = claim(&store, now, 10).await;
    assert_eq!(texts(&fourth), ["four"], "those in order go first");
    record(&store, &fourth[0], &AttemptResult::Delivered, now).await;
    // Nobody else is left: who waits longest is next.
    let one = claim(&store, now, 10).await;
    assert_eq!(texts(&one), ["one"]);
    // A message that comes while one of those behind is under way waits for its end, and no longer.
    store.message(operation, "five", now).await;
    assert_eq!(claim(&store, now, 10).await.len(), 0);
    record(&store, &one[0], &declined(now + seconds(10), 4), now).await;
    let fifth = claim(&store, now, 10).await;
    assert_eq!(texts(&fifth), ["five"]);
    record(&store, &fifth[0], &AttemptResult::Delivered, now).await;
    // "one" and "two" are both to be tried again at 50 s: the first that came goes first. Not before; and "six" passes.
    assert_eq!(next_due(&store).await, Some(after(seconds(50))));
    assert_eq!(claim(&store, after(seconds(49)), 10).await.len(), 0);
    store.message(operation, "six", after(seconds(49))).await;
    let now = after(seconds(50));
    for text in ["six", "one", "two"] {
        let claims = claim(&store, now, 10).await;
        assert_eq!(texts(&claims), [text]);
        record(&store, &claims[0], &AttemptResult::Delivered, now).await;
    }
    assert_eq!(next_due(&store).await, None);
}

pub async fn rule_7_a_clock_that_is_set_back_delays_no_message(store: Store) {
    let operation = Store::with_rental(&["46701"], &store).await;
    let ahead = after(seconds(100_000));
    for text in ["one", "two"] {
        store.message(operation, text, ahead).await;
        let claims = claim(&store, ahead, 10).await;
        record(&store, &claims[0], &declined(ahead + seconds(10), 3), ahead).await;
    }
    store.message(operation, "three", NOW).await;
    let mut tx = store.write().await;
    let mut session = store.database.read().await.unwrap();
    let (next, last) = deliveries::due_range(&mut session).await.unwrap().unwrap();
    assert_eq!((next, last), (NOW, ahead + seconds(10)), "it is noticed");
    deliveries::clamp_future(&mut tx, NOW, after(seconds(90)))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for text in ["three", "one", "two"] {
        let claims = claim(&store, NOW, 10).await;
        assert_eq!(texts(&claims), [text]);
        record(&store, &claims[0], &AttemptResult::Delivered, NOW).await;
    }
}
