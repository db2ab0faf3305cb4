//! Messages: stored once, with the operation that they belong to.

use sqlx::Row as _;

use super::error::{DatabaseResult as _, Error, Refused as _};
use super::{Session, WriteTx, json};
use crate::domain::delivery::MessageId;
use crate::domain::operation::OperationId;
use crate::domain::sms::InboundSms;
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;

/// A message to store.
#[derive(Debug, Clone, Copy)]
pub struct NewMessage<'a> {
    /// Its id.
    pub id: MessageId,
    /// The gateway that handed it over.
    pub gateway: GatewayId,
    /// The operation that is open on its number (rule 8).
    pub operation: Option<OperationId>,
    /// The message.
    pub sms: &'a InboundSms,
}

/// The id that the next message gets. Ids only rise: retention leaves the newest message where it is.
pub async fn next_id(tx: &mut WriteTx) -> Result<i64, Error> {
    let sql = "SELECT coalesce(max(id), 0) + 1 FROM messages";
    sqlx::query_scalar(sql)
        .fetch_one(tx.connection())
        .await
        .during("messages")
}

/// Which of these (gateway, external id) pairs are stored already.
pub async fn known(session: &mut Session, pairs: &[(GatewayId, &str)]) -> Result<Vec<(GatewayId, String)>, Error> {
    let pairs: Vec<(i64, &str)> = pairs.iter().map(|(gateway, id)| (gateway.0, *id)).collect();
    let sql = "SELECT m.gateway_id, m.external_id FROM json_each($1) AS p CROSS JOIN messages AS m
               WHERE m.gateway_id = p.value ->> 0 AND m.external_id = p.value ->> 1 AND m.external_id IS NOT NULL";
    let rows = sqlx::query(sql)
        .bind(json(&pairs))
        .fetch_all(session.connection())
        .await
        .during("messages")?;
    Ok(rows
        .iter()
        .map(|row| (GatewayId(row.get("gateway_id")), row.get("external_id")))
        .collect())
}

/// Stores messages. Fails when one of them is stored already.
pub async fn insert(tx: &mut WriteTx, messages: &[NewMessage<'_>], now: Timestamp) -> Result<(), Error> {
    let rows: Vec<_> = messages
        .iter()
        .map(|one| {
            let operation = one.operation.map(OperationId::as_i64);
            let sent_at = one.sms.sent_at.map(Timestamp::as_ms);
            let sms = one.sms;
            (
                one.id.0,
                one.gateway.0,
                &sms.external_id,
                sms.to.digits(),
                operation,
                &sms.sender,
                &sms.text,
                sent_at,
            )
        })
        .collect();
    let sql = "INSERT INTO messages
                   (id, gateway_id, external_id, number, operation_id, sender, text, sent_at, received_at)
               SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
                      value ->> 7, $2
               FROM json_each($1)";
    let inserted = sqlx::query(sql)
        .bind(json(&rows))
        .bind(now.as_ms())
        .execute(tx.connection())
        .await;
    inserted.expecting("messages", rows.len())
}

/// Deletes up to `limit` messages that arrived before `until`, with their deliveries. What is still due or belongs to an
/// open operation stays. Returns how many are gone.
pub async fn forget(tx: &mut WriteTx, until: Timestamp, limit: u32) -> Result<usize, Error> {
    let sql = "SELECT m.id FROM messages AS m
               LEFT JOIN deliveries AS d ON d.message_id = m.id
               LEFT JOIN operations AS o ON o.id = m.operation_id
               WHERE m.received_at < $1 AND m.id < (SELECT max(id) FROM messages)
                 AND (d.state IS NULL OR d.state <> 'due') AND (o.id IS NULL OR o.closed_at IS NOT NULL)
               ORDER BY m.received_at LIMIT $2";
    let query = sqlx::query_scalar(sql).bind(until.as_ms()).bind(limit);
    let ids: Vec<i64> = query.fetch_all(tx.connection()).await.during("messages")?;
    let list = json(&ids);
    let sql = "DELETE FROM deliveries WHERE message_id IN (SELECT value FROM json_each($1))";
    sqlx::query(sql)
        .bind(&list)
        .execute(tx.connection())
        .await
        .during("deliveries")?;
    let sql = "DELETE FROM messages WHERE id IN (SELECT value FROM json_each($1))";
    sqlx::query(sql)
        .bind(&list)
        .execute(tx.connection())
        .await
        .expecting("messages", ids.len())?;
    Ok(ids.len())
}
