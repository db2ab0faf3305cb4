//! Notifications that are still to be sent, and the channels that fail.

use std::collections::BTreeMap;
use std::time::Duration;

use super::driver::Row;
use super::error::Error;
use super::troubles::listed;
use super::{ReadTx, WriteTx, as_text, json};
use crate::domain::notification::{
    ChannelHealth, FailingChannel, NotificationChannel, NotificationClaim, NotificationState,
};
use crate::domain::time::Timestamp;
use crate::domain::trouble::TroubleId;

/// Has it sent that the trouble began, on those of the channels that do not have the trouble yet.
pub fn plan(tx: &mut WriteTx, trouble: TroubleId, channels: &[NotificationChannel], now: Timestamp) {
    let names: Vec<&str> = channels.iter().map(|channel| as_text(*channel)).collect();
    let sql = "INSERT INTO notifications (trouble_id, channel, state, due_at)
               SELECT $1, atom, 'began', $3 FROM json_each($2) WHERE true
               ON CONFLICT (trouble_id, channel) DO NOTHING";
    let arguments = [trouble.0.into(), json(&names).into(), now.as_ms().into()];
    tx.queue_any("notifications", sql, arguments);
}

/// Has it sent that the trouble is over, where it may have been sent that it began; an attempt under way is not waited for.
pub fn end(tx: &mut WriteTx, trouble: TroubleId, now: Timestamp) {
    let sql = "DELETE FROM notifications WHERE trouble_id = $1 AND attempts = 0";
    tx.queue_any("notifications", sql, [trouble.0.into()]);
    let sql = "UPDATE notifications SET state = 'recovered', due_at = $2, leased_until = NULL WHERE trouble_id = $1";
    tx.queue_any("notifications", sql, [trouble.0.into(), now.as_ms().into()]);
}

/// The notifications of a channel that are due, up to its batch; what has failed comes after what was never tried. A lease
/// that ends later than `lease` from now shows that the clock was set back.
pub async fn due(
    tx: &mut ReadTx,
    channel: NotificationChannel,
    now: Timestamp,
    lease: Duration,
) -> Result<Vec<NotificationClaim>, Error> {
    let sql = "SELECT n.state, n.due_at, n.attempts,
                      t.id, t.kind, t.gateway_id, coalesce(g.deleted_name, g.name) AS gateway, t.country, t.supplier,
                      t.began_at, t.ended_at, t.count, t.detail
               FROM notifications AS n JOIN troubles AS t ON t.id = n.trouble_id
               LEFT JOIN gateways AS g ON g.id = t.gateway_id
               WHERE n.channel = $1 AND (n.state <> 'lasts' OR n.due_at <= $2)
                 AND (n.leased_until IS NULL OR n.leased_until <= $2 OR n.leased_until > $3)
               ORDER BY coalesce(n.leased_until, 0), n.due_at, n.trouble_id LIMIT $4";
    let arguments = [
        as_text(channel).into(),
        now.as_ms().into(),
        (now + lease).as_ms().into(),
        channel.batch_max().into(),
    ];
    let rows = tx.fetch("notifications", sql, arguments).await?;
    let claim = |row: &Row| {
        Ok(NotificationClaim {
            about: listed(row)?,
            state: row.get("state")?,
            due_at: row.get("due_at")?,
            attempt: row.get("attempts")?,
        })
    };
    rows.iter().map(claim).collect()
}

/// When the next notification of the channel is due; `None`: none waits.
pub async fn next_due(
    tx: &mut ReadTx,
    channel: NotificationChannel,
    now: Timestamp,
    lease: Duration,
) -> Result<Option<Timestamp>, Error> {
    let sql =
        "SELECT min(CASE WHEN leased_until <= $2 AND (state <> 'lasts' OR leased_until >= due_at) THEN leased_until
                               WHEN state = 'lasts' THEN due_at ELSE 0 END) AS next
               FROM notifications WHERE channel = $1";
    let arguments = [as_text(channel).into(), (now + lease).as_ms().into()];
    tx.fetch_one("notifications", sql, arguments).await?.get("next")
}

/// Counts one more attempt of each, which may be under way until that time. Fails when one of them is gone.
pub fn lease(tx: &mut WriteTx, channel: NotificationChannel, troubles: &[TroubleId], until: Timestamp) {
    let ids: Vec<i64> = troubles.iter().map(|trouble| trouble.0).collect();
    let sql = "UPDATE notifications SET leased_until = $3, attempts = attempts + 1
               WHERE channel = $1 AND trouble_id IN (SELECT CAST(atom AS BIGINT) FROM json_each($2))";
    let arguments = [as_text(channel).into(), json(&ids).into(), until.as_ms().into()];
    tx.queue("notifications", sql, ids.len(), arguments);
}

/// The attempt ended, and this is sent next; `None`: nothing. Does nothing when there was another attempt or another state since.
pub fn settle(
    tx: &mut WriteTx,
    channel: NotificationChannel,
    claim: &NotificationClaim,
    next: Option<(NotificationState, Timestamp)>,
) {
    let (trouble, attempt) = (claim.about.trouble.id.0, claim.attempt);
    let Some((state, due_at)) = next else {
        let sql = "DELETE FROM notifications WHERE trouble_id = $1 AND channel = $2 AND state = $3 AND attempts = $4";
        let arguments = [
            trouble.into(),
            as_text(channel).into(),
            as_text(claim.state).into(),
            attempt.into(),
        ];
        tx.queue_any("notifications", sql, arguments);
        return;
    };
    let sql = "UPDATE notifications SET state = $5, due_at = $6, leased_until = NULL
               WHERE trouble_id = $1 AND channel = $2 AND state = $3 AND attempts = $4";
    let arguments = [
        trouble.into(),
        as_text(channel).into(),
        as_text(claim.state).into(),
        attempt.into(),
        as_text(state).into(),
        due_at.as_ms().into(),
    ];
    tx.queue_any("notifications", sql, arguments);
}

/// The attempt failed, and the same is sent again. Does nothing when there was another attempt or another state since.
pub fn release(tx: &mut WriteTx, channel: NotificationChannel, claim: &NotificationClaim, now: Timestamp) {
    let sql = "UPDATE notifications SET leased_until = $5
               WHERE trouble_id = $1 AND channel = $2 AND state = $3 AND attempts = $4";
    let arguments = [
        claim.about.trouble.id.0.into(),
        as_text(channel).into(),
        as_text(claim.state).into(),
        claim.attempt.into(),
        now.as_ms().into(),
    ];
    tx.queue_any("notifications", sql, arguments);
}

/// Ends all leases: what the previous process was sending is due now. A channel that failed may have been repaired since; its
/// pause stays.
pub fn end_leases(tx: &mut WriteTx) {
    let sql = "UPDATE notification_channels SET failures = 1 WHERE failures > 1";
    tx.queue_any("notification_channels", sql, []);
    let sql = "UPDATE notifications SET leased_until = NULL WHERE leased_until IS NOT NULL";
    tx.queue_any("notifications", sql, []);
}

/// The channels whose last attempt failed.
pub async fn channels(tx: &mut ReadTx) -> Result<BTreeMap<NotificationChannel, ChannelHealth>, Error> {
    let sql = "SELECT channel, failures, paused_until, reason FROM notification_channels";
    let rows = tx.fetch("notification_channels", sql, []).await?;
    let health = |row: &Row| {
        let health = ChannelHealth {
            failures: row.get("failures")?,
            paused_until: row.get("paused_until")?,
            reason: row.get("reason")?,
        };
        Ok((row.get("channel")?, health))
    };
    rows.iter().map(health).collect()
}

/// The channels whose last attempts, at least so many, failed, and for how many notifications that matters now.
pub async fn failing(tx: &mut ReadTx, failures_min: u32, now: Timestamp) -> Result<Vec<FailingChannel>, Error> {
    let sql = "SELECT c.channel, c.reason, count(n.trouble_id) AS waiting
               FROM notification_channels AS c
               LEFT JOIN notifications AS n ON n.channel = c.channel AND (n.state <> 'lasts' OR n.due_at <= $2)
               WHERE c.failures >= $1
               GROUP BY c.channel ORDER BY c.channel";
    let rows = tx
        .fetch("notification_channels", sql, [failures_min.into(), now.as_ms().into()])
        .await?;
    let failing = |row: &Row| {
        Ok(FailingChannel {
            channel: row.get("channel")?,
            reason: row.get("reason")?,
            waiting: row.get("waiting")?,
        })
    };
    rows.iter().map(failing).collect()
}

/// Stores what the last attempt on the channel showed.
pub fn save_channel(tx: &mut WriteTx, channel: NotificationChannel, health: &ChannelHealth) {
    let (Some(until), Some(reason)) = (health.paused_until, &health.reason) else {
        let sql = "DELETE FROM notification_channels WHERE channel = $1";
        tx.queue_any("notification_channels", sql, [as_text(channel).into()]);
        return;
    };
    let sql = "INSERT INTO notification_channels (channel, failures, paused_until, reason) VALUES ($1, $2, $3, $4)
               ON CONFLICT (channel) DO UPDATE SET failures = excluded.failures, paused_until = excluded.paused_until,
                   reason = excluded.reason";
    let arguments = [
        as_text(channel).into(),
        health.failures.into(),
        until.as_ms().into(),
        reason.as_str().into(),
    ];
    tx.queue("notification_channels", sql, 1, arguments);
}
