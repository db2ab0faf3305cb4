//! A gateway as it stands in its row.

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::GatewayRecord;
use crate::domain::dialect::{AdapterSettings, CustomReply, DefaultCharacterSet, FieldMap, FieldPath, GatewayKind};
use crate::domain::gateway::ListedGateway;
use crate::domain::gateway::{GatewayName, GatewaySettings, HeartbeatTimeout};
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;
use crate::storage::error::Error;
use crate::storage::json;
use crate::storage::statement::Argument;

pub(super) fn record(row: &SqliteRow) -> Result<GatewayRecord, Error> {
    let old_tokens = usize::try_from(row.get::<i64, _>("old_tokens"));
    Ok(GatewayRecord {
        id: GatewayId(row.get("id")),
        settings: settings(row)?,
        dialect: dialect(row)?,
        old_tokens: old_tokens.map_err(|_| corrupt("old_tokens"))?,
    })
}

const fn corrupt(column: &'static str) -> Error {
    let table = "gateways";
    Error::Corrupt { table, column }
}

fn settings(row: &SqliteRow) -> Result<GatewaySettings, Error> {
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
    Ok(GatewaySettings {
        capacity,
        heartbeat_timeout,
        enabled: row.get("enabled"),
    })
}

pub(super) fn listed(row: &SqliteRow) -> Result<ListedGateway, Error> {
    let old_tokens: Vec<i64> = serde_json::from_str(row.get("old_tokens")).map_err(|_| corrupt("old_tokens"))?;
    Ok(ListedGateway {
        id: GatewayId(row.get("id")),
        name: GatewayName::parse(row.get("name")).map_err(|_| corrupt("name"))?,
        settings: settings(row)?,
        dialect: dialect(row)?,
        online: row.get("online"),
        heartbeat_at: row.get::<Option<i64>, _>("heartbeat_at").map(Timestamp::from_ms),
        numbers: row.get("numbers"),
        rented: row.get("rented"),
        repetitions: row.get("repetitions"),
        reused_ids: row.get("reused_ids"),
        old_tokens: old_tokens.into_iter().map(Timestamp::from_ms).collect(),
        created_at: Timestamp::from_ms(row.get("created_at")),
    })
}

pub(super) fn dialect(row: &SqliteRow) -> Result<AdapterSettings, Error> {
    let stored: BTreeMap<String, String> = serde_json::from_str(row.get("fields")).map_err(|_| corrupt("fields"))?;
    let mut fields = FieldMap::default();
    for (name, path) in stored {
        let place = fields.path_mut(&name).ok_or(corrupt("fields"))?;
        *place = Some(FieldPath::parse(&path).map_err(|_| corrupt("fields"))?);
    }
    let secrets: Vec<String> = serde_json::from_str(row.get("secrets")).map_err(|_| corrupt("secrets"))?;
    let answer = row
        .get::<Option<String>, _>("answer_type")
        .map(|content_type| CustomReply {
            content_type,
            text: row.get("answer_text"),
        });
    Ok(AdapterSettings {
        kind: GatewayKind::parse(row.get("kind")).map_err(|_| corrupt("kind"))?,
        fields,
        answer,
        secrets: secrets.into_iter().map(SecretString::from).collect(),
        alphabet: DefaultCharacterSet::parse(row.get("alphabet")).ok_or(corrupt("alphabet"))?,
        unsigned: row.get("unsigned"),
    })
}

/// A dialect as it is stored: kind, fields, type and text of the answer, secrets, alphabet, whether
/// it is unsigned.
pub(super) fn columns(dialect: &AdapterSettings) -> [Argument; 7] {
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
        dialect.unsigned.into(),
    ]
}
