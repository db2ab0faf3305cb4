//! Messages of one number or one sender lose their texts and senders at once.

use crate::domain::delivery::{DeliveryState, MessageId};
use crate::domain::retention::ErasureScope;
use crate::domain::time::Timestamp;
use crate::storage::driver::Row;
use crate::storage::error::Error;
use crate::storage::{ReadTx, WriteTx, json};

/// Up to `limit` messages after that one that have a text or a sender. Those of a sender are found by reading all messages.
pub async fn to_erase(
    tx: &mut ReadTx,
    scope: &ErasureScope,
    after: MessageId,
    limit: u32,
) -> Result<Vec<MessageId>, Error> {
    let sql = match scope {
        ErasureScope::Recipient(_) => {
            "SELECT id FROM messages
             WHERE number = (SELECT atom FROM json_each($1)) AND id > $2 AND (text_blanked_at IS NULL OR sender_blanked_at IS NULL)
             ORDER BY id LIMIT $3"
        }
        ErasureScope::Sender(_) => {
            "SELECT id FROM messages WHERE id > $2 AND sender IN (SELECT atom FROM json_each($1)) ORDER BY id LIMIT $3"
        }
    };
    let arguments = [json(&scope.spellings()).into(), after.0.into(), limit.into()];
    let rows = tx.fetch("messages", sql, arguments).await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// A message with what decides whether it may be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageUse {
    /// The message.
    pub message: MessageId,
    /// The state of its delivery; `None`: it has none.
    pub delivery: Option<DeliveryState>,
    /// Whether its operation is open.
    pub is_operation_open: bool,
}

/// Those of the messages that exist.
pub async fn uses(tx: &mut ReadTx, messages: &[MessageId]) -> Result<Vec<MessageUse>, Error> {
    let sql = "SELECT m.id, d.state, o.id IS NOT NULL AND o.closed_at IS NULL AS is_operation_open
               FROM json_each($1) AS k CROSS JOIN messages AS m
               LEFT JOIN deliveries AS d ON d.message_id = m.id LEFT JOIN operations AS o ON o.id = m.operation_id
               WHERE m.id = CAST(k.atom AS BIGINT)";
    let list = json(&messages.iter().map(|message| message.0).collect::<Vec<_>>());
    let rows = tx.fetch("messages", sql, [list.into()]).await?;
    let one = |row: &Row| {
        Ok(MessageUse {
            message: row.get("id")?,
            delivery: row.get("state")?,
            is_operation_open: row.get("is_operation_open")?,
        })
    };
    rows.iter().map(one).collect()
}

/// Blanks text and sender of each. Fails when one of them does not exist.
pub fn erase(tx: &mut WriteTx, messages: &[MessageId], now: Timestamp) {
    let sql = "UPDATE messages SET text = '', text_blanked_at = coalesce(text_blanked_at, $2),
                                   sender = '', sender_blanked_at = coalesce(sender_blanked_at, $2)
               WHERE id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1))";
    let list = json(&messages.iter().map(|message| message.0).collect::<Vec<_>>());
    tx.queue("messages", sql, messages.len(), [list.into(), now.as_ms().into()]);
}
