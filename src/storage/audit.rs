//! Audit events, stored in the same transaction as the change.

mod client;

use serde::Serialize;

use self::client::client;
use super::driver::Row;
use super::error::Error;
use super::{ReadTx, WriteTx, as_text, json};
use crate::domain::audit::purchase::{PurchaseEvent, PurchaseRecord};
use crate::domain::audit::{Actor, AuditEvent, AuditRecord};
use crate::domain::money::Kopecks;
use crate::domain::operation::{OperationId, Outcome};
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::OrderId;
use crate::domain::time::Timestamp;

pub use self::client::asked_by;

#[derive(Serialize)]
struct AuditRow<'a> {
    actor: &'static str,
    kind: &'static str,
    operation_id: Option<i64>,
    number: Option<String>,
    outcome: Option<&'static str>,
    kopecks: Option<i64>,
    detail: Option<&'a str>,
    client: Option<&'a str>,
}

/// Stores events.
pub fn write(tx: &mut WriteTx, events: &[AuditEvent], now: Timestamp) {
    let client = client();
    let rows: Vec<AuditRow> = events
        .iter()
        .map(|event| AuditRow {
            actor: event.actor.into(),
            kind: event.kind.as_str(),
            operation_id: event.operation.map(OperationId::as_i64),
            number: event.number.map(PhoneNumber::digits),
            outcome: event.kind.outcome().map(as_text),
            kopecks: event.kind.claimed_sum().map(Kopecks::as_i64),
            detail: event.detail.as_deref(),
            client: of_admin(event.actor, client.as_deref()),
        })
        .collect();
    let sql = "INSERT INTO audit (at, actor, kind, operation_id, number, outcome, kopecks, detail, client)
               SELECT $2, value ->> 'actor', value ->> 'kind', CAST(value ->> 'operation_id' AS BIGINT), value ->> 'number',
                      value ->> 'outcome', CAST(value ->> 'kopecks' AS BIGINT), value ->> 'detail', value ->> 'client'
               FROM jsonb_each($1)";
    tx.queue_insert("audit", sql, rows.len(), [json(&rows).into(), now.as_ms().into()]);
}

/// The client, where the admin acted: what the server does meanwhile is its own.
fn of_admin(actor: Actor, client: Option<&str>) -> Option<&str> {
    client.filter(|_| actor == Actor::Admin)
}

/// Stores events of orders' lines.
pub fn write_purchases(tx: &mut WriteTx, events: &[PurchaseEvent], now: Timestamp) {
    #[derive(Serialize)]
    struct PurchaseRow<'a> {
        actor: &'static str,
        kind: &'static str,
        line: i64,
        number: Option<String>,
        detail: Option<&'a str>,
        client: Option<&'a str>,
    }
    let client = client();
    let rows = events.iter().map(|event| PurchaseRow {
        actor: event.actor.into(),
        kind: event.change.into(),
        line: event.line.0,
        number: event.number.map(PhoneNumber::digits),
        detail: event.detail.as_deref(),
        client: of_admin(event.actor, client.as_deref()),
    });
    let rows: Vec<PurchaseRow<'_>> = rows.collect();
    let sql = "INSERT INTO audit (at, actor, kind, order_line_id, number, detail, client)
               SELECT $2, value ->> 'actor', value ->> 'kind', CAST(value ->> 'line' AS BIGINT), value ->> 'number',
                      value ->> 'detail', value ->> 'client'
               FROM jsonb_each($1)";
    tx.queue_insert("audit", sql, rows.len(), [json(&rows).into(), now.as_ms().into()]);
}

/// The last `limit` events of an order's lines, in their order.
pub async fn of_order(tx: &mut ReadTx, order: OrderId, limit: u32) -> Result<Vec<PurchaseRecord>, Error> {
    let sql = "SELECT at, actor, kind, order_line_id, detail FROM audit
               WHERE order_line_id IN (SELECT id FROM order_lines WHERE order_id = $1) ORDER BY id DESC LIMIT $2";
    let rows = tx.fetch("audit", sql, [order.0.into(), limit.into()]).await?;
    let record = |row: &Row| {
        Ok(PurchaseRecord {
            at: row.get("at")?,
            actor: row.get("actor")?,
            line: row.get("order_line_id")?,
            kind: row.get("kind")?,
            detail: row.get("detail")?,
        })
    };
    rows.iter().rev().map(record).collect()
}

/// Whether Onlinesim has already reported that outcome, with that total, against the ledger.
pub async fn is_contradiction_known(
    tx: &mut ReadTx,
    operation: OperationId,
    reported: Outcome,
    sum: Option<Kopecks>,
) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM audit WHERE operation_id = $1 AND kind = 'contradicted'
                                AND outcome = $2 AND kopecks IS NOT DISTINCT FROM $3) AS known";
    let arguments = [
        operation.as_i64().into(),
        as_text(reported).into(),
        sum.map(Kopecks::as_i64).into(),
    ];
    tx.fetch_one("audit", sql, arguments).await?.get("known")
}

/// How many events are stored.
#[cfg(test)]
pub async fn count(tx: &mut ReadTx) -> Result<usize, Error> {
    let sql = "SELECT count(*) AS events FROM audit";
    tx.fetch_one("audit", sql, []).await?.get("events")
}

/// The first `limit` events of an operation, in their order.
pub async fn of_operation(tx: &mut ReadTx, operation: OperationId, limit: u32) -> Result<Vec<AuditRecord>, Error> {
    let sql = "SELECT at, actor, client, kind, detail FROM audit WHERE operation_id = $1 ORDER BY id LIMIT $2";
    let rows = tx
        .fetch("audit", sql, [operation.as_i64().into(), limit.into()])
        .await?;
    let record = |row: &Row| {
        Ok(AuditRecord {
            at: row.get("at")?,
            actor: row.get("actor")?,
            client: row.get("client")?,
            kind: row.get("kind")?,
            detail: row.get("detail")?,
        })
    };
    rows.iter().map(record).collect()
}
