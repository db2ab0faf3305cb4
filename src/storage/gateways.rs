//! Gateways: created, found by name, changed, listed for the admin, and deleted. [`tokens`] finds them by token.

mod row;
pub mod tokens;

use serde::Serialize;

use self::row::{listed, record};
use super::driver::Row;
use super::driver::Sql;
use super::error::Error;
use super::{ReadTx, WriteTx, json};
use crate::domain::gateway::token::TokenHash;
use crate::domain::gateway::{GatewayName, GatewaySettings, HeartbeatTimeout, ListedGateway, StoredAdapter};
use crate::domain::network::Networks;
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;

/// A gateway, as far as a change of it needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayRecord {
    /// Its id.
    pub id: GatewayId,
    /// What the partner set.
    pub settings: GatewaySettings,
    /// Its kind, and the settings of that.
    pub adapter: StoredAdapter,
    /// How many of its older tokens are valid.
    pub old_tokens: usize,
}

/// Counters of a gateway: see [`ListedGateway`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Repetitions {
    /// SMS that it sent again.
    pub repetitions: u64,
    /// Ids that it reused with other content.
    pub reused_ids: u64,
}

/// The statement that lists gateways, completed by `$end`. `$1` is the current time. Numbers that are available or rented are
/// counted by the pools, so only the banned, disabled, given back and resting ones are read. That may still be many, so it is
/// not for a write transaction, which rentals wait for: see [`load`]. `$unavailable` says how those are counted, `$times` is a
/// JSON list of times.
macro_rules! select {
    ($unavailable:literal, $times:literal, $end:literal) => {
        concat!(
            "WITH unavailable AS ",
            $unavailable,
            "(
                 SELECT p.gateway_id, count(*) AS numbers FROM numbers AS n JOIN pools AS p ON p.id = n.pool_id
                 WHERE n.number IN (SELECT number FROM numbers WHERE enabled = 0 AND hold IS DISTINCT FROM 'given_back'
                                    UNION SELECT number FROM numbers WHERE hold = 'given_back'
                                    UNION SELECT number FROM numbers WHERE banned_until IS NOT NULL
                                    UNION SELECT number FROM numbers WHERE rests_until IS NOT NULL)
                   AND NOT EXISTS (SELECT 1 FROM operations AS o WHERE o.number = n.number AND o.closed_at IS NULL)
                 GROUP BY p.gateway_id)
             SELECT g.id, g.name, g.capacity, g.heartbeat_timeout_ms, g.heartbeat_at, g.created_at, g.kind, g.settings,
                    g.enabled, g.allow, g.repetitions, g.reused_ids,
                    (SELECT ",
            $times,
            " FROM old_tokens AS t
                     WHERE t.gateway_id = g.id AND t.good_until > $1) AS old_tokens,
                    (g.heartbeat_timeout_ms IS NULL
                     OR coalesce(g.heartbeat_at > $1 - g.heartbeat_timeout_ms
                                 AND g.heartbeat_at <= $1 + g.heartbeat_timeout_ms, false)) AS online,
                    coalesce((SELECT CAST(sum(free + rented) AS BIGINT) FROM pools AS p WHERE p.gateway_id = g.id), 0)
                    + coalesce((SELECT numbers FROM unavailable WHERE unavailable.gateway_id = g.id), 0) AS numbers,
                    coalesce((SELECT CAST(sum(rented) AS BIGINT) FROM pools AS p WHERE p.gateway_id = g.id), 0) AS rented
             FROM gateways AS g ",
            $end
        )
    };
}

macro_rules! select_sqlite {
    ($end:literal) => {
        select!("", "json_group_array(t.good_until ORDER BY t.good_until)", $end)
    };
}

/// MATERIALIZED: else they would be counted for each gateway.
macro_rules! select_postgres {
    ($end:literal) => {
        select!(
            "MATERIALIZED ",
            "CAST(coalesce(json_agg(t.good_until ORDER BY t.good_until), '[]') AS TEXT)",
            $end
        )
    };
}

/// Up to `limit` gateways after that name, by name.
pub async fn list(tx: &mut ReadTx, now: Timestamp, after: &str, limit: u32) -> Result<Vec<ListedGateway>, Error> {
    let sql = Sql {
        sqlite: select_sqlite!("WHERE g.name > $2 AND g.deleted_name IS NULL ORDER BY g.name LIMIT $3"),
        postgres: select_postgres!("WHERE g.name > $2 AND g.deleted_name IS NULL ORDER BY g.name LIMIT $3"),
    };
    let rows = tx
        .fetch("gateways", sql, [now.as_ms().into(), after.into(), limit.into()])
        .await?;
    rows.iter().map(listed).collect()
}

/// The gateway with that name.
pub async fn by_name(tx: &mut ReadTx, now: Timestamp, name: &str) -> Result<Option<ListedGateway>, Error> {
    let sql = Sql {
        sqlite: select_sqlite!("WHERE g.name = $2 AND g.deleted_name IS NULL"),
        postgres: select_postgres!("WHERE g.name = $2 AND g.deleted_name IS NULL"),
    };
    let row = tx
        .fetch_first("gateways", sql, [now.as_ms().into(), name.into()])
        .await?;
    row.as_ref().map(listed).transpose()
}

/// The gateway with that name, for a change: the cost does not depend on how many numbers it has.
pub async fn load(tx: &mut ReadTx, now: Timestamp, name: &str) -> Result<Option<GatewayRecord>, Error> {
    let sql = "SELECT g.id, g.capacity, g.heartbeat_timeout_ms, g.kind, g.settings, g.enabled,
                      g.allow, (SELECT count(*) FROM old_tokens AS t WHERE t.gateway_id = g.id AND t.good_until > $2) AS old_tokens
               FROM gateways AS g WHERE g.name = $1 AND g.deleted_name IS NULL";
    let rows = tx.fetch("gateways", sql, [name.into(), now.as_ms().into()]).await?;
    rows.first().map(record).transpose()
}

/// Whether any number belongs to the gateway.
pub async fn has_numbers(tx: &mut ReadTx, gateway: GatewayId) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM pools AS p CROSS JOIN numbers AS n
                              WHERE p.gateway_id = $1 AND n.pool_id = p.id) AS has_numbers";
    tx.fetch_one("numbers", sql, [gateway.0.into()])
        .await?
        .get("has_numbers")
}

/// The gateways with these names; those that do not exist are missing.
pub async fn named(tx: &mut ReadTx, names: &[&str]) -> Result<Vec<(String, GatewayId)>, Error> {
    let sql = "SELECT id, name FROM gateways
               WHERE name IN (SELECT atom FROM json_each($1)) AND deleted_name IS NULL";
    let rows = tx.fetch("gateways", sql, [json(names).into()]).await?;
    rows.iter().map(name_and_id).collect()
}

/// All gateways; there are few.
pub async fn ids(tx: &mut ReadTx) -> Result<Vec<(String, GatewayId)>, Error> {
    let rows = tx
        .fetch(
            "gateways",
            "SELECT id, name FROM gateways WHERE deleted_name IS NULL",
            [],
        )
        .await?;
    rows.iter().map(name_and_id).collect()
}

fn name_and_id(row: &Row) -> Result<(String, GatewayId), Error> {
    Ok((row.get("name")?, row.get("id")?))
}

/// When each gateway's last SMS arrived, as far as it is among the last 10,000 messages.
pub async fn last_sms(tx: &mut ReadTx) -> Result<Vec<(GatewayId, Timestamp)>, Error> {
    let sql = "SELECT gateway_id, max(received_at) AS received_at FROM messages
               WHERE id > (SELECT max(id) FROM messages) - 10000 GROUP BY gateway_id";
    let rows = tx.fetch("messages", sql, []).await?;
    let last = |row: &Row| Ok((row.get("gateway_id")?, row.get("received_at")?));
    rows.iter().map(last).collect()
}

/// Stores a new gateway. Fails when the name is taken.
pub fn insert(
    tx: &mut WriteTx,
    name: &GatewayName,
    token: &TokenHash,
    settings: &GatewaySettings,
    adapter: &StoredAdapter,
    now: Timestamp,
) {
    let sql = "INSERT INTO gateways (name, token_hash, capacity, heartbeat_timeout_ms, created_at, kind, settings,
                                     enabled, allow)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let arguments = [
        name.as_str().into(),
        token[..].into(),
        settings.capacity.into(),
        settings.heartbeat_timeout.map(HeartbeatTimeout::as_ms).into(),
        now.as_ms().into(),
        adapter.kind.as_str().into(),
        adapter.settings.as_str().into(),
        settings.enabled.into(),
        texts(&settings.allow).into(),
    ];
    tx.queue_insert("gateways", sql, 1, arguments);
}

/// Changes a gateway's settings and adapter. Without a timeout its last heartbeat is deleted.
pub fn save(tx: &mut WriteTx, gateway: GatewayId, settings: &GatewaySettings, adapter: &StoredAdapter) {
    let sql = "UPDATE gateways SET capacity = $2, heartbeat_timeout_ms = $3,
                                   heartbeat_at = CASE WHEN CAST($3 AS BIGINT) IS NULL THEN NULL ELSE heartbeat_at END,
                                   kind = $4, settings = $5, enabled = $6, allow = $7
               WHERE id = $1";
    let arguments = [
        gateway.0.into(),
        settings.capacity.into(),
        settings.heartbeat_timeout.map(HeartbeatTimeout::as_ms).into(),
        adapter.kind.as_str().into(),
        adapter.settings.as_str().into(),
        settings.enabled.into(),
        texts(&settings.allow).into(),
    ];
    tx.queue("gateways", sql, 1, arguments);
}

/// Networks as the column `allow` has them.
fn texts(networks: &Networks) -> String {
    json(&networks.texts().collect::<Vec<_>>())
}

/// Deletes a gateway without numbers: its pools, tokens and secrets are deleted, and its name and token can be used again. The row
/// stays for the messages that it delivered. Fails when it has numbers.
pub fn delete(tx: &mut WriteTx, gateway: GatewayId) {
    let id = || [gateway.0.into()];
    tx.queue_any("pools", "DELETE FROM pools WHERE gateway_id = $1", id());
    tx.queue_any("old_tokens", "DELETE FROM old_tokens WHERE gateway_id = $1", id());
    macro_rules! delete {
        ($random:literal) => {
            concat!(
                "UPDATE gateways SET deleted_name = name, name = '#' || CAST(id AS TEXT), enabled = 0, settings = '{}',
                                     token_hash = ",
                $random,
                " WHERE id = $1 AND deleted_name IS NULL"
            )
        };
    }
    let sql = Sql {
        sqlite: delete!("randomblob(32)"),
        postgres: delete!("uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())"),
    };
    tx.queue("gateways", sql, 1, id());
}

/// Records a heartbeat of those of the gateways that have a timeout.
pub fn touch(tx: &mut WriteTx, gateways: &[GatewayId], now: Timestamp) {
    let ids: Vec<i64> = gateways.iter().map(|gateway| gateway.0).collect();
    let sql = "UPDATE gateways SET heartbeat_at = $2
               WHERE id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1)) AND heartbeat_timeout_ms IS NOT NULL
                 AND heartbeat_at IS DISTINCT FROM $2";
    tx.queue_any("gateways", sql, [json(&ids).into(), now.as_ms().into()]);
}

/// Counts repeated SMS, and ids that were reused with other content; each gateway at most once in the list.
pub fn count_repetitions(tx: &mut WriteTx, counts: &[(GatewayId, Repetitions)]) {
    #[derive(Serialize)]
    struct RepetitionRow {
        id: i64,
        repetitions: u64,
        reused_ids: u64,
    }
    let row = |(gateway, counts): &(GatewayId, Repetitions)| RepetitionRow {
        id: gateway.0,
        repetitions: counts.repetitions,
        reused_ids: counts.reused_ids,
    };
    let rows: Vec<RepetitionRow> = counts.iter().map(row).collect();
    let sql = "UPDATE gateways SET repetitions = repetitions + CAST(c.value ->> 'repetitions' AS BIGINT),
                                   reused_ids = reused_ids + CAST(c.value ->> 'reused_ids' AS BIGINT)
               FROM jsonb_each($1) AS c WHERE gateways.id = CAST(c.value ->> 'id' AS BIGINT)";
    tx.queue("gateways", sql, rows.len(), [json(&rows).into()]);
}
