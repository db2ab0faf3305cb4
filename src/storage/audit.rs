//! Who did what: written in the same transaction as the deed.

use sqlx::Row as _;

use super::error::{DatabaseResult as _, Error};
use super::{ReadTx, WriteTx, json};
use crate::domain::operation::OperationId;
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;

/// Who acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Onlinesim, by a request.
    Onlinesim,
    /// The worker that ends silent operations.
    Watchdog,
    /// The server itself.
    Server,
    /// The partner, through the admin's interface or a command.
    Admin,
}

impl Actor {
    /// The word in the history.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Onlinesim => "onlinesim",
            Self::Watchdog => "watchdog",
            Self::Server => "server",
            Self::Admin => "admin",
        }
    }
}

/// One deed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Who.
    pub actor: Actor,
    /// What, in a word or two.
    pub action: &'static str,
    /// On which operation.
    pub operation: Option<OperationId>,
    /// On which number.
    pub number: Option<PhoneNumber>,
    /// The rest, for people; no secret and no text of an SMS.
    pub detail: Option<String>,
}

/// Writes deeds down.
pub fn write(tx: &mut WriteTx, deeds: &[AuditEvent], now: Timestamp) {
    let rows: Vec<_> = deeds
        .iter()
        .map(|deed| {
            let operation = deed.operation.map(OperationId::as_i64);
            let number = deed.number.map(PhoneNumber::digits);
            (deed.actor.as_str(), deed.action, operation, number, &deed.detail)
        })
        .collect();
    let sql = "INSERT INTO audit (at, actor, action, operation_id, number, detail)
               SELECT $2, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM jsonb_each($1)";
    tx.queue("audit", sql, rows.len(), [json(&rows).into(), now.as_ms().into()]);
}

/// Whether the same deed on the same operation is written down already.
pub async fn is_recorded(session: &mut ReadTx, deed: &AuditEvent) -> Result<bool, Error> {
    let sql =
        "SELECT EXISTS (SELECT 1 FROM audit WHERE operation_id = $1 AND actor = $2 AND action = $3 AND detail IS $4)";
    let query = sqlx::query_scalar(sql)
        .bind(deed.operation.map(OperationId::as_i64))
        .bind(deed.actor.as_str())
        .bind(deed.action)
        .bind(&deed.detail);
    query.fetch_one(session.connection().await?).await.context("audit")
}

/// How many deeds are written down.
#[cfg(test)]
pub async fn count(session: &mut ReadTx) -> Result<usize, Error> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM audit")
        .fetch_one(session.connection().await?)
        .await
        .context("audit")?;
    Ok(usize::try_from(count).unwrap_or(0))
}

/// A deed as it was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// When.
    pub at: Timestamp,
    /// Who, as [`Actor::as_str`] has it.
    pub actor: String,
    /// What.
    pub action: String,
    /// The rest.
    pub detail: Option<String>,
}

/// The first `limit` deeds on an operation, in their order.
pub async fn of_operation(session: &mut ReadTx, operation: OperationId, limit: u32) -> Result<Vec<AuditRecord>, Error> {
    let sql = "SELECT at, actor, action, detail FROM audit WHERE operation_id = $1 ORDER BY id LIMIT $2";
    let rows = session
        .fetch("audit", sql, [operation.as_i64().into(), limit.into()])
        .await?;
    Ok(rows
        .iter()
        .map(|row| AuditRecord {
            at: Timestamp::from_ms(row.get("at")),
            actor: row.get("actor"),
            action: row.get("action"),
            detail: row.get("detail"),
        })
        .collect())
}
