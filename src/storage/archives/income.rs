//! What bought numbers earned by operations that were archived and removed: by purchase and day, which is all that margins need.

use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::margin::{IncomeSum, MarginBy, Period};
use crate::storage::costs::sums::{as_list, income_of};
use crate::storage::error::Error;
use crate::storage::{ReadTx, WriteTx, json};

/// Keeps the income of operations that are going to be removed.
pub(super) fn keep(tx: &mut WriteTx, operations: &[i64]) {
    let sql = "INSERT INTO archived_income (order_line_id, day, kopecks)
               SELECT l.id, t.booked_at - t.booked_at % 86400000,
                      CAST(sum(CASE t.kind WHEN 'post' THEN t.kopecks ELSE -t.kopecks END) AS BIGINT)
               FROM json_each($1) AS k CROSS JOIN operations AS o CROSS JOIN order_lines AS l CROSS JOIN ledger AS t
               WHERE o.id = CAST(k.atom AS BIGINT)
                 AND l.id = (SELECT n.id FROM order_lines AS n
                             WHERE n.number = o.number AND n.owned_since IS NOT NULL AND n.owned_since <= o.opened_at
                             ORDER BY n.owned_since DESC, n.id DESC LIMIT 1)
                 AND t.operation_id = o.id AND t.kind IN ('post', 'reverse') GROUP BY 1, 2
               ON CONFLICT (order_line_id, day) DO UPDATE SET kopecks = archived_income.kopecks + excluded.kopecks";
    tx.queue_any("archived_income", sql, [json(operations).into()]);
}

/// What these numbers earned in the period.
pub async fn of_numbers(tx: &mut ReadTx, numbers: &[PhoneNumber], period: &Period) -> Result<Vec<IncomeSum>, Error> {
    let sql = "SELECT l.number AS key, CAST(sum(i.kopecks) AS BIGINT) AS income
               FROM json_each($3) AS n CROSS JOIN order_lines AS l CROSS JOIN archived_income AS i
               WHERE l.number = n.atom AND l.owned_since IS NOT NULL AND i.order_line_id = l.id
                 AND i.day >= $1 AND i.day < $2 GROUP BY l.number";
    let (from, until) = period.bounds();
    let arguments = [from.as_ms().into(), until.as_ms().into(), as_list(numbers)];
    let rows = tx.fetch("archived_income", sql, arguments).await?;
    rows.iter().map(|row| income_of(row, MarginBy::Number)).collect()
}

/// A statement that sums by a key the income of the days from `$1` until before `$2`.
macro_rules! incomes {
    ($key:literal, $group:literal) => {
        concat!(
            "SELECT ",
            $key,
            " AS key, CAST(sum(i.kopecks) AS BIGINT) AS income
             FROM archived_income AS i CROSS JOIN order_lines AS l
             WHERE l.id = i.order_line_id AND i.day >= $1 AND i.day < $2 GROUP BY ",
            $group
        )
    };
}

/// What all bought numbers earned in the period; a month may come several times.
pub async fn within(tx: &mut ReadTx, by: MarginBy, period: &Period) -> Result<Vec<IncomeSum>, Error> {
    let sql = match by {
        MarginBy::Number => incomes!("l.number", "l.number"),
        MarginBy::Supplier => incomes!("l.supplier", "l.supplier"),
        MarginBy::Month => incomes!("min(i.day)", "i.day"),
    };
    let (from, until) = period.bounds();
    let arguments = [from.as_ms().into(), until.as_ms().into()];
    let rows = tx.fetch("archived_income", sql, arguments).await?;
    rows.iter().map(|row| income_of(row, by)).collect()
}
