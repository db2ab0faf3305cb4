//! Messages lose their texts, their senders and the results of their attempts when the time of these is over.

use crate::domain::delivery::MessageId;
use crate::domain::operation::OperationId;
use crate::domain::retention::RetainedData;
use crate::domain::time::Timestamp;
use crate::storage::driver::{Row, Sql};
use crate::storage::error::Error;
use crate::storage::{ReadTx, WriteTx, json};

/// Up to `limit` messages of an operation after that one, in order of arrival.
pub async fn of_operation_after(
    tx: &mut ReadTx,
    operation: OperationId,
    after: MessageId,
    limit: u32,
) -> Result<Vec<MessageId>, Error> {
    let sql = "SELECT id FROM messages WHERE operation_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    let arguments = [operation.as_i64().into(), after.0.into(), limit.into()];
    let rows = tx.fetch("messages", sql, arguments).await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// A message without a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UndeliveredMessage {
    /// Its id.
    pub id: MessageId,
    /// When it arrived.
    pub received_at: Timestamp,
    /// It belongs to no operation; false: it is withheld from that of its own.
    pub is_unassigned: bool,
}

/// The statement that reads such messages; SQLite is given the index.
macro_rules! without_delivery {
    ($index:literal) => {
        concat!(
            "SELECT id, received_at, operation_id IS NULL AS is_unassigned FROM messages ",
            $index,
            " WHERE (operation_id IS NULL OR withheld = 1) AND id > $1 ORDER BY id LIMIT $2"
        )
    };
}

/// Up to `limit` messages without a delivery after that one, in order of arrival.
pub async fn without_delivery_after(
    tx: &mut ReadTx,
    after: MessageId,
    limit: u32,
) -> Result<Vec<UndeliveredMessage>, Error> {
    let sql = Sql {
        sqlite: without_delivery!("INDEXED BY messages_without_delivery"),
        postgres: without_delivery!(""),
    };
    let rows = tx.fetch("messages", sql, [after.0.into(), limit.into()]).await?;
    let one = |row: &Row| {
        Ok(UndeliveredMessage {
            id: row.get("id")?,
            received_at: row.get("received_at")?,
            is_unassigned: row.get("is_unassigned")?,
        })
    };
    rows.iter().map(one).collect()
}

/// Blanks that data of the messages, which belong to closed operations or to none. What is blanked already, and messages that
/// are still to be pushed, stay as they are.
pub fn blank(tx: &mut WriteTx, data: RetainedData, messages: &[MessageId], now: Timestamp) {
    let list = json(&messages.iter().map(|message| message.0).collect::<Vec<_>>());
    // The rows are found by their ids: a CASE keeps PostgreSQL from starting with another condition.
    match data {
        RetainedData::Texts => {
            let sql = "UPDATE messages SET text = '', text_blanked_at = $2
                       WHERE id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1))
                         AND CASE WHEN text_blanked_at IS NULL THEN 1 END IS NOT NULL
                         AND NOT EXISTS (SELECT 1 FROM deliveries AS d WHERE d.message_id = messages.id
                                           AND CASE d.state WHEN 'due' THEN 1 END IS NOT NULL)";
            tx.queue_any("messages", sql, [list.into(), now.as_ms().into()]);
        }
        RetainedData::Senders => {
            let sql = "UPDATE messages SET sender = '', sender_blanked_at = $2
                       WHERE id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1))
                         AND CASE WHEN sender_blanked_at IS NULL THEN 1 END IS NOT NULL
                         AND NOT EXISTS (SELECT 1 FROM deliveries AS d WHERE d.message_id = messages.id
                                           AND CASE d.state WHEN 'due' THEN 1 END IS NOT NULL)";
            tx.queue_any("messages", sql, [list.into(), now.as_ms().into()]);
        }
        RetainedData::Attempts => {
            let sql = "UPDATE deliveries SET reason = NULL
                       WHERE message_id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1)) AND state <> 'due' AND reason IS NOT NULL";
            tx.queue_any("deliveries", sql, [list.into()]);
        }
    }
}
