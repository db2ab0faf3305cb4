//! Rows of gateways.

use std::time::Duration;

use super::GatewayRecord;
use crate::domain::gateway::{GatewaySettings, HeartbeatTimeout, ListedGateway, StoredAdapter};
use crate::domain::network::Networks;
use crate::domain::time::Timestamp;
use crate::storage::driver::Row;
use crate::storage::error::Error;

pub(super) fn record(row: &Row) -> Result<GatewayRecord, Error> {
    Ok(GatewayRecord {
        id: row.get("id")?,
        settings: settings(row)?,
        adapter: adapter(row)?,
        old_tokens: row.get("old_tokens")?,
    })
}

fn settings(row: &Row) -> Result<GatewaySettings, Error> {
    let timeout = |ms| {
        let timeout = HeartbeatTimeout::new(Duration::from_millis(ms));
        timeout.map_err(|_| row.corrupt("heartbeat_timeout_ms"))
    };
    let timeout_ms: Option<u64> = row.get("heartbeat_timeout_ms")?;
    Ok(GatewaySettings {
        capacity: row.get("capacity")?,
        heartbeat_timeout: timeout_ms.map(timeout).transpose()?,
        enabled: row.get("enabled")?,
        allow: allow(row)?,
    })
}

pub(super) fn allow(row: &Row) -> Result<Networks, Error> {
    let texts: Vec<String> = row.json("allow")?;
    Networks::parse(texts.iter().map(String::as_str)).map_err(|_| row.corrupt("allow"))
}

pub(super) fn listed(row: &Row) -> Result<ListedGateway, Error> {
    let old_tokens: Vec<i64> = row.json("old_tokens")?;
    Ok(ListedGateway {
        id: row.get("id")?,
        name: row.get("name")?,
        settings: settings(row)?,
        adapter: adapter(row)?,
        online: row.get("online")?,
        heartbeat_at: row.get("heartbeat_at")?,
        numbers: row.get("numbers")?,
        rented: row.get("rented")?,
        repetitions: row.get("repetitions")?,
        reused_ids: row.get("reused_ids")?,
        old_tokens: old_tokens.into_iter().map(Timestamp::from_ms).collect(),
        created_at: row.get("created_at")?,
    })
}

pub(super) fn adapter(row: &Row) -> Result<StoredAdapter, Error> {
    Ok(StoredAdapter {
        kind: row.get("kind")?,
        settings: row.get("settings")?,
    })
}
