//! Concatenated SMS of one number or one sender.

use crate::domain::retention::ErasureScope;
use crate::storage::error::Error;
use crate::storage::{ReadTx, json};

/// How many there are: those that wait for parts, and those of the last minutes, whose parts are kept so that repeated ones are
/// recognised.
pub async fn count(tx: &mut ReadTx, scope: &ErasureScope) -> Result<usize, Error> {
    let sql = match scope {
        ErasureScope::Recipient(_) => {
            "SELECT count(*) AS found FROM concatenated_messages WHERE number = (SELECT atom FROM json_each($1))"
        }
        ErasureScope::Sender(_) => {
            "SELECT count(*) AS found FROM concatenated_messages WHERE sender IN (SELECT atom FROM json_each($1))"
        }
    };
    let row = tx
        .fetch_one("concatenated_messages", sql, [json(&scope.spellings()).into()])
        .await?;
    row.get("found")
}
