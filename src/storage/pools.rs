//! Pools and their available numbers, from which GET_NUMBER takes. Their counters are read by [`super::stock`].

mod list;

use std::collections::BTreeMap;

use serde::Serialize;

use super::driver::Row;
use super::driver::{Read, Sql, Value, statement};
use super::error::Error;
use super::{ReadTx, WriteTx, json};
use crate::domain::exclusion::NumberRange;
use crate::domain::inventory::PoolKey;
use crate::domain::phone::PhoneNumber;
use crate::domain::stock::PoolId;
use crate::domain::stock::delta::{CountDelta, StockDelta};

pub use list::list;

/// A search for available numbers of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeScan {
    /// The pool.
    pub pool: PoolId,
    /// The ranges of numbers to search, in this order.
    pub ranges: Vec<NumberRange>,
    /// The most numbers that are wanted.
    pub limit: usize,
}

impl RangeScan {
    /// Whether this search finds everything that the other one would find, in the same order.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.pool == other.pool && self.limit >= other.limit && self.ranges == other.ranges
    }
}

/// Available numbers of the pool in the ranges, range after range. Each range is one index seek, and the search ends when
/// the limit is reached.
#[must_use]
pub fn free_numbers(search: &RangeScan) -> Read<Vec<PhoneNumber>> {
    #[derive(Serialize)]
    struct RangeRow<'a> {
        from: &'a str,
        to: &'a str,
    }
    let mut rows = Vec::with_capacity(search.ranges.len());
    for NumberRange { from, to } in &search.ranges {
        rows.push(RangeRow { from, to });
    }
    let sql = Sql {
        // CROSS JOIN keeps the order of the loops, so the ranges are read in their order and only as far as needed.
        // + 0: with a limit that is a bare parameter SQLite would prepare the statement again each time.
        sqlite: "SELECT json_group_array(number) AS numbers FROM (
                     SELECT s.number AS number FROM jsonb_each($2) AS r CROSS JOIN available_numbers AS s
                     WHERE s.pool_id = $1 AND s.number >= r.value ->> 'from' AND s.number < r.value ->> 'to'
                     LIMIT $3 + 0)",
        // PostgreSQL knows that the ranges come in the order of their ordinality, so it sorts nothing and stops at the limit.
        postgres: "SELECT CAST(coalesce(json_agg(f.number), '[]') AS TEXT) AS numbers FROM (
                       SELECT s.number
                       FROM jsonb_array_elements(CAST($2 AS JSONB)) WITH ORDINALITY AS r (value, ordinality)
                       CROSS JOIN LATERAL (SELECT a.number FROM available_numbers AS a
                                           WHERE a.pool_id = $1 AND a.number >= r.value ->> 'from'
                                             AND a.number < r.value ->> 'to'
                                           ORDER BY a.number LIMIT $3) AS s
                       ORDER BY r.ordinality LIMIT $3) AS f",
    };
    let limit = i64::try_from(search.limit).unwrap_or(i64::MAX);
    let arguments = [search.pool.0.into(), json(&rows).into(), limit.into()];
    Read {
        statement: statement("available_numbers", sql, arguments),
        parse: read_numbers,
    }
}

fn read_numbers(value: Value<'_>) -> Result<Vec<PhoneNumber>, Error> {
    let corrupt = |_| Error::Corrupt {
        table: "available_numbers",
        column: "number",
    };
    let texts: Vec<&str> = value.json("available_numbers")?;
    texts.into_iter().map(|text| text.parse().map_err(corrupt)).collect()
}

/// All available numbers of these pools, sorted by text within each pool.
#[must_use]
pub fn all_free_numbers(pools: &[PoolId]) -> Read<BTreeMap<PoolId, Vec<PhoneNumber>>> {
    let ids: Vec<i64> = pools.iter().map(|pool| pool.0).collect();
    macro_rules! numbers_of_pools {
        ($list:literal) => {
            concat!(
                "SELECT ",
                $list,
                " AS numbers FROM json_each($1) AS p CROSS JOIN available_numbers AS s
                 WHERE s.pool_id = CAST(p.atom AS BIGINT)"
            )
        };
    }
    let sql = Sql {
        sqlite: numbers_of_pools!("json_group_array(json_array(s.pool_id, s.number))"),
        // Digits need no escapes.
        postgres: numbers_of_pools!("concat('[', string_agg(format('[%s,\"%s\"]', s.pool_id, s.number), ','), ']')"),
    };
    Read {
        statement: statement("available_numbers", sql, [json(&ids).into()]),
        parse: |value| {
            let corrupt = |_| Error::Corrupt {
                table: "available_numbers",
                column: "number",
            };
            let mut pools: BTreeMap<PoolId, Vec<PhoneNumber>> = BTreeMap::new();
            let mut rows: Vec<(i64, &str)> = value.json("available_numbers")?;
            rows.sort_unstable();
            for (pool, number) in rows {
                let numbers = pools.entry(PoolId(pool)).or_default();
                numbers.push(number.parse().map_err(corrupt)?);
            }
            Ok(pools)
        },
    }
}

/// The numbers that one batch takes from a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenNumbers {
    /// The pool.
    pub pool: PoolId,
    /// At least one number.
    pub numbers: Vec<PhoneNumber>,
    /// The new cursor of the pool, if it changes.
    pub cursor: Option<PhoneNumber>,
}

impl TakenNumbers {
    /// No numbers yet.
    #[must_use]
    pub const fn none(pool: PoolId) -> Self {
        Self {
            pool,
            numbers: Vec::new(),
            cursor: None,
        }
    }
}

/// Makes numbers unavailable because they are rented. Fails when one of them is not available.
pub fn take(tx: &mut WriteTx, taken: &[TakenNumbers]) {
    let numbers = taken
        .iter()
        .flat_map(|pool| pool.numbers.iter().map(|number| (pool.pool, *number)));
    remove_available(tx, &numbers.collect::<Vec<_>>());
    #[derive(Serialize)]
    struct TakenRow {
        id: i64,
        numbers: usize,
        last_number: Option<String>,
    }
    let row = |pool: &TakenNumbers| TakenRow {
        id: pool.pool.0,
        numbers: pool.numbers.len(),
        last_number: pool.cursor.map(PhoneNumber::digits),
    };
    let rows: Vec<TakenRow> = taken.iter().map(row).collect();
    let sql = "UPDATE pools SET free = free - CAST(t.value ->> 'numbers' AS BIGINT),
                                rented = rented + CAST(t.value ->> 'numbers' AS BIGINT),
                                last_number = coalesce(t.value ->> 'last_number', last_number)
               FROM jsonb_each($1) AS t WHERE pools.id = CAST(t.value ->> 'id' AS BIGINT)";
    tx.queue("pools", sql, rows.len(), [json(&rows).into()]);
}

/// Makes numbers available and others unavailable, and updates the counters.
pub fn apply(tx: &mut WriteTx, delta: &StockDelta) {
    remove_available(tx, delta.made_unavailable());
    let added = delta.made_available();
    let sql = "INSERT INTO available_numbers (pool_id, number)
               SELECT CAST(value ->> 'pool_id' AS BIGINT), value ->> 'number' FROM jsonb_each($1)";
    tx.queue_insert("available_numbers", sql, added.len(), [available_rows(added).into()]);
    #[derive(Serialize)]
    struct CountRow {
        id: i64,
        free: i64,
        rented: i64,
    }
    let count = |(pool, counts): (PoolId, CountDelta)| CountRow {
        id: pool.0,
        free: counts.free,
        rented: counts.rented,
    };
    let counts: Vec<CountRow> = delta.counts().map(count).collect();
    let sql = "UPDATE pools SET free = free + CAST(t.value ->> 'free' AS BIGINT),
                                rented = rented + CAST(t.value ->> 'rented' AS BIGINT)
               FROM jsonb_each($1) AS t WHERE pools.id = CAST(t.value ->> 'id' AS BIGINT)";
    tx.queue("pools", sql, counts.len(), [json(&counts).into()]);
}

/// Fails when one of the numbers is not available.
fn remove_available(tx: &mut WriteTx, numbers: &[(PoolId, PhoneNumber)]) {
    let sql = "DELETE FROM available_numbers WHERE (pool_id, number) IN
                   (SELECT CAST(value ->> 'pool_id' AS BIGINT), value ->> 'number' FROM jsonb_each($1))";
    tx.queue(
        "available_numbers",
        sql,
        numbers.len(),
        [available_rows(numbers).into()],
    );
}

fn available_rows(numbers: &[(PoolId, PhoneNumber)]) -> String {
    #[derive(Serialize)]
    struct AvailableRow {
        pool_id: i64,
        number: String,
    }
    let row = |(pool, number): &(PoolId, PhoneNumber)| AvailableRow {
        pool_id: pool.0,
        number: number.digits(),
    };
    json(&numbers.iter().map(row).collect::<Vec<_>>())
}

#[derive(Serialize)]
struct PoolRow<'a> {
    gateway_id: i64,
    country: &'a str,
    operator: &'a str,
}

fn pool_row(key: &PoolKey) -> PoolRow<'_> {
    PoolRow {
        gateway_id: key.gateway.0,
        country: key.country.as_str(),
        operator: key.operator.as_str(),
    }
}

/// The pools with these keys; missing ones are added. Each key at most once in the list.
pub async fn ensure(tx: &mut WriteTx, keys: &[PoolKey]) -> Result<Vec<(PoolKey, PoolId)>, Error> {
    let rows: Vec<PoolRow> = keys.iter().map(pool_row).collect();
    // WHERE true: without it, SQLite takes ON for the condition of a join.
    let sql = "INSERT INTO pools (gateway_id, country, operator)
               SELECT CAST(value ->> 'gateway_id' AS BIGINT), value ->> 'country', value ->> 'operator'
               FROM jsonb_each($1) WHERE true
               ON CONFLICT (gateway_id, country, operator) DO UPDATE SET gateway_id = excluded.gateway_id
               RETURNING id, gateway_id, country, operator";
    let rows = tx.fetch("pools", sql, [json(&rows).into()]).await?;
    let pool = |row: &Row| {
        let key = PoolKey {
            gateway: row.get("gateway_id")?,
            country: row.get("country")?,
            operator: row.get("operator")?,
        };
        Ok((key, row.get("id")?))
    };
    rows.iter().map(pool).collect()
}

/// The indexes of the keys whose pools do not exist.
pub async fn missing(tx: &mut ReadTx, keys: &[&PoolKey]) -> Result<Vec<usize>, Error> {
    let rows: Vec<PoolRow> = keys.iter().map(|key| pool_row(key)).collect();
    let sql = "SELECT k.key AS missing FROM jsonb_each($1) AS k
               WHERE NOT EXISTS (SELECT 1 FROM pools AS p WHERE p.gateway_id = CAST(k.value ->> 'gateway_id' AS BIGINT)
                                   AND p.country = k.value ->> 'country' AND p.operator = k.value ->> 'operator')";
    let rows = tx.fetch("pools", sql, [json(&rows).into()]).await?;
    rows.iter().map(|row| row.get("missing")).collect()
}

/// Removes those of these pools that have no numbers any more, with their cursors.
pub fn remove_empty(tx: &mut WriteTx, pools: &[PoolId]) {
    let ids: Vec<i64> = pools.iter().map(|pool| pool.0).collect();
    let sql =
        "DELETE FROM pools WHERE id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1)) AND free = 0 AND rented = 0
                 AND NOT EXISTS (SELECT 1 FROM numbers AS n WHERE n.pool_id = pools.id)";
    tx.queue_any("pools", sql, [json(&ids).into()]);
}

/// The pools whose counters are wrong. All are counted in one pass: there may be many pools.
pub(super) const OUT_OF_SYNC: &str =
    "WITH free AS (SELECT pool_id, count(*) AS numbers FROM available_numbers GROUP BY pool_id),
          rented AS (SELECT n.pool_id, count(*) AS numbers
                     FROM operations AS o CROSS JOIN numbers AS n
                     WHERE o.closed_at IS NULL AND n.number = o.number GROUP BY n.pool_id)
     SELECT p.id FROM pools AS p LEFT JOIN free ON free.pool_id = p.id LEFT JOIN rented ON rented.pool_id = p.id
     WHERE p.free <> coalesce(free.numbers, 0) OR p.rented <> coalesce(rented.numbers, 0)
        OR p.gateway_id IN (SELECT g.id FROM gateways AS g WHERE g.capacity IS NOT NULL AND g.rented <>
                              (SELECT CAST(sum(s.rented) AS BIGINT) FROM pools AS s WHERE s.gateway_id = g.id))";

/// The pools whose counters, or whose gateway's counter, differ from the available numbers and the open operations. For
/// tests; there must never be one.
pub async fn out_of_sync(tx: &mut ReadTx) -> Result<Vec<PoolId>, Error> {
    let rows = tx.fetch("pools", OUT_OF_SYNC, []).await?;
    rows.iter().map(|row| row.get("id")).collect()
}
