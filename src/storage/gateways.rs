//! Gateways: found by the hash of their token or by their name, set up and listed for the admin.

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::error::{DatabaseResult as _, Error};
use super::statement::Argument;
use super::{Session, WriteTx, json};
use crate::domain::dialect::{AnswerBody, DefaultAlphabet, Dialect, FieldMap, FieldPath, Kind};
use crate::domain::gateway::{GatewayName, GatewaySettings, HeartbeatTimeout};
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;

/// SHA-256 of a gateway's token; the token itself is never stored.
pub type TokenHash = [u8; 32];

/// A gateway as the admin reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: GatewayId,
    /// What the partner calls it.
    pub name: GatewayName,
    /// Its bounds.
    pub settings: GatewaySettings,
    /// How it talks.
    pub dialect: Dialect,
    /// Whether its numbers can be issued now, as far as its signs of life tell.
    pub online: bool,
    /// The last sign of life, where there is a time-out.
    pub heartbeat_at: Option<Timestamp>,
    /// How many numbers belong to it.
    pub numbers: i64,
    /// How many of them are rented.
    pub rented: i64,
    /// How many SMS it sent again.
    pub repetitions: i64,
    /// How often it gave an SMS the id of another one with other content.
    pub reused_ids: i64,
    /// Since when it is known.
    pub created_at: Timestamp,
}

/// What is counted of a gateway: see [`Listed`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Repetitions {
    /// SMS that it sent again.
    pub repetitions: u64,
    /// Ids that it gave to SMS with other content.
    pub reused_ids: u64,
}

/// The statement with which gateways are listed, and its end. `$1` is the present. A number is on the shelf, rented, or
/// banned or disabled, which are few: so nothing walks through all numbers.
macro_rules! select {
    ($end:literal) => {
        concat!(
            "WITH off_sale AS (
                 SELECT p.gateway_id, count(*) AS numbers FROM numbers AS n JOIN pools AS p ON p.id = n.pool_id
                 WHERE n.number IN (SELECT number FROM numbers WHERE enabled = 0
                                    UNION SELECT number FROM numbers WHERE banned_until IS NOT NULL)
                   AND NOT EXISTS (SELECT 1 FROM operations AS o WHERE o.number = n.number AND o.closed_at IS NULL)
                 GROUP BY p.gateway_id)
             SELECT g.id, g.name, g.capacity, g.heartbeat_timeout_ms, g.heartbeat_at, g.created_at, g.kind, g.fields,
                    g.answer_type, g.answer_text, g.secrets, g.alphabet, g.repetitions, g.reused_ids,
                    (g.heartbeat_timeout_ms IS NULL
                     OR coalesce(g.heartbeat_at > $1 - g.heartbeat_timeout_ms
                                 AND g.heartbeat_at <= $1 + g.heartbeat_timeout_ms, 0)) AS online,
                    coalesce((SELECT sum(free + rented) FROM pools AS p WHERE p.gateway_id = g.id), 0)
                    + coalesce((SELECT numbers FROM off_sale WHERE off_sale.gateway_id = g.id), 0) AS numbers,
                    coalesce((SELECT sum(rented) FROM pools AS p WHERE p.gateway_id = g.id), 0) AS rented
             FROM gateways AS g ",
            $end
        )
    };
}

fn listed(row: &SqliteRow) -> Result<Listed, Error> {
    let corrupt = |column| Error::Corrupt {
        table: "gateways",
        column,
    };
    let capacity = row
        .get::<Option<i64>, _>("capacity")
        .map(|capacity| u32::try_from(capacity).map_err(|_| corrupt("capacity")))
        .transpose()?;
    let timeout = |ms: i64| {
        let span = Duration::from_millis(u64::try_from(ms).unwrap_or(0));
        HeartbeatTimeout::new(span).map_err(|_| corrupt("heartbeat_timeout_ms"))
    };
    let heartbeat_timeout = row
        .get::<Option<i64>, _>("heartbeat_timeout_ms")
        .map(timeout)
        .transpose()?;
    Ok(Listed {
        id: GatewayId(row.get("id")),
        name: GatewayName::parse(row.get("name")).map_err(|_| corrupt("name"))?,
        settings: GatewaySettings {
            capacity,
            heartbeat_timeout,
        },
        dialect: dialect(row)?,
        online: row.get("online"),
        heartbeat_at: row.get::<Option<i64>, _>("heartbeat_at").map(Timestamp::from_ms),
        numbers: row.get("numbers"),
        rented: row.get("rented"),
        repetitions: row.get("repetitions"),
        reused_ids: row.get("reused_ids"),
        created_at: Timestamp::from_ms(row.get("created_at")),
    })
}

fn dialect(row: &SqliteRow) -> Result<Dialect, Error> {
    let corrupt = |column| Error::Corrupt {
        table: "gateways",
        column,
    };
    let stored: BTreeMap<String, String> = serde_json::from_str(row.get("fields")).map_err(|_| corrupt("fields"))?;
    let mut fields = FieldMap::default();
    for (name, path) in stored {
        let place = fields.path_mut(&name).ok_or(corrupt("fields"))?;
        *place = Some(FieldPath::parse(&path).map_err(|_| corrupt("fields"))?);
    }
    let secrets: Vec<String> = serde_json::from_str(row.get("secrets")).map_err(|_| corrupt("secrets"))?;
    let answer = row
        .get::<Option<String>, _>("answer_type")
        .map(|content_type| AnswerBody {
            content_type,
            text: row.get("answer_text"),
        });
    Ok(Dialect {
        kind: Kind::parse(row.get("kind")).map_err(|_| corrupt("kind"))?,
        fields,
        answer,
        secrets: secrets.into_iter().map(SecretString::from).collect(),
        alphabet: DefaultAlphabet::parse(row.get("alphabet")).ok_or(corrupt("alphabet"))?,
    })
}

/// A dialect as it is stored: kind, fields, type and text of the answer, secrets, alphabet.
fn columns(dialect: &Dialect) -> [Argument; 6] {
    let fields: BTreeMap<&str, &str> = dialect
        .fields
        .paths()
        .into_iter()
        .filter_map(|(name, path)| Some((name, path?.as_str())))
        .collect();
    let secrets: Vec<&str> = dialect.secrets.iter().map(ExposeSecret::expose_secret).collect();
    let answer = dialect.answer.as_ref();
    [
        dialect.kind.as_str().into(),
        json(&fields).into(),
        answer.map(|answer| answer.content_type.as_str()).into(),
        answer.map(|answer| answer.text.as_str()).into(),
        json(&secrets).into(),
        dialect.alphabet.as_str().into(),
    ]
}

/// Up to `limit` gateways after that name, by name.
pub async fn list(session: &mut Session, now: Timestamp, after: &str, limit: u32) -> Result<Vec<Listed>, Error> {
    let sql = select!("WHERE g.name > $2 ORDER BY g.name LIMIT $3");
    let rows = session
        .fetch("gateways", sql, [now.as_ms().into(), after.into(), limit.into()])
        .await?;
    rows.iter().map(listed).collect()
}

/// The gateway with that name.
pub async fn by_name(session: &mut Session, now: Timestamp, name: &str) -> Result<Option<Listed>, Error> {
    let sql = select!("WHERE g.name = $2");
    let query = sqlx::query(sql).bind(now.as_ms()).bind(name);
    let row = query
        .fetch_optional(session.connection().await?)
        .await
        .during("gateways")?;
    row.as_ref().map(listed).transpose()
}

/// The gateways with these names; those that do not exist are missing.
pub async fn named(session: &mut Session, names: &[&str]) -> Result<Vec<(String, GatewayId)>, Error> {
    let sql = "SELECT id, name FROM gateways WHERE name IN (SELECT value FROM json_each($1))";
    let rows = session.fetch("gateways", sql, [json(names).into()]).await?;
    Ok(rows
        .iter()
        .map(|row| (row.get("name"), GatewayId(row.get("id"))))
        .collect())
}

/// All gateways. There are as many as the partner set up by hand.
pub async fn ids(session: &mut Session) -> Result<Vec<(String, GatewayId)>, Error> {
    let rows = session.fetch("gateways", "SELECT id, name FROM gateways", []).await?;
    Ok(rows
        .iter()
        .map(|row| (row.get("name"), GatewayId(row.get("id"))))
        .collect())
}

/// Stores a new gateway. Fails when the name is taken.
pub fn insert(
    tx: &mut WriteTx,
    name: &GatewayName,
    token: &TokenHash,
    settings: &GatewaySettings,
    dialect: &Dialect,
    now: Timestamp,
) {
    let sql = "INSERT INTO gateways (name, token_hash, capacity, heartbeat_timeout_ms, created_at, kind, fields,
                                     answer_type, answer_text, secrets, alphabet)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let [kind, fields, answer_type, answer_text, secrets, alphabet] = columns(dialect);
    let arguments = [
        name.as_str().into(),
        token[..].into(),
        settings.capacity.into(),
        settings.heartbeat_timeout.map(HeartbeatTimeout::as_ms).into(),
        now.as_ms().into(),
        kind,
        fields,
        answer_type,
        answer_text,
        secrets,
        alphabet,
    ];
    tx.queue("gateways", sql, 1, arguments);
}

/// Changes a gateway's bounds and the way it talks. Without a time-out its signs of life are forgotten.
pub fn save(tx: &mut WriteTx, gateway: GatewayId, settings: &GatewaySettings, dialect: &Dialect) {
    let sql = "UPDATE gateways SET capacity = $2, heartbeat_timeout_ms = $3,
                                   heartbeat_at = CASE WHEN $3 IS NULL THEN NULL ELSE heartbeat_at END,
                                   kind = $4, fields = $5, answer_type = $6, answer_text = $7, secrets = $8,
                                   alphabet = $9
               WHERE id = $1";
    let [kind, fields, answer_type, answer_text, secrets, alphabet] = columns(dialect);
    let arguments = [
        gateway.0.into(),
        settings.capacity.into(),
        settings.heartbeat_timeout.map(HeartbeatTimeout::as_ms).into(),
        kind,
        fields,
        answer_type,
        answer_text,
        secrets,
        alphabet,
    ];
    tx.queue("gateways", sql, 1, arguments);
}

/// The gateway with that token, and how it talks.
pub async fn by_token(session: &mut Session, token: &TokenHash) -> Result<Option<(GatewayId, Dialect)>, Error> {
    let sql =
        "SELECT id, kind, fields, answer_type, answer_text, secrets, alphabet FROM gateways WHERE token_hash = $1";
    let rows = session.fetch("gateways", sql, [token[..].into()]).await?;
    rows.first()
        .map(|row| Ok((GatewayId(row.get("id")), dialect(row)?)))
        .transpose()
}

/// Notes a sign of life of those of the gateways that have a time-out.
pub fn touch(tx: &mut WriteTx, gateways: &[GatewayId], now: Timestamp) {
    let ids: Vec<i64> = gateways.iter().map(|gateway| gateway.0).collect();
    let sql = "UPDATE gateways SET heartbeat_at = $2
               WHERE id IN (SELECT value FROM json_each($1)) AND heartbeat_timeout_ms IS NOT NULL
                 AND heartbeat_at IS NOT $2";
    tx.queue_any("gateways", sql, [json(&ids).into(), now.as_ms().into()]);
}

/// Counts SMS that came again, and ids that were given to SMS with other content; each gateway at most once in the list.
pub fn count_repetitions(tx: &mut WriteTx, counts: &[(GatewayId, Repetitions)]) {
    let row = |(gateway, counts): &(GatewayId, Repetitions)| (gateway.0, counts.repetitions, counts.reused_ids);
    let rows: Vec<(i64, u64, u64)> = counts.iter().map(row).collect();
    let sql = "UPDATE gateways SET repetitions = repetitions + (c.value ->> 1),
                                   reused_ids = reused_ids + (c.value ->> 2)
               FROM jsonb_each($1) AS c WHERE gateways.id = c.value ->> 0";
    tx.queue("gateways", sql, rows.len(), [json(&rows).into()]);
}
