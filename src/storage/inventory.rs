//! The inventory as the admin reads it: numbers with their gateway, country and operator.

use super::driver::Row;
use super::driver::Sql;
use super::error::Error;
use super::numbers::number;
use super::{ReadTx, json};
use crate::domain::exclusion::{NumberRange, Prefix};
use crate::domain::listed::{ListedNumber, NumberFilter};
use crate::domain::number::NumberState;
use crate::domain::phone::PhoneNumber;
use crate::domain::wire_name::{CountryName, OperatorName};

/// The statement that lists numbers, with the table that is read first. In SQLite, CROSS JOIN keeps the order of the loops, so
/// that the index of that table determines the order, and the search ends with the page.
macro_rules! select {
    ($lead:expr) => {
        concat!(
            "SELECT n.number, n.pool_id, n.enabled, n.hold, n.strikes, n.banned_until, n.ban_reason, n.rests_until,
                    (SELECT id FROM operations AS o WHERE o.number = n.number AND o.closed_at IS NULL) AS operation,
                    p.country, p.operator, g.name AS gateway,
                    (SELECT line FROM slots AS l WHERE l.number = n.number) AS line
             FROM ",
            $lead,
            " CROSS JOIN pools AS p CROSS JOIN gateways AS g WHERE p.id = n.pool_id AND g.id = p.gateway_id "
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
            "AND n.number >= $1 AND n.number < $2
             AND (CAST($3 AS TEXT) IS NULL OR n.pool_id IN (SELECT CAST(atom AS BIGINT) FROM json_each($3)))",
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
                  FROM pools AS p
                  WHERE CAST($3 AS TEXT) IS NULL OR p.id IN (SELECT CAST(atom AS BIGINT) FROM json_each($3))
                  UNION ALL
                  SELECT coalesce((SELECT min(s.number) FROM ",
            $from,
            " WHERE s.pool_id = merged.pool_id AND s.number > merged.number AND s.number < $2), $2),
                         merged.pool_id
                  FROM merged WHERE merged.number < $2
                  ORDER BY 1 LIMIT $4)
              SELECT number FROM merged WHERE number < $2) AS m CROSS JOIN numbers AS n"
        )
    };
}

/// The same in PostgreSQL, which allows no ORDER BY in a recursion: the page of each pool is read, and the first numbers of
/// all of them are taken.
macro_rules! first_of_each {
    ($from:literal) => {
        concat!(
            "(SELECT f.number
              FROM pools AS q CROSS JOIN LATERAL
                   (SELECT s.number FROM ",
            $from,
            " AS s WHERE s.pool_id = q.id AND s.number >= $1 AND s.number < $2 ORDER BY s.number LIMIT $4) AS f
              WHERE CAST($3 AS TEXT) IS NULL OR q.id IN (SELECT CAST(atom AS BIGINT) FROM json_each($3))
              ORDER BY f.number LIMIT $4) AS m CROSS JOIN numbers AS n"
        )
    };
}

/// Numbers in any state, of all pools.
const ALL: &str = page!("numbers AS n", "");
/// The same of some pools, which may have few of all numbers.
const OF_POOLS: Sql = Sql {
    sqlite: page!(
        merged!("numbers AS s INDEXED BY numbers_by_pool"),
        " AND n.number = m.number"
    ),
    postgres: page!(first_of_each!("numbers"), " AND n.number = m.number"),
};

// The page of each state, with the index that SQLite reads first: it has few rows or is sorted. PostgreSQL chooses itself.
macro_rules! rented {
    ($index:literal) => {
        page!(
            concat!("operations AS r", $index, " CROSS JOIN numbers AS n"),
            " AND n.number = r.number AND r.closed_at IS NULL AND r.number >= $1 AND r.number < $2",
            "r.number"
        )
    };
}

macro_rules! resting {
    ($index:literal) => {
        page!(
            concat!("numbers AS n", $index),
            " AND n.rests_until IS NOT NULL AND n.enabled = 1 AND n.banned_until IS NULL"
        )
    };
}

macro_rules! banned {
    ($index:literal) => {
        page!(
            concat!("numbers AS n", $index),
            " AND n.banned_until IS NOT NULL AND n.enabled = 1
              AND NOT EXISTS (SELECT 1 FROM operations AS o WHERE o.number = n.number AND o.closed_at IS NULL)"
        )
    };
}

macro_rules! disabled {
    ($index:literal) => {
        page!(
            concat!("numbers AS n", $index),
            " AND n.enabled = 0 AND n.hold IS DISTINCT FROM 'given_back'
              AND NOT EXISTS (SELECT 1 FROM operations AS o WHERE o.number = n.number AND o.closed_at IS NULL)"
        )
    };
}

// The database refuses that one of them is rented.
macro_rules! given_back {
    ($index:literal) => {
        page!(concat!("numbers AS n", $index), " AND n.hold = 'given_back'")
    };
}

/// The page of a state.
fn statement(state: Option<NumberState>, of_pools: bool) -> Sql {
    match state {
        None if of_pools => OF_POOLS,
        None => ALL.into(),
        Some(NumberState::Available) => Sql {
            sqlite: page!(merged!("available_numbers AS s"), " AND n.number = m.number"),
            postgres: page!(first_of_each!("available_numbers"), " AND n.number = m.number"),
        },
        Some(NumberState::Rented) => Sql {
            sqlite: rented!(" INDEXED BY operations_open"),
            postgres: rented!(""),
        },
        Some(NumberState::Resting) => Sql {
            sqlite: resting!(" INDEXED BY numbers_resting"),
            postgres: resting!(""),
        },
        Some(NumberState::Banned) => Sql {
            sqlite: banned!(" INDEXED BY numbers_banned"),
            postgres: banned!(""),
        },
        Some(NumberState::Disabled) => Sql {
            sqlite: disabled!(" INDEXED BY numbers_disabled"),
            postgres: disabled!(""),
        },
        Some(NumberState::GivenBack) => Sql {
            sqlite: given_back!(" INDEXED BY numbers_given_back"),
            postgres: given_back!(""),
        },
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
               WHERE (CAST($1 AS TEXT) IS NULL OR p.country = $1) AND (CAST($2 AS TEXT) IS NULL OR p.operator = $2)
                 AND (CAST($3 AS TEXT) IS NULL OR g.name = $3)";
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
    let sql = concat!(select!("numbers AS n"), "AND n.number = $1");
    let row = tx.fetch_first("numbers", sql, [number.digits().into()]).await?;
    row.as_ref().map(listed).transpose()
}
