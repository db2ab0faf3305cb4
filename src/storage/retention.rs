//! How far the data was looked at that is blanked when its time is over.

use super::driver::Row;
use super::error::Error;
use super::{ReadTx, WriteTx, as_text, json};
use crate::domain::delivery::MessageId;
use crate::domain::operation::OperationId;
use crate::domain::retention::RetainedData;
use crate::domain::time::Timestamp;

/// How far one kind of data was looked at; 0: nothing was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionProgress {
    /// The last transfer of the ledger that was looked at.
    pub transfer: i64,
    /// The last message of its operation that was looked at; there may be more.
    pub message: MessageId,
    /// The last message that was looked at of those without a delivery.
    pub undelivered: MessageId,
}

/// How far that data was looked at.
pub async fn progress(tx: &mut ReadTx, data: RetainedData) -> Result<RetentionProgress, Error> {
    let sql = "SELECT transfer_id, message_id, undelivered_id FROM retention_progress WHERE data = $1";
    let row = tx.fetch_one("retention_progress", sql, [as_text(data).into()]).await?;
    Ok(RetentionProgress {
        transfer: row.get("transfer_id")?,
        message: row.get("message_id")?,
        undelivered: row.get("undelivered_id")?,
    })
}

/// Stores how far that data was looked at. Fails when it is not as far as `from`.
pub fn advance(tx: &mut WriteTx, data: RetainedData, from: RetentionProgress, to: RetentionProgress) {
    let sql = "UPDATE retention_progress SET transfer_id = $5, message_id = $6, undelivered_id = $7
               WHERE data = $1 AND transfer_id = $2 AND message_id = $3 AND undelivered_id = $4";
    let arguments = [
        as_text(data).into(),
        from.transfer.into(),
        from.message.0.into(),
        from.undelivered.0.into(),
        to.transfer.into(),
        to.message.0.into(),
        to.undelivered.0.into(),
    ];
    tx.queue("retention_progress", sql, usize::from(from != to), arguments);
}

/// A transfer of the ledger, which may have ended an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndingTransfer {
    /// Its id.
    pub id: i64,
    /// When it was stored.
    pub booked_at: Timestamp,
    /// Its operation, if that was closed with this transfer or before, and has messages.
    pub ended: Option<OperationId>,
}

/// Up to `limit` transfers from that one on, in the order of the commits.
pub async fn transfers_from(tx: &mut ReadTx, first: i64, limit: u32) -> Result<Vec<EndingTransfer>, Error> {
    let sql = "SELECT l.id, l.booked_at,
                      CASE WHEN l.kind IN ('post', 'void')
                           THEN (SELECT o.id FROM operations AS o
                                 WHERE o.id = l.operation_id AND o.closed_at IS NOT NULL
                                   AND EXISTS (SELECT 1 FROM messages AS m WHERE m.operation_id = o.id)) END AS ended
               FROM ledger AS l WHERE l.id >= $1 ORDER BY l.id LIMIT $2";
    let rows = tx.fetch("ledger", sql, [first.into(), limit.into()]).await?;
    let transfer = |row: &Row| {
        Ok(EndingTransfer {
            id: row.get("id")?,
            booked_at: row.get("booked_at")?,
            ended: row.get("ended")?,
        })
    };
    rows.iter().map(transfer).collect()
}

/// Has those of the messages looked at again that are still to be pushed.
pub fn postpone(tx: &mut WriteTx, data: RetainedData, messages: &[MessageId]) {
    let sql = "INSERT INTO retention_postponed (message_id, data)
               SELECT d.message_id, $2 FROM json_each($1) AS k CROSS JOIN deliveries AS d
               WHERE d.message_id = CAST(k.atom AS BIGINT) AND d.state = 'due' ON CONFLICT DO NOTHING";
    tx.queue_any("retention_postponed", sql, [ids(messages), as_text(data).into()]);
}

/// Up to `limit` of the messages that were postponed and are pushed or given up now.
pub async fn postponed(tx: &mut ReadTx, data: RetainedData, limit: u32) -> Result<Vec<MessageId>, Error> {
    let sql = "SELECT p.message_id FROM retention_postponed AS p CROSS JOIN deliveries AS d
               WHERE d.message_id = p.message_id AND p.data = $1 AND d.state <> 'due' LIMIT $2";
    let arguments = [as_text(data).into(), limit.into()];
    let rows = tx.fetch("retention_postponed", sql, arguments).await?;
    rows.iter().map(|row| row.get("message_id")).collect()
}

/// Messages are no longer postponed.
pub fn resume(tx: &mut WriteTx, data: RetainedData, messages: &[MessageId]) {
    let sql = "DELETE FROM retention_postponed
               WHERE message_id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1)) AND data = $2";
    tx.queue_any("retention_postponed", sql, [ids(messages), as_text(data).into()]);
}

fn ids(messages: &[MessageId]) -> super::driver::Argument {
    json(&messages.iter().map(|message| message.0).collect::<Vec<_>>()).into()
}
