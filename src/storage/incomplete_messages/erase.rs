//! Parts of concatenated SMS of one number or one sender are deleted at once.

use crate::domain::concatenation::ConcatenatedSmsId;
use crate::domain::retention::ErasureScope;
use crate::storage::error::Error;
use crate::storage::row::Row;
use crate::storage::{ReadTx, WriteTx, json};

/// A concatenated SMS, as long as its parts are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConcatenatedUse {
    /// The SMS.
    pub id: ConcatenatedSmsId,
    /// Whether it waits for parts.
    pub is_waiting: bool,
    /// Whether its operation is open: then its parts are needed to recognise repetitions.
    pub is_operation_open: bool,
}

/// Up to `limit` of them after that one. The table holds those of the last minutes.
pub async fn uses(
    tx: &mut ReadTx,
    scope: &ErasureScope,
    after: ConcatenatedSmsId,
    limit: u32,
) -> Result<Vec<ConcatenatedUse>, Error> {
    let sql = match scope {
        ErasureScope::Recipient(_) => {
            "SELECT l.id, l.closed_at IS NULL AS is_waiting, o.id IS NOT NULL AND o.closed_at IS NULL AS is_operation_open
             FROM concatenated_messages AS l LEFT JOIN operations AS o ON o.id = l.operation_id
             WHERE l.number = ($1 ->> 0) AND l.id > $2 ORDER BY l.id LIMIT $3"
        }
        ErasureScope::Sender(_) => {
            "SELECT l.id, l.closed_at IS NULL AS is_waiting, o.id IS NOT NULL AND o.closed_at IS NULL AS is_operation_open
             FROM concatenated_messages AS l LEFT JOIN operations AS o ON o.id = l.operation_id
             WHERE l.sender IN (SELECT value FROM json_each($1)) AND l.id > $2 ORDER BY l.id LIMIT $3"
        }
    };
    let arguments = [json(&scope.spellings()).into(), after.0.into(), limit.into()];
    let rows = tx.fetch("concatenated_messages", sql, arguments).await?;
    let one = |row: &Row| {
        Ok(ConcatenatedUse {
            id: row.get("id")?,
            is_waiting: row.get("is_waiting")?,
            is_operation_open: row.get("is_operation_open")?,
        })
    };
    rows.iter().map(one).collect()
}

/// Deletes those of them that became messages, with their parts.
pub fn erase(tx: &mut WriteTx, ids: &[ConcatenatedSmsId]) {
    let list = json(&ids.iter().map(|id| id.0).collect::<Vec<_>>());
    let sql = "DELETE FROM message_parts
               WHERE concatenated_message_id IN (SELECT l.id FROM json_each($1) AS k
                                                 CROSS JOIN concatenated_messages AS l ON l.id = k.value
                                                 WHERE l.closed_at IS NOT NULL)";
    tx.queue_any("message_parts", sql, [list.clone().into()]);
    let sql = "DELETE FROM concatenated_messages
               WHERE id IN (SELECT value FROM json_each($1)) AND closed_at IS NOT NULL";
    tx.queue_any("concatenated_messages", sql, [list.into()]);
}
