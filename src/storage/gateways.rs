//! Gateways: found by the hash of their token.

use super::error::{DatabaseResult as _, Error};
use super::{Session, WriteTx, json};
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;

/// SHA-256 of a gateway's token; the token itself is never stored.
pub type TokenHash = [u8; 32];

/// The gateway with that token.
pub async fn by_token(session: &mut Session, token: &TokenHash) -> Result<Option<GatewayId>, Error> {
    let sql = "SELECT id FROM gateways WHERE token_hash = $1";
    let id: Option<i64> = sqlx::query_scalar(sql)
        .bind(&token[..])
        .fetch_optional(session.connection())
        .await
        .during("gateways")?;
    Ok(id.map(GatewayId))
}

/// Notes a sign of life of those of the gateways that have a time-out. A clock that jumped back takes nothing away.
pub async fn touch(tx: &mut WriteTx, gateways: &[GatewayId], now: Timestamp) -> Result<(), Error> {
    let ids: Vec<i64> = gateways.iter().map(|gateway| gateway.0).collect();
    let sql = "UPDATE gateways SET heartbeat_at = $2
               WHERE id IN (SELECT value FROM json_each($1)) AND heartbeat_timeout_ms IS NOT NULL
                 AND (heartbeat_at IS NULL OR heartbeat_at < $2)";
    sqlx::query(sql)
        .bind(json(&ids))
        .bind(now.as_ms())
        .execute(tx.connection())
        .await
        .during("gateways")?;
    Ok(())
}
