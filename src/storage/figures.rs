//! The figures of the metrics. What a scrape waits for reads gateways, pools and a few rows; the rest is counted beside it.

use super::driver::Row;
use super::driver::Sql;
use super::error::Error;
use super::{ReadTx, as_text};
use crate::domain::delivery::DeliveryState;
use crate::domain::figures::GatewayFigures;
use crate::domain::number::NumberState;
use crate::domain::time::Timestamp;
use crate::domain::wire_name::CountryName;

/// By country: how many numbers are available and rented, by the counters of their pools.
pub async fn countries(tx: &mut ReadTx) -> Result<Vec<(CountryName, u64, u64)>, Error> {
    let sql = "SELECT country, CAST(sum(free) AS BIGINT) AS available, CAST(sum(rented) AS BIGINT) AS rented
               FROM pools GROUP BY country ORDER BY country";
    let rows = tx.fetch("pools", sql, []).await?;
    let country = |row: &Row| Ok((row.get("country")?, row.get("available")?, row.get("rented")?));
    rows.iter().map(country).collect()
}

/// All gateways, by name. Their rented numbers are counted by the pools.
pub async fn gateways(tx: &mut ReadTx, now: Timestamp) -> Result<Vec<GatewayFigures>, Error> {
    let sql = "SELECT g.id, g.name, g.enabled, g.capacity,
                      (g.heartbeat_timeout_ms IS NULL
                       OR coalesce(g.heartbeat_at > $1 - g.heartbeat_timeout_ms
                                   AND g.heartbeat_at <= $1 + g.heartbeat_timeout_ms, false)) AS online,
                      coalesce((SELECT CAST(sum(rented) AS BIGINT) FROM pools AS p WHERE p.gateway_id = g.id), 0) AS rented
               FROM gateways AS g WHERE g.deleted_name IS NULL ORDER BY g.name";
    let rows = tx.fetch("gateways", sql, [now.as_ms().into()]).await?;
    let gateway = |row: &Row| {
        Ok(GatewayFigures {
            id: row.get("id")?,
            name: row.get("name")?,
            enabled: row.get("enabled")?,
            online: row.get("online")?,
            capacity: row.get("capacity")?,
            rented: row.get("rented")?,
        })
    };
    rows.iter().map(gateway).collect()
}

/// When the oldest SMS arrived that is due to be pushed.
pub async fn oldest_due(tx: &mut ReadTx) -> Result<Option<Timestamp>, Error> {
    // Ids rise in the order of arrival.
    let sql = "SELECT received_at FROM messages
               WHERE id = (SELECT min(message_id) FROM deliveries WHERE state = 'due')";
    let row = tx.fetch_first("messages", sql, []).await?;
    row.map(|row| row.get("received_at")).transpose()
}

/// How many open operations wait for their first SMS, and how many have one; counted in indexes, as in the functions below:
/// 1,000,000 rows take about a second.
pub async fn open_operations(tx: &mut ReadTx) -> Result<(u64, u64), Error> {
    macro_rules! open_operations {
        ($waiting:literal) => {
            concat!(
                "SELECT (SELECT count(*) FROM operations WHERE closed_at IS NULL) AS open,
                        (SELECT count(*) FROM operations ",
                $waiting,
                "WHERE closed_at IS NULL AND sms_count = 0) AS waiting"
            )
        };
    }
    let sql = Sql {
        sqlite: open_operations!("INDEXED BY operations_waiting "),
        postgres: open_operations!(""),
    };
    let row = tx.fetch_one("operations", sql, []).await?;
    let (open, waiting): (u64, u64) = (row.get("open")?, row.get("waiting")?);
    Ok((waiting, open.saturating_sub(waiting)))
}

/// The numbers that are neither available nor rented, by country and state.
pub async fn unavailable(tx: &mut ReadTx) -> Result<Vec<(CountryName, NumberState, u64)>, Error> {
    // By the index of each state. Where several apply, the order is that of `Number::state`.
    let sql = "SELECT p.country,
                      CASE WHEN n.hold = 'given_back' THEN 'given_back' WHEN n.enabled = 0 THEN 'disabled'
                           WHEN n.banned_until IS NOT NULL THEN 'banned' ELSE 'resting' END AS state,
                      count(*) AS numbers
               FROM numbers AS n JOIN pools AS p ON p.id = n.pool_id
               WHERE n.number IN (SELECT number FROM numbers WHERE enabled = 0 AND hold IS DISTINCT FROM 'given_back'
                                  UNION SELECT number FROM numbers WHERE hold = 'given_back'
                                  UNION SELECT number FROM numbers WHERE banned_until IS NOT NULL
                                  UNION SELECT number FROM numbers WHERE rests_until IS NOT NULL)
                 AND NOT EXISTS (SELECT 1 FROM operations AS o WHERE o.number = n.number AND o.closed_at IS NULL)
               GROUP BY p.country, state ORDER BY p.country, state";
    let rows = tx.fetch("numbers", sql, []).await?;
    let counted = |row: &Row| {
        let state = row.parse("state", str::parse)?;
        Ok((row.get("country")?, state, row.get("numbers")?))
    };
    rows.iter().map(counted).collect()
}

/// The deliveries in a state.
pub async fn deliveries(tx: &mut ReadTx, state: DeliveryState) -> Result<u64, Error> {
    let sql = "SELECT count(*) AS deliveries FROM deliveries WHERE state = $1";
    let row = tx.fetch_one("deliveries", sql, [as_text(state).into()]).await?;
    row.get("deliveries")
}
