//! Pools as the admin reads them.

use crate::domain::listed::{ListedPool, PoolFilter};
use crate::domain::stock::PoolId;
use crate::domain::wire_name::{CountryName, OperatorName};
use crate::storage::ReadTx;
use crate::storage::driver::Row;
use crate::storage::error::Error;

/// Up to `limit` pools after that one, in the order in which they were added.
pub async fn list(
    tx: &mut ReadTx,
    filter: &PoolFilter,
    after: Option<PoolId>,
    limit: u32,
) -> Result<Vec<ListedPool>, Error> {
    let sql = "SELECT p.id, g.name AS gateway, p.country, p.operator, p.free, p.rented,
                      (SELECT count(*) FROM numbers AS n WHERE n.pool_id = p.id) AS numbers
               FROM pools AS p CROSS JOIN gateways AS g
               WHERE g.id = p.gateway_id AND p.id > $1 AND (CAST($2 AS TEXT) IS NULL OR g.name = $2)
                 AND (CAST($3 AS TEXT) IS NULL OR p.country = $3) AND (CAST($4 AS TEXT) IS NULL OR p.operator = $4)
               ORDER BY p.id LIMIT $5";
    let arguments = [
        after.map_or(0, |pool| pool.0).into(),
        filter.gateway.as_deref().into(),
        filter.country.as_ref().map(CountryName::as_str).into(),
        filter.operator.as_ref().map(OperatorName::as_str).into(),
        limit.into(),
    ];
    let rows = tx.fetch("pools", sql, arguments).await?;
    rows.iter().map(listed).collect()
}

fn listed(row: &Row) -> Result<ListedPool, Error> {
    Ok(ListedPool {
        id: row.get("id")?,
        gateway: row.get("gateway")?,
        country: row.get("country")?,
        operator: row.get("operator")?,
        available: row.get("free")?,
        rented: row.get("rented")?,
        numbers: row.get("numbers")?,
    })
}
