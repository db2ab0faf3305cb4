//! Rules by which the server orders numbers by itself.

use super::driver::Row;
use super::error::Error;
use super::{ReadTx, WriteTx, as_text};
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::restock::{RestockRule, StoredRestockRule};
use crate::domain::purchase::{OrderId, SupplierName};
use crate::domain::wire_name::CountryName;

/// The statement that reads rules, and its end.
macro_rules! select_rules {
    ($end:literal) => {
        concat!(
            "SELECT r.supplier, r.country, r.floor, r.target, r.prefix, r.monthly_max, r.batch_max, r.enabled, r.order_id
             FROM restock_rules AS r ",
            $end
        )
    };
}

/// All rules; there are few.
pub async fn all(tx: &mut ReadTx) -> Result<Vec<StoredRestockRule>, Error> {
    let sql = select_rules!("ORDER BY r.supplier, r.country");
    let rows = tx.fetch("restock_rules", sql, []).await?;
    rows.iter().map(stored).collect()
}

/// The rule for that supplier and country.
pub async fn find(
    tx: &mut ReadTx,
    supplier: SupplierName,
    country: &CountryName,
) -> Result<Option<StoredRestockRule>, Error> {
    let sql = select_rules!("WHERE r.supplier = $1 AND r.country = $2");
    let arguments = [as_text(supplier).into(), country.as_str().into()];
    let row = tx.fetch_first("restock_rules", sql, arguments).await?;
    row.as_ref().map(stored).transpose()
}

fn stored(row: &Row) -> Result<StoredRestockRule, Error> {
    Ok(StoredRestockRule {
        rule: RestockRule {
            supplier: row.get("supplier")?,
            country: row.get("country")?,
            floor: row.get("floor")?,
            target: row.get("target")?,
            prefix: row.get("prefix")?,
            monthly_max: row.get("monthly_max")?,
            batch_max: row.get("batch_max")?,
            enabled: row.get("enabled")?,
        },
        order: row.get("order_id")?,
    })
}

/// Stores a rule, in place of the one for the same supplier and country; its order stays.
pub fn save(tx: &mut WriteTx, rule: &RestockRule) {
    let sql = "INSERT INTO restock_rules (supplier, country, floor, target, prefix, monthly_max, batch_max, enabled)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
               ON CONFLICT (supplier, country) DO UPDATE SET floor = excluded.floor, target = excluded.target,
                   prefix = excluded.prefix, monthly_max = excluded.monthly_max, batch_max = excluded.batch_max,
                   enabled = excluded.enabled";
    let arguments = [
        as_text(rule.supplier).into(),
        rule.country.as_str().into(),
        rule.floor.into(),
        rule.target.into(),
        rule.prefix.as_deref().into(),
        rule.monthly_max.as_i64().into(),
        rule.batch_max.into(),
        rule.enabled.into(),
    ];
    tx.queue("restock_rules", sql, 1, arguments);
}

/// Deletes a rule. Fails when there is none.
pub fn delete(tx: &mut WriteTx, supplier: SupplierName, country: &CountryName) {
    let sql = "DELETE FROM restock_rules WHERE supplier = $1 AND country = $2";
    let arguments = [as_text(supplier).into(), country.as_str().into()];
    tx.queue("restock_rules", sql, 1, arguments);
}

/// Stores which order a rule placed. Fails when there is no such rule.
pub fn set_order(tx: &mut WriteTx, rule: &RestockRule, order: OrderId) {
    let sql = "UPDATE restock_rules SET order_id = $3 WHERE supplier = $1 AND country = $2";
    let arguments = [
        as_text(rule.supplier).into(),
        rule.country.as_str().into(),
        order.0.into(),
    ];
    tx.queue("restock_rules", sql, 1, arguments);
}

/// The numbers of a country that the supplier's gateway has available, and the lines that may still bring one; lines of orders
/// that name no country are [`live_without_country`]. Read from the counters of the pools, whatever the size of the inventory.
pub async fn stock(tx: &mut ReadTx, supplier: SupplierName, country: &CountryName) -> Result<(u64, u64), Error> {
    let sql = "SELECT (SELECT CAST(coalesce(sum(p.free), 0) AS BIGINT) FROM pools AS p JOIN gateways AS g ON g.id = p.gateway_id
                       WHERE g.name = $1 AND g.deleted_name IS NULL AND p.country = $2) AS available,
                      (SELECT count(*) FROM order_lines AS l JOIN orders AS o ON o.id = l.order_id
                       WHERE l.supplier = $1 AND o.country = $2
                         AND l.state IN ('planned', 'attempted', 'unknown', 'waiting', 'wiring', 'unproven')) AS live";
    let arguments = [as_text(supplier).into(), country.as_str().into()];
    let row = tx.fetch_one("pools", sql, arguments).await?;
    Ok((row.get("available")?, row.get("live")?))
}

/// The numbers of lines that may still bring them, of orders that name no country.
pub async fn live_without_country(tx: &mut ReadTx, supplier: SupplierName) -> Result<Vec<PhoneNumber>, Error> {
    let sql = "SELECT l.number FROM order_lines AS l JOIN orders AS o ON o.id = l.order_id
               WHERE l.supplier = $1 AND o.country IS NULL AND l.number IS NOT NULL
                 AND l.state IN ('planned', 'attempted', 'unknown', 'waiting', 'wiring', 'unproven')";
    let rows = tx.fetch("order_lines", sql, [as_text(supplier).into()]).await?;
    rows.iter().map(|row| row.get("number")).collect()
}
