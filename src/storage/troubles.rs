//! Troubles: begun, updated and ended by one worker, listed for the admin, and deleted after a while.

mod purchases;
mod symptoms;

use super::driver::Row;
use super::error::Error;
use super::{ReadTx, WriteTx, as_text};
use crate::domain::time::Timestamp;
use crate::domain::trouble::{ListedTrouble, Observation, OpenTrouble, Trouble, TroubleId, TroubleState};
use crate::domain::wire_name::CountryName;

pub use purchases::{OwnedDifference, PurchaseSymptoms, UnknownPurchases};
pub use symptoms::{GatewaySymptoms, Symptoms, symptoms};

/// The most ended troubles that are kept (rule 12).
const ENDED_MAX: u32 = 1000;

/// The statement that reads troubles, completed by `$end`.
macro_rules! select {
    ($end:literal) => {
        concat!(
            "SELECT t.id, t.kind, t.gateway_id, coalesce(g.deleted_name, g.name) AS gateway, t.country, t.supplier,
                    t.began_at, t.ended_at, t.count, t.detail
             FROM troubles AS t LEFT JOIN gateways AS g ON g.id = t.gateway_id ",
            $end
        )
    };
}

/// All open troubles.
pub async fn open(tx: &mut ReadTx) -> Result<Vec<ListedTrouble>, Error> {
    let sql = select!("WHERE t.ended_at IS NULL ORDER BY t.id");
    let rows = tx.fetch("troubles", sql, []).await?;
    rows.iter().map(listed).collect()
}

/// Up to `limit` troubles that began before that one, the newest first, without those that ended before `since`.
pub async fn list(
    tx: &mut ReadTx,
    state: Option<TroubleState>,
    since: Timestamp,
    before: Option<TroubleId>,
    limit: u32,
) -> Result<Vec<ListedTrouble>, Error> {
    let sql = select!(
        "WHERE t.id < $1 AND (t.ended_at IS NULL OR t.ended_at > $2)
           AND (CAST($3 AS TEXT) IS NULL OR CASE WHEN t.ended_at IS NULL THEN 'open' ELSE 'ended' END = $3)
         ORDER BY t.id DESC LIMIT $4"
    );
    let arguments = [
        before.map_or(i64::MAX, |id| id.0).into(),
        since.as_ms().into(),
        state.map(as_text).into(),
        limit.into(),
    ];
    let rows = tx.fetch("troubles", sql, arguments).await?;
    rows.iter().map(listed).collect()
}

pub(super) fn listed(row: &Row) -> Result<ListedTrouble, Error> {
    let (gateway, country, supplier) = (row.get("gateway_id")?, row.get("country")?, row.get("supplier")?);
    let trouble = Trouble::parse(row.text("kind")?, gateway, country, supplier);
    Ok(ListedTrouble {
        trouble: OpenTrouble {
            id: row.get("id")?,
            trouble: trouble.ok_or(row.corrupt("kind"))?,
            began_at: row.get("began_at")?,
            count: row.get("count")?,
            detail: row.get("detail")?,
        },
        gateway: row.get("gateway")?,
        ended_at: row.get("ended_at")?,
    })
}

/// A count as the database stores it.
fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Stores a trouble that begins. Fails when one of that kind is open for the same gateway, country or wholesaler.
pub fn begin(tx: &mut WriteTx, seen: &Observation, now: Timestamp) {
    let sql = "INSERT INTO troubles (kind, gateway_id, country, supplier, began_at, count, detail)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let arguments = [
        seen.trouble.kind().into(),
        seen.trouble.gateway().map(|gateway| gateway.0).into(),
        seen.trouble.country().map(CountryName::as_str).into(),
        seen.trouble.supplier().map(as_text).into(),
        now.as_ms().into(),
        stored(seen.count).into(),
        seen.detail.as_str().into(),
    ];
    tx.queue_insert("troubles", sql, 1, arguments);
}

/// Stores the count and the detail of an open trouble. Fails when it is not open.
pub fn update(tx: &mut WriteTx, changed: &OpenTrouble) {
    let sql = "UPDATE troubles SET count = $2, detail = $3 WHERE id = $1 AND ended_at IS NULL";
    let arguments = [
        changed.id.0.into(),
        stored(changed.count).into(),
        changed.detail.as_str().into(),
    ];
    tx.queue("troubles", sql, 1, arguments);
}

/// Ends an open trouble. Fails when it is not open.
pub fn end(tx: &mut WriteTx, id: TroubleId, ended_at: Timestamp) {
    let sql = "UPDATE troubles SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
    tx.queue("troubles", sql, 1, [id.0.into(), ended_at.as_ms().into()]);
}

/// Deletes troubles that ended before that time, and the oldest ended ones beyond the most that are kept.
pub fn forget(tx: &mut WriteTx, before: Timestamp) {
    let sql = "DELETE FROM troubles
               WHERE ended_at < $1
                  OR ended_at IS NOT NULL AND id <= (SELECT id FROM troubles WHERE ended_at IS NOT NULL
                                                     ORDER BY id DESC LIMIT 1 OFFSET $2)";
    tx.queue_any("troubles", sql, [before.as_ms().into(), ENDED_MAX.into()]);
}
