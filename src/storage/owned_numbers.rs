//! A supplier's list of the numbers that are ours, set against the lines of orders.

use super::driver::Row;
use super::error::Error;
use super::{ReadTx, WriteTx, as_text, json};
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::owned::{ChangedListing, ListedOwned};
use crate::domain::purchase::{LineId, SupplierName};
use crate::domain::time::Timestamp;

/// A supplier's list as the parameter of a statement: it is passed several times.
#[derive(Debug)]
pub struct OwnedList(String);

impl OwnedList {
    /// These numbers.
    #[must_use]
    pub fn new(numbers: impl Iterator<Item = PhoneNumber>) -> Self {
        Self(json(&numbers.map(|number| number.digits()).collect::<Vec<String>>()))
    }
}

/// Up to `limit` numbers after those digits that are on the list or ours here, by number.
pub async fn list(
    tx: &mut ReadTx,
    supplier: SupplierName,
    listed: &OwnedList,
    after: &str,
    limit: u32,
) -> Result<Vec<ListedOwned>, Error> {
    let sql = "SELECT u.number, u.at_supplier,
                      coalesce((SELECT l.state FROM order_lines AS l
                                WHERE l.number = u.number AND l.is_ours = 1 AND l.supplier = $2
                                ORDER BY l.id DESC LIMIT 1),
                               (SELECT 'imported' FROM numbers AS n
                                WHERE n.number = u.number AND n.hold IS DISTINCT FROM 'given_back')) AS here
               FROM (SELECT atom AS number, true AS at_supplier FROM json_each($1) WHERE atom > $3
                     UNION ALL
                     SELECT DISTINCT o.number, false FROM order_lines AS o
                     WHERE o.is_ours = 1 AND o.supplier = $2 AND o.number > $3
                       AND o.number NOT IN (SELECT atom FROM json_each($1))) AS u
               ORDER BY u.number LIMIT $4";
    let arguments = [
        listed.0.as_str().into(),
        as_text(supplier).into(),
        after.into(),
        limit.into(),
    ];
    let rows = tx.fetch("order_lines", sql, arguments).await?;
    let owned = |row: &Row| {
        Ok(ListedOwned {
            number: row.get("number")?,
            at_supplier: row.get("at_supplier")?,
            here: row.get("here")?,
        })
    };
    rows.iter().map(owned).collect()
}

/// Up to `limit` lines after that one with a number in the inventory, or soon there, that was ours before `asked_at`, and that
/// the list lacks though it had it before, or has again.
pub async fn changed(
    tx: &mut ReadTx,
    supplier: SupplierName,
    listed: &OwnedList,
    asked_at: Timestamp,
    (after, limit): (LineId, u32),
) -> Result<Vec<ChangedListing>, Error> {
    let sql = "SELECT l.id, l.number, l.state, l.gone_since IS NULL AS is_gone,
                      coalesce(l.gone_enabled, 1) AS was_enabled
               FROM order_lines AS l
               WHERE l.supplier = $2 AND l.state IN ('unproven', 'stocked') AND l.owned_since < $3
                 AND (l.gone_since IS NULL) = (l.number NOT IN (SELECT atom FROM json_each($1))) AND l.id > $5
               ORDER BY l.id LIMIT $4";
    let arguments = [
        listed.0.as_str().into(),
        as_text(supplier).into(),
        asked_at.as_ms().into(),
        limit.into(),
        after.0.into(),
    ];
    let rows = tx.fetch("order_lines", sql, arguments).await?;
    rows.iter().map(changed_listing).collect()
}

/// Those of the lines that are still as they were found.
pub async fn unchanged(tx: &mut ReadTx, found: &[ChangedListing]) -> Result<Vec<ChangedListing>, Error> {
    let sql = "SELECT l.id, l.number, l.state, l.gone_since IS NULL AS is_gone,
                      coalesce(l.gone_enabled, 1) AS was_enabled
               FROM json_each($1) AS e CROSS JOIN order_lines AS l
               WHERE l.id = CAST(e.atom AS BIGINT) AND l.state IN ('unproven', 'stocked')";
    let ids: Vec<i64> = found.iter().map(|one| one.line.0).collect();
    let rows = tx.fetch("order_lines", sql, [json(&ids).into()]).await?;
    let now = rows.iter().map(changed_listing).collect::<Result<Vec<_>, _>>()?;
    Ok(now.into_iter().filter(|one| found.contains(one)).collect())
}

fn changed_listing(row: &Row) -> Result<ChangedListing, Error> {
    Ok(ChangedListing {
        line: row.get("id")?,
        number: row.get("number")?,
        state: row.get("state")?,
        is_gone: row.get("is_gone")?,
        was_enabled: row.get("was_enabled")?,
    })
}

/// Notes since when the list lacks the numbers of these lines, and whether the numbers are enabled.
pub fn mark_gone(tx: &mut WriteTx, lines: &[LineId], enabled: bool, now: Timestamp) {
    // The CASE keeps PostgreSQL from starting with the condition.
    let sql = "UPDATE order_lines SET gone_since = $2, gone_enabled = $3
               WHERE id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1))
                 AND CASE WHEN gone_since IS NULL THEN 1 END IS NOT NULL";
    let ids: Vec<i64> = lines.iter().map(|line| line.0).collect();
    let arguments = [json(&ids).into(), now.as_ms().into(), enabled.into()];
    tx.queue("order_lines", sql, lines.len(), arguments);
}

/// Notes that the list has the numbers of these lines again.
pub fn mark_listed(tx: &mut WriteTx, lines: &[LineId]) {
    let sql = "UPDATE order_lines SET gone_since = NULL, gone_enabled = NULL
               WHERE id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1)) AND gone_since IS NOT NULL";
    let ids: Vec<i64> = lines.iter().map(|line| line.0).collect();
    tx.queue("order_lines", sql, lines.len(), [json(&ids).into()]);
}

/// In what a list and the stock differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListDifferences {
    /// Stocked numbers that are gone from the list.
    pub gone: i64,
    /// Numbers of the list that are not known here.
    pub unlisted: i64,
}

/// Counts in what the list and the stock differ.
pub async fn differences(
    tx: &mut ReadTx,
    supplier: SupplierName,
    listed: &OwnedList,
) -> Result<ListDifferences, Error> {
    let sql = "SELECT (SELECT count(*) FROM order_lines AS l
                       WHERE l.supplier = $2 AND l.state IN ('unproven', 'stocked') AND l.gone_since IS NOT NULL) AS gone,
                      (SELECT count(*) FROM json_each($1) AS e
                       WHERE NOT EXISTS (SELECT 1 FROM order_lines AS l WHERE l.number = e.atom AND l.is_ours = 1)
                         AND NOT EXISTS (SELECT 1 FROM numbers AS n
                                         WHERE n.number = e.atom AND n.hold IS DISTINCT FROM 'given_back')) AS unlisted";
    let arguments = [listed.0.as_str().into(), as_text(supplier).into()];
    let row = tx.fetch_one("order_lines", sql, arguments).await?;
    Ok(ListDifferences {
        gone: row.get("gone")?,
        unlisted: row.get("unlisted")?,
    })
}

/// Stores that the comparison was made, and what it found.
pub fn note_comparison(tx: &mut WriteTx, supplier: SupplierName, found: ListDifferences, now: Timestamp) {
    let sql = "INSERT INTO owned_comparisons (supplier, compared_at, gone, unlisted) VALUES ($1, $2, $3, $4)
               ON CONFLICT (supplier) DO UPDATE SET compared_at = excluded.compared_at, gone = excluded.gone,
                   unlisted = excluded.unlisted";
    let arguments = [
        as_text(supplier).into(),
        now.as_ms().into(),
        found.gone.into(),
        found.unlisted.into(),
    ];
    tx.queue("owned_comparisons", sql, 1, arguments);
}

/// When the lists were last compared, by supplier.
pub async fn compared_at(tx: &mut ReadTx) -> Result<Vec<(SupplierName, Timestamp)>, Error> {
    let sql = "SELECT supplier, compared_at FROM owned_comparisons";
    let rows = tx.fetch("owned_comparisons", sql, []).await?;
    let compared = |row: &Row| Ok((row.get("supplier")?, row.get("compared_at")?));
    rows.iter().map(compared).collect()
}
