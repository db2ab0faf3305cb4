//! The hashes of the gateways' tokens: the current one of each gateway, and older ones that are still valid.

use std::collections::HashSet;

use super::row::{adapter, allow};
use crate::domain::gateway::token::{TokenHash, TokenOwner};
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;
use crate::storage::error::Error;
use crate::storage::{ReadTx, WriteTx};

/// The gateway with that token, if it is valid `now`.
pub async fn owner_of(tx: &mut ReadTx, token: &TokenHash, now: Timestamp) -> Result<Option<TokenOwner>, Error> {
    let sql = "SELECT g.id, g.kind, g.settings, g.enabled, g.allow, t.good_until
               FROM (SELECT id AS gateway_id, CAST(NULL AS BIGINT) AS good_until FROM gateways WHERE token_hash = $1
                     UNION ALL
                     SELECT gateway_id, good_until FROM old_tokens WHERE token_hash = $1 AND good_until > $2) AS t
               JOIN gateways AS g ON g.id = t.gateway_id
               WHERE g.deleted_name IS NULL";
    let rows = tx
        .fetch("gateways", sql, [token[..].into(), now.as_ms().into()])
        .await?;
    rows.first()
        .map(|row| {
            Ok(TokenOwner {
                id: row.get("id")?,
                adapter: adapter(row)?,
                enabled: row.get("enabled")?,
                allow: allow(row)?,
                good_until: row.get("good_until")?,
            })
        })
        .transpose()
}

/// The hashes of all tokens that are valid `now`. A gateway has few.
pub async fn all(tx: &mut ReadTx, now: Timestamp) -> Result<HashSet<TokenHash>, Error> {
    let sql = "SELECT token_hash FROM gateways WHERE deleted_name IS NULL
               UNION ALL SELECT token_hash FROM old_tokens WHERE good_until > $1";
    let rows = tx.fetch("gateways", sql, [now.as_ms().into()]).await?;
    rows.iter().map(|row| row.get("token_hash")).collect()
}

/// Gives a gateway a new token. Older ones are valid until `keep_until` at the latest; `None`: they expire now. Fails when
/// more than [`OLD_TOKENS_MAX`] would be valid.
///
/// [`OLD_TOKENS_MAX`]: crate::domain::gateway::OLD_TOKENS_MAX
pub fn replace(tx: &mut WriteTx, gateway: GatewayId, token: &TokenHash, keep_until: Option<Timestamp>, now: Timestamp) {
    let until = keep_until.unwrap_or(now).as_ms();
    // An older token of the gateway may be the current one again.
    let sql = "DELETE FROM old_tokens WHERE gateway_id = $1 AND token_hash = $2";
    tx.queue_any("old_tokens", sql, [gateway.0.into(), token[..].into()]);
    let sql = "UPDATE old_tokens SET good_until = $2 WHERE gateway_id = $1 AND good_until > $2";
    tx.queue_any("old_tokens", sql, [gateway.0.into(), until.into()]);
    let sql = "DELETE FROM old_tokens WHERE gateway_id = $1 AND good_until <= $2";
    tx.queue_any("old_tokens", sql, [gateway.0.into(), now.as_ms().into()]);
    if keep_until.is_some() {
        let sql = "INSERT INTO old_tokens (token_hash, gateway_id, good_until)
                   SELECT token_hash, id, $2 FROM gateways WHERE id = $1";
        tx.queue("old_tokens", sql, 1, [gateway.0.into(), until.into()]);
    }
    let sql = "UPDATE gateways SET token_hash = $2 WHERE id = $1";
    tx.queue("gateways", sql, 1, [gateway.0.into(), token[..].into()]);
}

/// Forgets the older token of a gateway that expires first.
pub fn forget_oldest(tx: &mut WriteTx, gateway: GatewayId) {
    let sql = "DELETE FROM old_tokens WHERE token_hash = (SELECT token_hash FROM old_tokens WHERE gateway_id = $1
                                                          ORDER BY good_until LIMIT 1)";
    tx.queue("old_tokens", sql, 1, [gateway.0.into()]);
}
