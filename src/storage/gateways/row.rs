//! A gateway as it stands in its row.

use std::time::Duration;

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::GatewayRecord;
use crate::domain::gateway::{GatewayName, GatewaySettings, HeartbeatTimeout, ListedGateway, StoredAdapter};
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;
use crate::storage::error::Error;

pub(super) fn record(row: &SqliteRow) -> Result<GatewayRecord, Error> {
    let old_tokens = usize::try_from(row.get::<i64, _>("old_tokens"));
    Ok(GatewayRecord {
        id: GatewayId(row.get("id")),
        settings: settings(row)?,
        adapter: adapter(row),
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
        adapter: adapter(row),
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

pub(super) fn adapter(row: &SqliteRow) -> StoredAdapter {
    StoredAdapter {
        kind: row.get("kind"),
        settings: row.get("settings"),
    }
}
