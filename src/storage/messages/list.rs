//! Messages as the admin reads them.

use super::slots;
use crate::domain::delivery::{DeliveryState, MessageId};
use crate::domain::listed::{ListedDelivery, ListedMessage, MessageFilter};
use crate::domain::operation::OperationId;
use crate::domain::phone::PhoneNumber;
use crate::domain::retention::StoredText;
use crate::storage::driver::{Row, Sql};
use crate::storage::error::Error;
use crate::storage::{ReadTx, as_text};

/// The statement that lists messages: the tables that are read first, and its end.
macro_rules! select {
    ($lead:expr, $end:literal) => {
        concat!(
            "SELECT m.id, coalesce(g.deleted_name, g.name) AS gateway, m.number, m.slots, m.sender, m.sender_blanked_at,
                    m.text, m.text_blanked_at, m.sent_at, m.received_at, m.incomplete, m.operation_id, m.unassigned_reason,
                    m.withheld, d.state, d.attempts, d.due_at, d.refusal, d.reason, d.settled_at
             FROM ",
            $lead,
            " CROSS JOIN gateways AS g WHERE g.id = m.gateway_id AND ",
            $end
        )
    };
}

fn stored_text(row: &Row, text: &'static str, blanked_at: &'static str) -> Result<StoredText, Error> {
    match row.get(blanked_at)? {
        Some(at) => Ok(StoredText::Blanked(at)),
        None => row.get(text).map(StoredText::Kept),
    }
}

fn listed(row: &Row) -> Result<ListedMessage, Error> {
    let state: Option<DeliveryState> = row.get("state")?;
    let delivery = |state| -> Result<ListedDelivery, Error> {
        Ok(ListedDelivery {
            state,
            attempts: row.get("attempts")?,
            due_at: row.get("due_at")?,
            refusal: row.get("refusal")?,
            reason: row.get("reason")?,
            settled_at: row.get("settled_at")?,
        })
    };
    Ok(ListedMessage {
        id: row.get("id")?,
        gateway: row.get("gateway")?,
        number: row.get("number")?,
        slots: slots(row)?,
        sender: stored_text(row, "sender", "sender_blanked_at")?,
        text: stored_text(row, "text", "text_blanked_at")?,
        sent_at: row.get("sent_at")?,
        received_at: row.get("received_at")?,
        incomplete: row.get("incomplete")?,
        operation: row.get("operation_id")?,
        unassigned: row.get("unassigned_reason")?,
        withheld: row.get("withheld")?,
        delivery: state.map(delivery).transpose()?,
    })
}

/// Up to `limit` messages that are older than that one, the newest first.
pub async fn list(
    tx: &mut ReadTx,
    filter: &MessageFilter,
    before: Option<MessageId>,
    limit: u32,
) -> Result<Vec<ListedMessage>, Error> {
    let (state, has_none) = match filter.delivery {
        None => (None, None),
        Some(None) => (None, Some(true)),
        Some(Some(state)) => (Some(state), Some(false)),
    };
    let sql: Sql = match filter.delivery {
        _ if filter.number.is_some() => OF_A_NUMBER.into(),
        _ if filter.withheld == Some(true) => WITHHELD,
        _ if filter.unassigned.is_some() => WITH_A_REASON.into(),
        None => ALL.into(),
        Some(None) => WITHOUT_A_DELIVERY,
        Some(Some(_)) => IN_A_STATE.into(),
    };
    let rows = tx
        .fetch(
            "messages",
            sql,
            [
                before.map_or(i64::MAX, |message| message.0).into(),
                filter.number.map(PhoneNumber::digits).into(),
                state.map(as_text).into(),
                has_none.into(),
                limit.into(),
                filter.unassigned.map(as_text).into(),
                filter.withheld.into(),
            ],
        )
        .await?;
    rows.iter().map(listed).collect()
}

/// The page of messages that are older than `$1`, each read by the index of its filter: the number `$2`, the state of the
/// delivery `$3`, whether there is no delivery `$4`, the reason why it belongs to no operation `$6`, whether it is withheld `$7`.
/// Where SQLite could take another index, it is given that one.
macro_rules! page {
    ($end:literal) => {
        page!("", $end)
    };
    ($index:literal, $end:literal) => {
        select!(
            concat!(
                "messages AS m ",
                $index,
                " LEFT JOIN deliveries AS d ON d.message_id = m.id"
            ),
            $end
        )
    };
}

const ALL: &str = page!(
    "m.id < $1 AND coalesce(CAST($2 AS TEXT), $3, $6) IS NULL AND CAST($4 AS BIGINT) IS NULL
       AND (CAST($7 AS BIGINT) IS NULL OR m.withheld = $7)
     ORDER BY m.id DESC LIMIT $5"
);
const OF_A_NUMBER: &str = page!(
    "m.number = $2 AND m.id < $1 AND (CAST($3 AS TEXT) IS NULL OR d.state = $3)
       AND (CAST($4 AS BIGINT) IS NULL OR CASE WHEN d.state IS NULL THEN 1 ELSE 0 END = $4)
       AND (CAST($6 AS TEXT) IS NULL OR m.unassigned_reason = $6)
       AND (CAST($7 AS BIGINT) IS NULL OR m.withheld = $7)
     ORDER BY m.id DESC LIMIT $5"
);
macro_rules! withheld {
    ($index:literal) => {
        page!(
            $index,
            "m.withheld = 1 AND m.id < $1 AND coalesce(CAST($2 AS TEXT), $3) IS NULL
               AND coalesce(CAST($4 AS BIGINT), 1) = 1 AND (CAST($6 AS TEXT) IS NULL OR m.unassigned_reason = $6)
               AND CAST($7 AS BIGINT) = 1
             ORDER BY m.id DESC LIMIT $5"
        )
    };
}
const WITHHELD: Sql = Sql {
    sqlite: withheld!("INDEXED BY messages_withheld"),
    postgres: withheld!(""),
};
const WITH_A_REASON: &str = page!(
    "m.unassigned_reason = $6 AND m.id < $1 AND coalesce(CAST($2 AS TEXT), $3) IS NULL
       AND coalesce(CAST($4 AS BIGINT), 1) = 1 AND (CAST($7 AS BIGINT) IS NULL OR m.withheld = $7)
     ORDER BY m.id DESC LIMIT $5"
);
macro_rules! without_a_delivery {
    ($index:literal) => {
        page!(
            $index,
            "(m.operation_id IS NULL OR m.withheld = 1) AND m.id < $1 AND coalesce(CAST($2 AS TEXT), $3, $6) IS NULL
               AND CAST($4 AS BIGINT) = 1 AND (CAST($7 AS BIGINT) IS NULL OR m.withheld = $7)
             ORDER BY m.id DESC LIMIT $5"
        )
    };
}
const WITHOUT_A_DELIVERY: Sql = Sql {
    sqlite: without_a_delivery!("INDEXED BY messages_without_delivery"),
    postgres: without_a_delivery!(""),
};
const IN_A_STATE: &str = select!(
    "deliveries AS d CROSS JOIN messages AS m",
    "m.id = d.message_id AND d.state = $3 AND d.message_id < $1 AND coalesce(CAST($2 AS TEXT), $6) IS NULL
       AND CAST($4 AS BIGINT) = 0 AND coalesce(CAST($7 AS BIGINT), 0) = 0
     ORDER BY d.message_id DESC LIMIT $5"
);

/// Up to `limit` messages of an operation, in order of arrival.
pub async fn of_operation(tx: &mut ReadTx, operation: OperationId, limit: u32) -> Result<Vec<ListedMessage>, Error> {
    let sql = page!("m.operation_id = $1 ORDER BY m.id LIMIT $2");
    let arguments = [operation.as_i64().into(), limit.into()];
    let rows = tx.fetch("messages", sql, arguments).await?;
    rows.iter().map(listed).collect()
}

/// That message.
pub async fn find(tx: &mut ReadTx, id: MessageId) -> Result<Option<ListedMessage>, Error> {
    let sql = page!("m.id = $1");
    let row = tx.fetch_first("messages", sql, [id.0.into()]).await?;
    row.as_ref().map(listed).transpose()
}
