//! What the database refuses of notifications.

use super::store::Store;

pub async fn wrong_notifications_are_refused(store: Store) {
    let notification = |values: &str| {
        format!("INSERT INTO notifications (trouble_id, channel, state, due_at, attempts) VALUES ({values})")
    };
    let channel = |values: &str| {
        format!("INSERT INTO notification_channels (channel, failures, paused_until, reason) VALUES ({values})")
    };
    let reported = "INSERT INTO troubles (kind, began_at, count, detail) VALUES ('disk_low', 1, 1, '')";
    store.sql(reported).await.unwrap();
    store.sql(&notification("1, 'telegram', 'began', 1, 0")).await.unwrap();
    for statement in [
        notification("1, 'pager', 'began', 1, 0"),
        notification("1, 'mail', 'ended', 1, 0"),
        notification("1, 'mail', 'lasts', 1, 0"),
        notification("1, 'telegram', 'began', 1, 0"),
        channel("'pager', 1, 1, ''"),
        channel("'mail', 0, 1, ''"),
        channel("'mail', 1, 1, NULL"),
    ] {
        assert!(store.sql(&statement).await.is_err(), "{statement}");
    }
}
