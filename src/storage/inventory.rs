//! The inventory as the admin reads it: numbers with their gateway, country and operator.

use super::error::Error;
use super::numbers::number;
use super::row::Row;
use super::{ReadTx, json};
use crate::domain::exclusion::{NumberRange, Prefix};
use crate::domain::listed::{ListedNumber, NumberFilter};
use crate::domain::number::NumberState;
use crate::domain::phone::PhoneNumber;
use crate::domain::wire_name::{CountryName, OperatorName};

/// The statement that lists numbers, with the table that is read first. CROSS JOIN keeps the order of the loops, so that the
/// index of that table determines the order, and the search ends with the page.
macro_rules! select {
    ($lead:expr) => {
        concat!(
            "SELECT n.number, n.pool_id, n.enabled, n.hold, n.strikes, n.banned_until, n.ban_reason, n.rests_until,
                    (SELECT id FROM operations AS o WHERE o.number = n.number AND o.closed_at IS NULL) AS operation,
                    p.country, p.operator, g.name AS gateway,
                    (SELECT line FROM slots AS l WHERE l.number = n.number) AS line
             FROM ",
            $lead,
            " CROSS JOIN pools AS p ON p.id = n.pool_id CROSS JOIN gateways AS g ON g.id = p.gateway_id "
        )
    };
}

/// The page of numbers from `$1` up to, not including, `$2`, in the pools `$3`, with a condition for the state.
macro_rules! page {
    ($lead:expr, $state:literal) => {
        page!($lead, $state, "n.number")
    };
    ($lead:expr, $state:literal, $order:literal) => {
        concat!(
            select!($lead),
            "WHERE n.number >= $1 AND n.number < $2
               AND ($3 IS NULL OR n.pool_id IN (SELECT value FROM json_each($3)))",
            $state,
            " ORDER BY ",
            $order,
            " LIMIT $4"
        )
    };
}

/// The numbers of the page in the pools `$3`, from a table that is sorted within each pool. The pools are merged: the queue
/// of the recursion has the next number of each pool; the lowest one is taken from it, and the next one of its pool is added.
/// `$2` marks the end of a pool.
macro_rules! merged {
    ($from:literal) => {
        concat!(
            "(WITH RECURSIVE merged (number, pool_id) AS (
                  SELECT coalesce((SELECT min(s.number) FROM ",
            $from,
            " WHERE s.pool_id = p.id AND s.number >= $1 AND s.number < $2), $2), p.id
                  FROM pools AS p WHERE $3 IS NULL OR p.id IN (SELECT value FROM json_each($3))
                  UNION ALL
                  SELECT coalesce((SELECT min(s.number) FROM ",
            $from,
            " WHERE s.pool_id = merged.pool_id AND s.number > merged.number AND s.number < $2), $2),
                         merged.pool_id
                  FROM merged WHERE merged.number < $2
                  ORDER BY 1 LIMIT $4)
              SELECT number FROM merged WHERE number < $2) AS m CROSS JOIN numbers AS n ON n.number = m.number"
        )
    };
}

/// Numbers in any state, of all pools.
const ALL: &str = page!("numbers AS n", "");
/// The same of some pools, which may have few of all numbers.
const OF_POOLS: &str = page!(merged!("numbers AS s INDEXED BY numbers_by_pool"), "");

/// The page of each state, read first from the index that has few rows or is sorted.
const fn statement(state: Option<NumberState>, of_pools: bool) -> &'static str {
    match state {
        None if of_pools => OF_POOLS,
        None => ALL,
        Some(NumberState::Available) => page!(merged!("available_numbers AS s"), ""),
        Some(NumberState::Rented) => page!(
            "operations AS r INDEXED BY operations_open CROSS JOIN numbers AS n ON n.number = r.number",
            " AND r.closed_at IS NULL AND r.number >= $1 AND r.number < $2",
            "r.number"
        ),
        Some(NumberState::Resting) => page!(
            "numbers AS n INDEXED BY numbers_resting",
            " AND n.rests_until IS NOT NULL AND n.enabled = 1 AND n.banned_until IS NULL"
        ),
        Some(NumberState::Banned) => page!(
            "numbers AS n INDEXED BY numbers_banned",
            " AND n.banned_until IS NOT NULL AND n.enabled = 1
              AND NOT EXISTS (SELECT 1 FROM operations AS o WHERE o.number = n.number AND o.closed_at IS NULL)"
        ),
        Some(NumberState::Disabled) => page!(
            "numbers AS n INDEXED BY numbers_disabled",
            " AND n.enabled = 0 AND n.hold IS NOT 'given_back'
              AND NOT EXISTS (SELECT 1 FROM operations AS o WHERE o.number = n.number AND o.closed_at IS NULL)"
        ),
        // The database refuses that one of them is rented.
        Some(NumberState::GivenBack) => page!(
            "numbers AS n INDEXED BY numbers_given_back",
            " AND n.hold = 'given_back'"
        ),
    }
}

fn listed(row: &Row) -> Result<ListedNumber, Error> {
    Ok(ListedNumber {
        number: number(row)?,
        country: row.get("country")?,
        operator: row.get("operator")?,
        gateway: row.get("gateway")?,
        line: row.get("line")?,
    })
}

/// Up to `limit` of the numbers after that one, in the order of their texts.
pub async fn list(
    tx: &mut ReadTx,
    filter: &NumberFilter,
    after: Option<PhoneNumber>,
    limit: u32,
) -> Result<Vec<ListedNumber>, Error> {
    let pools = pools(tx, filter).await?;
    if pools.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Vec::new());
    }
    let range = filter.prefix.map_or_else(NumberRange::all, Prefix::range);
    let range = after.map_or_else(|| range.clone(), |number| range.clone().above(number));
    let sql = statement(filter.state, pools.is_some());
    let arguments = [
        range.from.into(),
        range.to.into(),
        pools.as_deref().map(json).into(),
        limit.into(),
    ];
    let rows = tx.fetch("numbers", sql, arguments).await?;
    rows.iter().map(listed).collect()
}

/// The pools that match the filter; `None`: all.
async fn pools(tx: &mut ReadTx, filter: &NumberFilter) -> Result<Option<Vec<i64>>, Error> {
    let NumberFilter {
        country,
        operator,
        gateway,
        ..
    } = filter;
    if country.is_none() && operator.is_none() && gateway.is_none() {
        return Ok(None);
    }
    let sql = "SELECT p.id FROM pools AS p JOIN gateways AS g ON g.id = p.gateway_id
               WHERE ($1 IS NULL OR p.country = $1) AND ($2 IS NULL OR p.operator = $2) AND ($3 IS NULL OR g.name = $3)";
    let arguments = [
        country.as_ref().map(CountryName::as_str).into(),
        operator.as_ref().map(OperatorName::as_str).into(),
        gateway.as_deref().into(),
    ];
    let rows = tx.fetch("pools", sql, arguments).await?;
    rows.iter().map(|row| row.get("id")).collect::<Result<_, _>>().map(Some)
}

/// That number, if it is in the inventory.
pub async fn find(tx: &mut ReadTx, number: PhoneNumber) -> Result<Option<ListedNumber>, Error> {
    let sql = concat!(select!("numbers AS n"), "WHERE n.number = $1");
    let row = tx.fetch_first("numbers", sql, [number.digits().into()]).await?;
    row.as_ref().map(listed).transpose()
}
