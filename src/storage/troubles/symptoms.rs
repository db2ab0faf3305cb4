//! The data from which troubles are detected. Each query has a limit or reads gateways and pools, which are few.

use super::purchases::{PurchaseSymptoms, purchase_symptoms};
use crate::domain::stock::{AvailableCounts, GatewayId};
use crate::domain::time::Timestamp;
use crate::domain::wire_name::CountryName;
use crate::storage::ReadTx;
use crate::storage::driver::Row;
use crate::storage::error::Error;
use crate::storage::stock::KnownPools;

/// A gateway, as far as troubles need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewaySymptoms {
    /// Its id.
    pub id: GatewayId,
    /// Its name.
    pub name: String,
    /// Whether a heartbeat or an SMS came within its timeout; true if it has none.
    pub online: bool,
    /// Its numbers that are available or rented.
    pub numbers: u64,
}

/// The data of one check, read in one transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Symptoms {
    /// When the oldest SMS arrived that is due since `due_before`, and how many such SMS there are, up to 1,000.
    pub overdue: Option<(Timestamp, u64)>,
    /// All enabled gateways.
    pub gateways: Vec<GatewaySymptoms>,
    /// How many rentals were opened in `silent_period` and have no SMS, by gateway; of the oldest 1,000.
    pub silent: Vec<(GatewayId, u64)>,
    /// What GET_SERVICES promises.
    pub promise: AvailableCounts,
    /// The countries with enabled numbers, also rented and banned ones.
    pub countries: Vec<CountryName>,
    /// What is wrong at wholesalers.
    pub purchases: PurchaseSymptoms,
}

/// Reads everything at `now`. `silent_period`: after the first time, up to the second one; `unknown_since`: lines that have been
/// unknown since then or longer.
pub async fn symptoms(
    tx: &mut ReadTx,
    now: Timestamp,
    due_before: Timestamp,
    silent_period: (Timestamp, Timestamp),
    unknown_since: Timestamp,
) -> Result<Symptoms, Error> {
    Ok(Symptoms {
        overdue: overdue(tx, due_before).await?,
        gateways: gateways(tx, now).await?,
        silent: silent(tx, silent_period).await?,
        promise: KnownPools::default().read(tx, now).await?.available_counts(),
        countries: countries(tx).await?,
        purchases: purchase_symptoms(tx, now, unknown_since).await?,
    })
}

async fn overdue(tx: &mut ReadTx, before: Timestamp) -> Result<Option<(Timestamp, u64)>, Error> {
    let sql = "SELECT min(m.received_at) AS oldest, count(*) AS overdue
               FROM (SELECT message_id FROM deliveries WHERE state = 'due' ORDER BY message_id LIMIT 1000) AS d
               JOIN messages AS m ON m.id = d.message_id WHERE m.received_at <= $1";
    let row = tx.fetch_one("deliveries", sql, [before.as_ms().into()]).await?;
    let oldest: Option<Timestamp> = row.get("oldest")?;
    Ok(oldest.zip(row.get("overdue")?))
}

async fn gateways(tx: &mut ReadTx, now: Timestamp) -> Result<Vec<GatewaySymptoms>, Error> {
    let sql = "SELECT g.id, g.name,
                      (g.heartbeat_timeout_ms IS NULL
                       OR coalesce(g.heartbeat_at > $1 - g.heartbeat_timeout_ms
                                   AND g.heartbeat_at <= $1 + g.heartbeat_timeout_ms, false)) AS online,
                      CAST(coalesce((SELECT sum(p.free + p.rented) FROM pools AS p WHERE p.gateway_id = g.id), 0) AS BIGINT) AS numbers
               FROM gateways AS g WHERE g.enabled = 1 ORDER BY g.id";
    let rows = tx.fetch("gateways", sql, [now.as_ms().into()]).await?;
    let gateway = |row: &Row| {
        Ok(GatewaySymptoms {
            id: row.get("id")?,
            name: row.get("name")?,
            online: row.get("online")?,
            numbers: row.get("numbers")?,
        })
    };
    rows.iter().map(gateway).collect()
}

async fn silent(tx: &mut ReadTx, period: (Timestamp, Timestamp)) -> Result<Vec<(GatewayId, u64)>, Error> {
    let sql = "SELECT p.gateway_id, count(*) AS rentals
               FROM (SELECT number FROM operations
                     WHERE closed_at IS NULL AND sms_count = 0 AND opened_at > $1 AND opened_at <= $2
                     ORDER BY opened_at LIMIT 1000) AS o
               JOIN numbers AS n ON n.number = o.number JOIN pools AS p ON p.id = n.pool_id
               GROUP BY p.gateway_id ORDER BY p.gateway_id";
    let arguments = [period.0.as_ms().into(), period.1.as_ms().into()];
    let rows = tx.fetch("operations", sql, arguments).await?;
    let silent = |row: &Row| Ok((row.get("gateway_id")?, row.get("rentals")?));
    rows.iter().map(silent).collect()
}

/// Countries of enabled gateways only. Of banned numbers, 10,000 are read: a country with more of them usually has other
/// numbers, too.
async fn countries(tx: &mut ReadTx) -> Result<Vec<CountryName>, Error> {
    let sql = "SELECT p.country FROM pools AS p JOIN gateways AS g ON g.id = p.gateway_id
               WHERE p.free + p.rented > 0 AND g.enabled = 1
               UNION
               SELECT p.country FROM (SELECT pool_id FROM numbers WHERE banned_until IS NOT NULL AND enabled = 1
                                      ORDER BY banned_until LIMIT 10000) AS n
               JOIN pools AS p ON p.id = n.pool_id JOIN gateways AS g ON g.id = p.gateway_id WHERE g.enabled = 1";
    let rows = tx.fetch("pools", sql, []).await?;
    rows.iter().map(|row| row.get("country")).collect()
}
