//! Costs and income of bought numbers, summed. Income is what the ledger credited for operations that were opened while the
//! number was ours, refunds subtracted; both count on the day on which they were booked.

use crate::domain::day::Day;
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::margin::{BoughtNumber, CostSum, IncomeSum, MarginBy, Period};
use crate::domain::time::Timestamp;
use crate::storage::driver::{Argument, Row, Sql};
use crate::storage::error::Error;
use crate::storage::{ReadTx, json};

/// Before all days, and after them.
const DAYS: [&str; 2] = ["", "~"];

/// Up to `limit` numbers after those digits that were ever bought, in the order of their digits as text.
pub async fn bought_numbers(tx: &mut ReadTx, after: &str, limit: u32) -> Result<Vec<PhoneNumber>, Error> {
    let sql = "SELECT DISTINCT l.number FROM order_lines AS l
               WHERE l.owned_since IS NOT NULL AND l.number > $1 ORDER BY l.number LIMIT $2";
    let rows = tx.fetch("order_lines", sql, [after.into(), limit.into()]).await?;
    rows.iter().map(|row| row.get("number")).collect()
}

/// The same for numbers that are still ours.
pub async fn owned_numbers(tx: &mut ReadTx, after: &str, limit: u32) -> Result<Vec<BoughtNumber>, Error> {
    let sql = "SELECT l.number, min(l.supplier) AS supplier, max(l.owned_since) AS owned_since FROM order_lines AS l
               WHERE l.is_ours = 1 AND l.number > $1
               GROUP BY l.number ORDER BY l.number LIMIT $2";
    let rows = tx.fetch("order_lines", sql, [after.into(), limit.into()]).await?;
    let owned = |row: &Row| {
        Ok(BoughtNumber {
            number: row.get("number")?,
            supplier: row.get("supplier")?,
            owned_since: row.get("owned_since")?,
        })
    };
    rows.iter().map(owned).collect()
}

/// What these numbers cost, each by currency.
pub async fn costs_of(tx: &mut ReadTx, numbers: &[PhoneNumber], period: &Period) -> Result<Vec<CostSum>, Error> {
    let sql = "SELECT l.number AS key, c.currency, CAST(sum(c.millionths) AS BIGINT) AS amount
               FROM json_each($3) AS n CROSS JOIN order_lines AS l CROSS JOIN costs AS c
               WHERE l.number = n.atom AND l.owned_since IS NOT NULL AND c.order_line_id = l.id
                 AND c.day >= $1 AND c.day <= $2 GROUP BY l.number, c.currency";
    let [from, to] = days(period);
    let rows = tx.fetch("costs", sql, [from, to, as_list(numbers)]).await?;
    rows.iter().map(cost_sum).collect()
}

/// What all bought numbers cost, by supplier and currency.
pub async fn costs_by_supplier(tx: &mut ReadTx, period: &Period) -> Result<Vec<CostSum>, Error> {
    let sql = "SELECT l.supplier AS key, c.currency, CAST(sum(c.millionths) AS BIGINT) AS amount
               FROM costs AS c CROSS JOIN order_lines AS l
               WHERE l.id = c.order_line_id AND c.day >= $1 AND c.day <= $2 GROUP BY l.supplier, c.currency";
    let rows = tx.fetch("costs", sql, days(period)).await?;
    rows.iter().map(cost_sum).collect()
}

/// The same by month and currency.
pub async fn costs_by_month(tx: &mut ReadTx, period: &Period) -> Result<Vec<CostSum>, Error> {
    let sql =
        "SELECT substr(c.day, 1, 7) AS key, c.currency, CAST(sum(c.millionths) AS BIGINT) AS amount FROM costs AS c
               WHERE c.day >= $1 AND c.day <= $2 GROUP BY substr(c.day, 1, 7), c.currency";
    let rows = tx.fetch("costs", sql, days(period)).await?;
    rows.iter().map(cost_sum).collect()
}

fn days(period: &Period) -> [Argument; 2] {
    let [first, last] = DAYS.map(str::to_owned);
    [
        period.from.map_or(first, |from| from.to_string()).into(),
        period.to.map_or(last, |to| to.to_string()).into(),
    ]
}

pub(in crate::storage) fn as_list(numbers: &[PhoneNumber]) -> Argument {
    let digits: Vec<String> = numbers.iter().map(|number| number.digits()).collect();
    json(&digits).into()
}

fn cost_sum(row: &Row) -> Result<CostSum, Error> {
    Ok(CostSum {
        key: row.get("key")?,
        currency: row.get("currency")?,
        amount: row.get("amount")?,
    })
}

/// What these numbers earned. A number that was bought again is another line from then on.
pub async fn incomes_of(tx: &mut ReadTx, numbers: &[PhoneNumber], period: &Period) -> Result<Vec<IncomeSum>, Error> {
    let sql = "SELECT l.number AS key,
                      CAST(sum(CASE t.kind WHEN 'post' THEN t.kopecks ELSE -t.kopecks END) AS BIGINT) AS income
               FROM json_each($3) AS v CROSS JOIN order_lines AS l CROSS JOIN operations AS o CROSS JOIN ledger AS t
               WHERE l.number = v.atom AND l.owned_since IS NOT NULL
                 AND o.number = l.number AND o.closed_at IS NOT NULL AND o.opened_at >= l.owned_since
                 AND t.operation_id = o.id
                 AND CASE WHEN t.kind IN ('post', 'reverse') AND t.booked_at >= $1 AND t.booked_at < $2 THEN 1 END IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM order_lines AS n
                                 WHERE n.number = l.number AND n.owned_since IS NOT NULL
                                   AND n.owned_since <= o.opened_at
                                   AND (n.owned_since, n.id) > (l.owned_since, l.id))
               GROUP BY l.number";
    let (from, until) = period.bounds();
    let arguments = [from.as_ms().into(), until.as_ms().into(), as_list(numbers)];
    let rows = tx.fetch("ledger", sql, arguments).await?;
    rows.iter().map(|row| income_of(row, MarginBy::Number)).collect()
}

/// The transfers that can be income of bought numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IncomeBounds {
    /// The last one has this id.
    pub last: i64,
    /// When the first number was bought.
    pub since: Timestamp,
}

/// Which transfers can be income; `None`: no number was ever bought.
pub async fn income_bounds(tx: &mut ReadTx) -> Result<Option<IncomeBounds>, Error> {
    let sql = "SELECT (SELECT coalesce(max(id), 0) FROM ledger) AS last, min(l.owned_since) AS since
               FROM order_lines AS l WHERE l.owned_since IS NOT NULL";
    let row = tx.fetch_one("ledger", sql, []).await?;
    let since: Option<Timestamp> = row.get("since")?;
    let last = row.get("last")?;
    Ok(since.map(|since| IncomeBounds { last, since }))
}

/// A statement that sums, of the transfers after `$3` up to `$4`, what was credited and taken back from `$1` until before `$2`:
/// the key, and what the sums are grouped by. The ledger is read in its order, which is that of the disk; SQLite needs the hint.
macro_rules! incomes {
    ($hint:literal, $key:literal, $group:literal) => {
        concat!(
            "SELECT ",
            $key,
            " AS key, CAST(sum(CASE t.kind WHEN 'post' THEN t.kopecks ELSE -t.kopecks END) AS BIGINT) AS income
             FROM ledger AS t ",
            $hint,
            " CROSS JOIN operations AS o CROSS JOIN order_lines AS l
             WHERE o.id = t.operation_id
               AND l.id = (SELECT n.id FROM order_lines AS n
                           WHERE n.number = o.number AND n.owned_since IS NOT NULL AND n.owned_since <= o.opened_at
                           ORDER BY n.owned_since DESC, n.id DESC LIMIT 1)
               AND t.id > $3 AND t.id <= $4 AND t.kind IN ('post', 'reverse') AND t.booked_at >= $1 AND t.booked_at < $2
             GROUP BY ",
            $group
        )
    };
}

const BY_NUMBER: Sql = Sql {
    sqlite: incomes!("NOT INDEXED", "l.number", "l.number"),
    postgres: incomes!("", "l.number", "l.number"),
};
const BY_SUPPLIER: Sql = Sql {
    sqlite: incomes!("NOT INDEXED", "l.supplier", "l.supplier"),
    postgres: incomes!("", "l.supplier", "l.supplier"),
};
/// Each day of 86,400,000 ms has a sum of its own: months are known to the domain only.
const BY_DAY: Sql = Sql {
    sqlite: incomes!("NOT INDEXED", "min(t.booked_at)", "t.booked_at / 86400000"),
    postgres: incomes!("", "min(t.booked_at)", "t.booked_at / 86400000"),
};

/// What the transfers after the id `after` up to `to` brought for bought numbers; a month may come several times.
pub async fn incomes_within(
    tx: &mut ReadTx,
    by: MarginBy,
    period: &Period,
    (after, to): (i64, i64),
) -> Result<Vec<IncomeSum>, Error> {
    let sql = match by {
        MarginBy::Number => BY_NUMBER,
        MarginBy::Supplier => BY_SUPPLIER,
        MarginBy::Month => BY_DAY,
    };
    let (from, until) = period.bounds();
    let arguments = [from.as_ms().into(), until.as_ms().into(), after.into(), to.into()];
    let rows = tx.fetch("ledger", sql, arguments).await?;
    rows.iter().map(|row| income_of(row, by)).collect()
}

/// A row that is grouped by `key`: a number, a supplier, or a time of the month.
pub(in crate::storage) fn income_of(row: &Row, by: MarginBy) -> Result<IncomeSum, Error> {
    let key = match by {
        MarginBy::Number | MarginBy::Supplier => row.get("key")?,
        MarginBy::Month => Day::of(row.get("key")?).month(),
    };
    let income = row.get("income")?;
    Ok(IncomeSum { key, income })
}
